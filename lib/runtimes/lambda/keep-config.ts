/** Keeps the configuration of a deployment, in a function that runs before there is a host. */
import { requireSameInstallation, writeConfig } from '../../adapters/aws/deployed-config.ts';
import { s3ClientFor } from '../../adapters/aws/sdk/client-settings.ts';
import { configureEnvironmentSchema, parseVariables } from '../../model/aws-environment.ts';

/**
 * Checks a configuration and keeps it in the bucket that the environment names.
 *
 * @param before the configuration that it replaces
 * @returns its key
 * @throws HoldfastError `config_invalid`, with a sentence for each fault
 */
export const keepConfig = async (
  env: Readonly<Record<string, string | undefined>>,
  { text, before }: { readonly text: string; readonly before: string | undefined },
): Promise<string> => {
  const { HOLDFAST_BUCKET: bucket, HOLDFAST_TABLE: table } = parseVariables(configureEnvironmentSchema, env);
  if (before !== undefined) requireSameInstallation(before, text);
  return writeConfig(s3ClientFor(env), { bucket, table }, text);
};
