/**
 * holdfast.config.json beside the code of each function. Names that CloudFormation makes, of buckets and tables of
 * this app, are not known when the code is bundled: they travel in the environment, and the file refers to them.
 */
import { Token } from 'aws-cdk-lib';
import type { Config } from '../model/config.ts';
import { deployedName } from '../model/deployed-names.ts';

export const CONFIG_FILE = 'holdfast.config.json';

export interface ConfigFile {
  readonly text: string;
  /** What the file refers to, for the environment. */
  readonly environment: Readonly<Record<string, string>>;
}

export const configFileOf = (config: Config): ConfigFile => {
  const environment: Record<string, string> = {};
  const text = JSON.stringify(config, (_name, value: unknown) => {
    if (typeof value !== 'string' || !Token.isUnresolved(value)) return value;
    const { variable, reference } = deployedName(Object.keys(environment).length);
    environment[variable] = value;
    return reference;
  });
  return { text, environment };
};

/** A shell line that writes the file into a function's folder. */
export const writeConfigFile = (text: string, outputFolder: string): string =>
  `printf %s ${Buffer.from(text).toString('base64')} | base64 -d > "${outputFolder}/${CONFIG_FILE}"`;
