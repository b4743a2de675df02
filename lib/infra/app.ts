/** The app of cdk.json: `npx cdk deploy --all` makes an installation of what holdfast.config.json says. */
import { readFileSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { configSchema } from '../model/config.ts';
import { installationStacks } from './stacks.ts';

const readConfig = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(
      `${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}; docs/aws.md says what it holds, and "-c config=FILE" names another`,
      { cause },
    );
  }
};

const app = new App();
const contextText = (name: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(name);
  return typeof value === 'string' ? value : undefined;
};
const config = configSchema.parse(readConfig(contextText('config') ?? 'holdfast.config.json'));
installationStacks(app, config, { disposable: contextText('disposable') === 'true' });
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
