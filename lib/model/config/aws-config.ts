/**
 * What a configuration asks for and AWS does not have. Both the configuration check and the synthesis ask here, so they
 * say the same.
 */
import type { SecretReference } from '../components/common-settings.ts';
import { hostOf, sourceOf } from '../components/component-table.ts';
import { scheduleWarnings } from '../schedules/schedule-warnings.ts';
import type { Fault } from '../text/fault-wording.ts';
import type { Config } from './config.ts';
import { parseS3Place } from './s3-place.ts';

/** The name of a schedule group is `holdfast-` and this name, and ends at 64 characters. */
const LONGEST_NAME = 64 - 'holdfast-'.length;

export const kindNotOnAws = ({ id, kind }: { readonly id: string; readonly kind: string }): string =>
  `component "${id}" is of kind ${kind}, which functions on AWS cannot reach; back it up by an embedded installation, and take it out of this configuration`;

export const noPlaceOnAws = (path: string): string =>
  `the backup path "${path}" is not a place on AWS; write s3://bucket or s3://bucket/prefix`;

const noFileOnAws = (file: string): string =>
  `the secret file ${file} cannot be read on AWS, where functions do not have your files: put the secret into Secrets Manager and name it: {"secretsManager": "name or ARN"}`;

export const NO_SENDER =
  'notifications.email needs "from" on AWS: an address that is verified in SES, or whose domain is';

type Channels = Pick<Config, 'notifications' | 'schedules'>;

/** The secrets with which senders of triggers sign. */
const secretsOfTriggers = (triggers: Config['triggers']): SecretReference[] =>
  triggers.flatMap((trigger) => (trigger.kind === 'webhook' ? trigger.secrets : []));

const inSecretsManager = (secrets: readonly SecretReference[]): string[] => [
  ...new Set(secrets.flatMap((one) => ('secretsManager' in one ? one.secretsManager : []))),
];

/** The triggers' secrets in Secrets Manager, by name or ARN, each once. */
export const triggerSecrets = ({ triggers }: Pick<Config, 'triggers'>): string[] =>
  inSecretsManager(secretsOfTriggers(triggers));

/** The secrets by which Holdfast proves itself to issuers of tokens. */
const secretsOfIssuers = ({ oidc }: Config['access']): SecretReference[] =>
  oidc.flatMap(({ clientSecret }) => clientSecret ?? []);

/** The issuers' secrets in Secrets Manager, by name or ARN, each once. */
export const issuerSecrets = ({ access }: Pick<Config, 'access'>): string[] =>
  inSecretsManager(secretsOfIssuers(access));

/** The secrets of channels that use HTTP. */
const secretsOf = ({ notifications: { webhooks }, schedules }: Channels): SecretReference[] =>
  [
    ...webhooks.flatMap(({ url, secrets }) => [url, ...secrets]),
    ...schedules.flatMap(({ ping }) => ping ?? []),
  ].filter((one) => typeof one !== 'string');

/** The channels' secrets in Secrets Manager, by name or ARN, each once. */
export const channelSecrets = (channels: Channels): string[] => inSecretsManager(secretsOf(channels));

/** Faults that keep a configuration from being deployed. */
export const awsFaults = ({
  installation,
  components,
  backupPaths,
  notifications,
  schedules,
  triggers,
  access,
  aws,
}: Pick<
  Config,
  | 'installation'
  | 'components'
  | 'backupPaths'
  | 'notifications'
  | 'schedules'
  | 'triggers'
  | 'access'
  | 'aws'
>): Fault[] => {
  const faults: Fault[] = [];
  const fault = (path: string, message: string): number => faults.push({ path, message });
  if (installation.includes('.'))
    fault(
      'installation',
      `the name "${installation}" has a dot, and names of dashboards on AWS cannot have one; write - or _ instead`,
    );
  if (installation.length > LONGEST_NAME)
    fault(
      'installation',
      `the name "${installation}" has ${installation.length} characters; on AWS it may have at most ${LONGEST_NAME}`,
    );
  for (const [index, component] of components.entries())
    if (hostOf(component) !== 'aws') fault(`components.${index}.kind`, kindNotOnAws(component));
  for (const [index, path] of backupPaths.entries())
    if (parseS3Place(path) === undefined) fault(`backupPaths.${index}`, noPlaceOnAws(path));
  if (notifications.email !== undefined && notifications.email.from === undefined)
    fault('notifications.email', NO_SENDER);
  for (const secret of secretsOf({ notifications, schedules }))
    if ('file' in secret) fault('notifications', noFileOnAws(secret.file));
  for (const secret of secretsOfTriggers(triggers))
    if ('file' in secret) fault('triggers', noFileOnAws(secret.file));
  for (const secret of secretsOfIssuers(access))
    if ('file' in secret) fault('access', noFileOnAws(secret.file));
  const { buckets, tables } = namedOn({ components, backupPaths, aws });
  for (const bucket of Object.keys(aws?.kmsKeys?.buckets ?? {}))
    if (!buckets.has(bucket)) fault(`aws.kmsKeys.buckets.${bucket}`, keyWithoutUse('bucket', bucket));
  for (const table of Object.keys(aws?.kmsKeys?.tables ?? {}))
    if (!tables.has(table)) fault(`aws.kmsKeys.tables.${table}`, keyWithoutUse('table', table));
  return faults;
};

const keyWithoutUse = (what: 'bucket' | 'table', name: string): string =>
  `a key is named for the ${what} "${name}", which is neither a component nor a restore target${what === 'bucket' ? ' nor a backup path' : ''} of this configuration: correct the name, or take the key out`;

/** The buckets and tables that a configuration names. */
const namedOn = ({
  components,
  backupPaths,
  aws,
}: Pick<Config, 'components' | 'backupPaths' | 'aws'>): { buckets: Set<string>; tables: Set<string> } => {
  const { buckets = [], tables = [] } = aws?.restoreTargets ?? {};
  return {
    buckets: new Set([
      ...buckets,
      ...components.flatMap((one) => sourceOf(one).bucket?.bucket ?? []),
      ...backupPaths.flatMap((path) => parseS3Place(path)?.bucket ?? []),
    ]),
    tables: new Set([...tables, ...components.flatMap((one) => sourceOf(one).table ?? [])]),
  };
};

/** Settings that can be deployed, but may not be what was meant. */
export const awsWarnings = (config: Config, now: Date): string[] => [
  ...scheduleWarnings(config.schedules, now),
  ...(config.notifications.email?.smtp === undefined
    ? []
    : ['notifications.email.smtp is not used on AWS: SES sends the mails; take it out']),
];
