/** What a configuration asks of AWS that is not to be had there. Its check and the synthesis ask here, and so say the same. */
import type { Config } from './config.ts';
import type { Fault } from './fault-wording.ts';
import { parseS3Place } from './s3-place.ts';
import { scheduleWarnings } from './schedule-warnings.ts';

/** `holdfast-` and the name make the name of a group of schedules, which ends at 64 characters. */
const LONGEST_NAME = 64 - 'holdfast-'.length;

export const kindNotOnAws = ({ id, kind }: { readonly id: string; readonly kind: string }): string =>
  `component "${id}" is of kind ${kind}, which the AWS host cannot reach from a function; run it on an embedded installation, or leave it out of this configuration`;

export const noPlaceOnAws = (path: string): string =>
  `the backup path "${path}" is no place on AWS; write it as s3://bucket or s3://bucket/prefix`;

export const NO_SENDER =
  'notifications.email needs "from" on AWS: an address that is verified in SES, or of a domain that is';

/** What keeps a configuration from being deployed; none when it can be. */
export const awsFaults = ({
  installation,
  components,
  backupPaths,
  notifications,
}: Pick<Config, 'installation' | 'components' | 'backupPaths' | 'notifications'>): Fault[] => {
  const faults: Fault[] = [];
  const fault = (path: string, message: string): number => faults.push({ path, message });
  if (installation.includes('.'))
    fault(
      'installation',
      `the name "${installation}" has a dot, which names of dashboards on AWS cannot have; write - or _ for it`,
    );
  if (installation.length > LONGEST_NAME)
    fault(
      'installation',
      `the name "${installation}" has ${installation.length} characters; on AWS it may have ${LONGEST_NAME}`,
    );
  for (const [index, component] of components.entries())
    if (component.kind === 'directory' || component.kind === 'postgres')
      fault(`components.${index}.kind`, kindNotOnAws(component));
  for (const [index, path] of backupPaths.entries())
    if (parseS3Place(path) === undefined) fault(`backupPaths.${index}`, noPlaceOnAws(path));
  if (notifications.email !== undefined && notifications.email.from === undefined)
    fault('notifications.email', NO_SENDER);
  return faults;
};

/** What can be deployed, and may not be what was meant. */
export const awsWarnings = (config: Config, now: Date): string[] => [
  ...scheduleWarnings(config.schedules, { host: 'aws', now }),
  ...(config.notifications.email?.smtp === undefined
    ? []
    : ['notifications.email.smtp is not used on AWS: mails go out by SES']),
];
