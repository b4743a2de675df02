/** The app of cdk.json: `npx cdk deploy --all` makes an installation of what holdfast.config.json says. */
import { readFileSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { Config } from '../model/config.ts';
import { checkConfig } from '../model/config-faults.ts';
import { ConfigTextError, parseConfigText } from '../model/config-text.ts';
import { installationStacks } from './stacks.ts';

const readConfig = (file: string): Config => {
  let value: unknown;
  try {
    value = parseConfigText(readFileSync(file));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `${file} ${cause instanceof ConfigTextError ? why : `cannot be read: ${why}`}; docs/aws.md says what it holds, and "-c config=FILE" names another`,
      { cause },
    );
  }
  const checked = checkConfig(value);
  if ('config' in checked) return checked.config;
  throw new Error(`${file} is not a configuration of Holdfast: ${checked.sentences.join('; ')}`);
};

const app = new App();
const contextText = (name: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(name);
  return typeof value === 'string' ? value : undefined;
};
const config = readConfig(contextText('config') ?? 'holdfast.config.json');
installationStacks(app, config, { disposable: contextText('disposable') === 'true' });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
