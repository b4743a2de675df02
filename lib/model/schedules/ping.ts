/** What the address of a schedule is called for. */
import type { EventType } from '../records/event.ts';

const PREFIX = 'ping:';
const failures: ReadonlySet<EventType> = new Set<EventType>([
  'backup.failed',
  'backup.partial',
  'backup.cancelled',
  'schedule.missed',
  'schedule.stopped',
]);

/** The channel that is the address of a schedule. */
export const pingChannel = (scheduleId: string): string => `${PREFIX}${scheduleId}`;

/** The schedule whose address the channel is; undefined for channels of other kinds. */
export const scheduleOfPing = (channel: string): string | undefined =>
  channel.startsWith(PREFIX) ? channel.slice(PREFIX.length) : undefined;

/** How an event of a schedule is called for; undefined: it is not. */
export const pingOf = (type: EventType): 'success' | 'failure' | undefined => {
  if (type === 'backup.succeeded') return 'success';
  return failures.has(type) ? 'failure' : undefined;
};
