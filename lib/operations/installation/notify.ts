import { mapInOrder } from '../../archive/map-in-order.ts';
import { HoldfastError, shortErrorOf } from '../../model/errors.ts';
import type { EventRecord } from '../../model/records/event.ts';
import { put } from '../../ports/catalog.ts';
import { isAheadOf } from '../../ports/clock.ts';
import { everyRecord } from '../../ports/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { DeliveryRefused, type Notifier } from '../../ports/notifier.ts';

/** Waits between attempts at one event: half a minute, doubling up to an hour; for as long as it takes. */
const firstWaitSeconds = 30;
const longestWaitSeconds = 3600;
/** A channel that refuses an event for good is asked again for so long: what is refused may be a mistake in its settings. */
const REFUSED_MILLISECONDS = 24 * 3600_000;
/** So many events are delivered beside each other, so that a channel that does not answer delays no other channel. */
const EVENTS_AT_ONCE = 8;

/**
 * Drains the outbox: tells every channel of every event it has not taken yet. An event stays until all have it, so
 * that a crash, or a mail server that is down, loses none; a channel may see one twice. A channel that fails is left
 * alone for the rest of this drain: a server that does not answer costs one time-out, not one for each event.
 *
 * @param signal Aborted: no delivery is begun any more.
 */
export const notify = async (
  host: Host,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<{ delivered: number; waiting: number }> => {
  const failing = new Set<string>();
  const due: EventRecord[] = [];
  let waiting = 0;
  for await (const event of everyRecord(host, 'event')) {
    if (isDue(event, host)) due.push(event);
    else waiting++;
  }
  const told = await mapInOrder(due, EVENTS_AT_ONCE, async (event) =>
    signal?.aborted === true ? false : deliver(host, event, failing),
  );
  const delivered = told.filter((one) => one).length;
  return { delivered, waiting: waiting + due.length - delivered };
};

/** A next attempt that lies beyond the longest wait was set by a clock that was ahead. */
const isDue = ({ nextAttemptAt }: EventRecord, { clock }: Host): boolean => {
  const now = clock.now().getTime();
  return Date.parse(nextAttemptAt) <= now || isAheadOf(nextAttemptAt, now + longestWaitSeconds * 1000);
};

/** So long one drain has an event to itself; after a crash in mid-delivery another takes it up. */
const CLAIM_SECONDS = 120;

/** Sets the event aside for this drain; undefined when another has it. */
const claim = async (host: Host, id: string): Promise<EventRecord | undefined> => {
  const found = await host.catalog.get('event', id);
  if (found === undefined || !isDue(found.record, host)) return undefined;
  const until = new Date(host.clock.now().getTime() + CLAIM_SECONDS * 1000).toISOString();
  try {
    await host.catalog.commit([put('event', { ...found.record, nextAttemptAt: until }, found.version)]);
    return found.record;
  } catch (thrown) {
    if (thrown instanceof HoldfastError && thrown.code === 'conflict') return undefined;
    throw thrown;
  }
};

/** @param failing Channels that have failed in this drain; those that fail now join them. */
const deliver = async (
  host: Host,
  { id, delivered }: EventRecord,
  failing: Set<string>,
): Promise<boolean> => {
  const isWanted = ({ channel }: Notifier): boolean => !delivered.includes(channel);
  // All that is missing has failed just now: the event is left as it is, for the next drain.
  const missing = host.notifiers.filter(isWanted);
  if (missing.length > 0 && missing.every(({ channel }) => failing.has(channel))) return false;
  const event = await claim(host, id);
  if (event === undefined) return false;
  const outcomes = await Promise.all(
    host.notifiers
      .filter(({ channel }) => !event.delivered.includes(channel))
      .map((notifier) => tell(host, event, notifier, failing)),
  );
  const failures = outcomes.filter(({ failure }) => failure !== undefined);
  if (failures.length === 0) {
    await host.catalog.commit([{ remove: 'event', id: event.id }]);
    return true;
  }
  const waitSeconds = Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** Math.min(event.attempts, 10));
  const later: EventRecord = {
    ...event,
    delivered: [
      ...event.delivered,
      ...outcomes.filter(({ failure }) => failure === undefined).map(({ channel }) => channel),
    ],
    attempts: event.attempts + 1,
    lastError: failures.map(({ channel, failure }) => `${channel}: ${failure}`).join('; '),
    nextAttemptAt: new Date(host.clock.now().getTime() + waitSeconds * 1000).toISOString(),
  };
  await host.catalog.commit([put('event', later, 'present')]);
  return false;
};

interface Told {
  readonly channel: string;
  /** Why the event is to be told again; undefined when that is not wanted. */
  readonly failure?: string;
}

const tell = async (
  host: Host,
  event: EventRecord,
  notifier: Notifier,
  failing: Set<string>,
): Promise<Told> => {
  const { channel } = notifier;
  if (failing.has(channel)) return { channel, failure: 'the channel failed for an earlier event' };
  try {
    await notifier.deliver(event);
    return { channel };
  } catch (thrown) {
    const error = shortErrorOf(thrown);
    const about = { eventId: event.id, attempts: event.attempts + 1, error };
    const age = host.clock.now().getTime() - Date.parse(event.at);
    if (thrown instanceof DeliveryRefused && age > REFUSED_MILLISECONDS) {
      host.log.error(
        `${channel} has refused an outcome for a day; it is not told there any more: check this channel's settings`,
        about,
      );
      return { channel };
    }
    failing.add(channel);
    host.log.warn(`an outcome could not be told by ${channel}; it is tried again`, about);
    return { channel, failure: error };
  }
};
