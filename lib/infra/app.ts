/** The app of cdk.json: `npx cdk deploy --all` makes the installation that holdfast.config.json describes. */
import { readFileSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { awsFaults } from '../model/config/aws-config.ts';
import type { Config } from '../model/config/config.ts';
import { checkConfig } from '../model/config/config-faults.ts';
import { ConfigTextError, parseConfigText } from '../model/config/config-text.ts';
import { installationStacks } from './stacks.ts';

/** What is wrong with the configuration, and what to do. */
class Refusal extends Error {}

const readConfig = (file: string): Config => {
  let value: unknown;
  try {
    value = parseConfigText(readFileSync(file));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      throw new Refusal(
        `there is no ${file} in ${process.cwd()}: write one, as docs/aws.md describes, or name another file by "-c config=FILE"`,
        { cause },
      );
    throw new Refusal(
      `${file} ${cause instanceof ConfigTextError ? why : `cannot be read: ${why}`}; docs/aws.md describes it, and "-c config=FILE" names another file`,
      { cause },
    );
  }
  const checked = checkConfig(value);
  if ('sentences' in checked)
    throw new Refusal(`${file} is not a configuration of Holdfast: ${checked.sentences.join('; ')}`);
  const faults = awsFaults(checked.config).map(({ path, message }) => `${path}: ${message}`);
  if (faults.length > 0) throw new Refusal(`${file} cannot be deployed on AWS: ${faults.join('; ')}`);
  return checked.config;
};

const synthesize = (): void => {
  const app = new App();
  const contextText = (name: string): string | undefined => {
    const value: unknown = app.node.tryGetContext(name);
    return typeof value === 'string' ? value : undefined;
  };
  const config = readConfig(contextText('config') ?? 'holdfast.config.json');
  installationStacks(app, config, { disposable: contextText('disposable') === 'true' });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
};

try {
  synthesize();
} catch (thrown) {
  if (!(thrown instanceof Refusal)) throw thrown;
  // Only the sentence is shown: a stack trace of this program would not help.
  process.stderr.write(`${thrown.message}\n`);
  process.exitCode = 1;
}
