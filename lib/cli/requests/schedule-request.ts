/** The options that describe a schedule, and the request that they make. */
import { type Command, Option } from 'commander';
import type { VerificationDepth } from '../../model/verification-depth.ts';
import { collect } from '../collect.ts';
import { usageFailure } from '../failure.ts';
import { addRetentionOptions, type RetentionOptions, retentionOf } from '../options/retention-options.ts';
import type { Session } from '../session.ts';
import { verificationOption } from './backup-request.ts';

export interface ScheduleOptions extends RetentionOptions {
  readonly cron?: string;
  readonly timeZone?: string;
  readonly start?: string;
  readonly end?: string;
  readonly jitter?: string;
  readonly label?: string;
  readonly description?: string;
  readonly scope?: 'system' | 'domain';
  readonly domain?: string;
  readonly component?: readonly string[];
  readonly key?: string;
  readonly catchUp?: 'run' | 'record';
  readonly wait?: string;
  readonly verification?: VerificationDepth;
  readonly pingFile?: string;
}

export const addScheduleOptions = (command: Command): Command =>
  addRetentionOptions(
    command
      .option(
        '--cron <line>',
        'when it is due: five fields, @hourly, @daily, @weekly, @monthly or @yearly, or a rate such as "every 6h"',
      )
      .option('--time-zone <zone>', 'the time zone of the line, such as Europe/Berlin (default: UTC)')
      .option('--start <time>', 'not due before this time, RFC 3339')
      .option('--end <time>', 'not due after this time, RFC 3339')
      .option('--jitter <minutes>', 'delay each run by up to this many minutes')
      .option('--label <label>', 'the label of its backups')
      .option('--description <text>', 'the description of its backups')
      .addOption(
        new Option('--scope <scope>', 'what it backs up (default: system)').choices(['system', 'domain']),
      )
      .option('--domain <domain>', 'with --scope domain: the domain')
      .option('--component <id>', 'a component to back up; may be repeated (default: every one)', collect)
      .option('--key <id>', 'the backup key (default: that of its scope)')
      .addOption(
        new Option(
          '--catch-up <way>',
          'what to do after a time at which Holdfast was not running: one run afterwards, or only a record that it was missed (default: record)',
        ).choices(['run', 'record']),
      )
      .addOption(verificationOption())
      .option('--wait <minutes>', 'how long a run waits for another operation to end (default: 0)')
      .option(
        '--ping-file <file>',
        'a file, or - for standard input, whose one line is the URL to call after each run, with /fail behind it after a failure',
      ),
  );

const wholeNumber = (option: string, text: string): number => {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw usageFailure(`${option}: "${text}" is not a whole number of minutes`);
};

const MAX_PING_BYTES = 4096;

/** The address may contain a token, so it is not an argument. */
const pingOf = async (session: Session, file: string): Promise<string> => {
  const text = (await session.readInput(file, '--ping-file', MAX_PING_BYTES)).trim();
  if (/\s/.test(text)) throw usageFailure('--ping-file: more than one line; write the URL and nothing else');
  return text;
};

/** The fields that were given. */
export const scheduleFields = async (
  session: Session,
  options: ScheduleOptions,
): Promise<Record<string, unknown>> => {
  const { cron, timeZone, start, end, jitter, label, description, scope, domain, component, key } = options;
  const said = {
    ...{ cron, timeZone, label, description, scope, domain },
    ...{ startAt: start, endAt: end, components: component, keyId: key, catchUp: options.catchUp },
    verification: options.verification,
    retention: retentionOf(options),
    ping: options.pingFile === undefined ? undefined : await pingOf(session, options.pingFile),
    jitterMinutes: jitter === undefined ? undefined : wholeNumber('--jitter', jitter),
    waitMinutes: options.wait === undefined ? undefined : wholeNumber('--wait', options.wait),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
};
