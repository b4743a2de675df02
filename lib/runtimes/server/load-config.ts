import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { noSecretsManager } from '../../adapters/local/env-secrets.ts';
import { requireOutside } from '../../adapters/local/outside-data-folder.ts';
import type { SecretReference } from '../../model/components/common-settings.ts';
import { hostOf, sourceOf, withAbsolutePaths } from '../../model/components/component-table.ts';
import { awsFaults } from '../../model/config/aws-config.ts';
import type { Config } from '../../model/config/config.ts';
import { checkConfig } from '../../model/config/config-faults.ts';
import { ConfigTextError, parseConfigText } from '../../model/config/config-text.ts';
import type { ConfiguredAddress } from '../../model/config/notification-settings.ts';
import { HoldfastError, isSystemError } from '../../model/errors.ts';
import type { Fault } from '../../model/text/fault-wording.ts';

const S3_SCHEME = 's3://';
const MOST_FAULTS_TOLD = 20;

/**
 * Reads `holdfast.config.json`, for any host. Paths in it are relative to the file's own folder.
 *
 * @throws `config_invalid`, naming the first 20 fields that are wrong; `details` has all, one by one.
 */
const readConfig = async (path: string): Promise<Config> => {
  const checked = checkConfig(await readJson(path));
  if ('faults' in checked) throw invalid(path, checked.faults, checked.sentences);
  return inFolder(checked.config, dirname(resolve(path)));
};

/**
 * Reads a configuration for an embedded installation, which can do less than one on AWS.
 *
 * @param data its data folder, which need not exist yet
 * @throws `config_invalid`
 */
export const loadConfig = async (path: string, data: string): Promise<Config> => {
  const config = await readConfig(path);
  requireOutside(config, data, config.backupPaths);
  const faults = embeddedFaults(config);
  if (faults.length > 0) throw invalid(path, faults);
  return config;
};

/**
 * Reads a configuration for an installation on AWS: a configuration without faults here can be deployed.
 *
 * @throws `config_invalid`
 */
export const loadAwsConfig = async (path: string): Promise<Config> => {
  const config = await readConfig(path);
  const faults = awsFaults(config);
  if (faults.length > 0) throw invalid(path, faults);
  return config;
};

/** What an embedded installation cannot reach, wherever it runs. */
const embeddedFaults = ({ components, backupPaths, notifications: { email } }: Config): Fault[] => {
  const faults: Fault[] = [];
  const fault = (path: string, message: string): number => faults.push({ path, message });
  for (const [index, component] of components.entries()) {
    const { id, kind } = component;
    if (hostOf(component) !== 'embedded')
      fault(
        `components.${index}.kind`,
        `component "${id}" is of kind ${kind}, which an embedded installation cannot reach; back it up by an installation on AWS (docs/aws.md), and take it out of this configuration`,
      );
    const { secret } = sourceOf(component);
    if (secret !== undefined && 'secretsManager' in secret)
      fault(`components.${index}.url`, `component "${id}": ${noSecretsManager(secret.secretsManager)}`);
  }
  for (const [index, path] of backupPaths.entries())
    if (path.startsWith(S3_SCHEME))
      fault(
        `backupPaths.${index}`,
        `${path} is a place on AWS; an embedded installation stores archives in folders: name one`,
      );
  if (email?.smtp !== undefined && 'secretsManager' in email.smtp)
    fault('notifications.email.smtp', noSecretsManager(email.smtp.secretsManager));
  if (email !== undefined && email.smtp === undefined)
    fault(
      'notifications.email',
      'an embedded installation sends e-mail only by SMTP: add "smtp", which names where the URL of the mail server is, such as {"env": "SMTP_URL"}, or take "email" out',
    );
  return faults;
};

const invalid = (
  path: string,
  errors: readonly Fault[],
  sentences: readonly string[] = errors.map(({ path: at, message }) => `${at}: ${message}`),
): HoldfastError =>
  new HoldfastError('config_invalid', `${path} is not a configuration of Holdfast: ${toldOf(sentences)}`, {
    details: { file: resolve(path), errors },
  });

const toldOf = (sentences: readonly string[]): string => {
  const more = sentences.length - MOST_FAULTS_TOLD;
  return sentences.slice(0, MOST_FAULTS_TOLD).join('; ') + (more > 0 ? `; and ${more} more` : '');
};

const readJson = async (path: string): Promise<unknown> => {
  try {
    return parseConfigText(await readFile(path));
  } catch (thrown) {
    throw new HoldfastError('config_invalid', unread(path, thrown), { cause: thrown });
  }
};

const unread = (path: string, thrown: unknown): string => {
  if (thrown instanceof ConfigTextError) return `${path} ${thrown.message}`;
  if (isSystemError(thrown, 'ENOENT'))
    return `there is no file ${resolve(path)}: write one that lists what to back up (see the README), or name it with --config`;
  if (isSystemError(thrown, 'EISDIR'))
    return `${resolve(path)} is a folder: name the file in it with --config`;
  if (isSystemError(thrown, 'EACCES'))
    return `${resolve(path)} may not be read by this user: allow it, or start Holdfast as the user who owns it`;
  return `${path} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
};

const inFolder = (config: Config, folder: string): Config => {
  const secret = (reference: SecretReference): SecretReference =>
    'file' in reference ? { file: resolve(folder, reference.file) } : reference;
  const address = (one: ConfiguredAddress): ConfiguredAddress =>
    typeof one === 'string' ? one : secret(one);
  const { email, webhooks } = config.notifications;
  return {
    ...config,
    backupPaths: config.backupPaths.map((path) =>
      path.startsWith(S3_SCHEME) ? path : resolve(folder, path),
    ),
    components: config.components.map((component) =>
      withAbsolutePaths(component, (path) => resolve(folder, path)),
    ),
    schedules: config.schedules.map((schedule) =>
      schedule.ping === undefined ? schedule : { ...schedule, ping: address(schedule.ping) },
    ),
    notifications: {
      ...config.notifications,
      ...(email?.smtp !== undefined && { email: { ...email, smtp: secret(email.smtp) } }),
      webhooks: webhooks.map((one) => ({
        ...one,
        url: address(one.url),
        secrets: one.secrets.map(secret),
      })),
    },
  };
};
