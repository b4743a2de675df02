/** When a schedule's address is called. */
import type { EventType } from '../records/event.ts';

const PREFIX = 'ping:';
const failures: ReadonlySet<EventType> = new Set<EventType>([
  'backup.failed',
  'backup.partial',
  'backup.cancelled',
  'schedule.missed',
  'schedule.stopped',
]);

/** The channel that calls a schedule's address. */
export const pingChannel = (scheduleId: string): string => `${PREFIX}${scheduleId}`;

/** The schedule that the channel belongs to; undefined for other kinds of channel. */
export const scheduleOfPing = (channel: string): string | undefined =>
  channel.startsWith(PREFIX) ? channel.slice(PREFIX.length) : undefined;

/** How an event of a schedule calls the address; undefined when it does not. */
export const pingOf = (type: EventType): 'success' | 'failure' | undefined => {
  if (type === 'backup.succeeded') return 'success';
  return failures.has(type) ? 'failure' : undefined;
};
