import { HoldfastError, shortErrorOf } from '../../model/errors.ts';
import type { EventRecord } from '../../model/records/event.ts';
import { put } from '../../ports/catalog.ts';
import { everyRecord } from '../../ports/every-record.ts';
import type { Host } from '../../ports/host.ts';

/** Waits between attempts at one event: half a minute, doubling up to an hour; for as long as it takes. */
const firstWaitSeconds = 30;
const longestWaitSeconds = 3600;

/**
 * Drains the outbox: tells every channel of every event it has not taken yet. An event stays until all have it, so
 * that a crash, or a mail server that is down, loses none; a channel may see one twice.
 */
export const notify = async (host: Host): Promise<{ delivered: number; waiting: number }> => {
  const now = host.clock.now();
  let delivered = 0;
  let waiting = 0;
  for await (const event of everyRecord(host, 'event')) {
    if (Date.parse(event.nextAttemptAt) > now.getTime()) {
      waiting++;
    } else if (await deliver(host, event)) {
      delivered++;
    } else {
      waiting++;
    }
  }
  return { delivered, waiting };
};

/** So long one drain has an event to itself; after a crash in mid-delivery another takes it up. */
const CLAIM_SECONDS = 120;

/** Sets the event aside for this drain; undefined when another has it. */
const claim = async (host: Host, id: string): Promise<EventRecord | undefined> => {
  const found = await host.catalog.get('event', id);
  const now = host.clock.now().getTime();
  if (found === undefined || Date.parse(found.record.nextAttemptAt) > now) return undefined;
  const until = new Date(now + CLAIM_SECONDS * 1000).toISOString();
  try {
    await host.catalog.commit([put('event', { ...found.record, nextAttemptAt: until }, found.version)]);
    return found.record;
  } catch (thrown) {
    if (thrown instanceof HoldfastError && thrown.code === 'conflict') return undefined;
    throw thrown;
  }
};

const deliver = async (host: Host, { id }: EventRecord): Promise<boolean> => {
  const event = await claim(host, id);
  if (event === undefined) return false;
  const taken = [...event.delivered];
  let lastError = '';
  for (const notifier of host.notifiers) {
    if (taken.includes(notifier.channel)) continue;
    try {
      await notifier.deliver(event);
      taken.push(notifier.channel);
    } catch (thrown) {
      lastError = `${notifier.channel}: ${shortErrorOf(thrown)}`;
      host.log.warn(`an outcome could not be told by ${notifier.channel}; it is tried again`, {
        eventId: event.id,
        attempts: event.attempts + 1,
        error: shortErrorOf(thrown),
      });
    }
  }
  if (lastError === '') {
    await host.catalog.commit([{ remove: 'event', id: event.id }]);
    return true;
  }
  const waitSeconds = Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** Math.min(event.attempts, 10));
  const later: EventRecord = {
    ...event,
    delivered: taken,
    attempts: event.attempts + 1,
    lastError,
    nextAttemptAt: new Date(host.clock.now().getTime() + waitSeconds * 1000).toISOString(),
  };
  await host.catalog.commit([put('event', later, 'present')]);
  return false;
};
