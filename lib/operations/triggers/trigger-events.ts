/** Events of triggers: each is written down before anything is done for it, and begins one backup, however often it comes. */
import type { TriggerSettings } from '../../model/config/trigger-settings.ts';
import { shortErrorOf } from '../../model/errors.ts';
import { type TriggerEvent, triggerEventId } from '../../model/records/trigger.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { commitAll } from '../task/commit-all.ts';
import { commitUnlessTaken } from '../task/fresh-commit.ts';
import { beginWaiting } from './begin-waiting.ts';

/** How long a repeated event is recognised. EventBridge repeats for a day, SNS for a little less. */
const KEPT_MILLISECONDS = 7 * 24 * 3600_000;

export interface ReceivedEvent extends Pick<TriggerEvent, 'state' | 'backupId'> {
  /** Whether the event came before: then nothing was done for it now. */
  readonly repeated: boolean;
}

/**
 * Takes an event, and begins its backup if that is possible now. After an error other than a refusal, such as a store
 * that does not answer, the event waits: the sweep tries again.
 *
 * @param eventId The sender's id of the event, the same however often it is sent.
 * @throws when the event could not be written down: the sender must send it again
 */
export const receiveEvent = async (
  host: OperatingHost,
  trigger: TriggerSettings,
  eventId: string,
): Promise<ReceivedEvent> => {
  const id = triggerEventId(trigger.id, eventId);
  const event: TriggerEvent = {
    id,
    triggerId: trigger.id,
    receivedAt: timestamp(host.clock),
    state: 'waiting',
    backupId: null,
  };
  const isNew = await commitUnlessTaken(host.catalog, [put('triggerEvent', event, 'absent')]);
  if (isNew) {
    host.log.info('an event arrived for a trigger', { triggerId: trigger.id, event: id });
    try {
      await beginWaiting(host, trigger);
    } catch (thrown) {
      host.log.error('no backup could be started for an event; the next sweep tries again', {
        triggerId: trigger.id,
        event: id,
        reason: shortErrorOf(thrown),
      });
    }
  }
  const { state, backupId } = (await host.catalog.get('triggerEvent', id))?.record ?? event;
  return { state, backupId, repeated: !isNew };
};

/**
 * For the sweep: begins backups of events that wait for another operation to end, or that could not begin because of an
 * error. One trigger that fails does not stop the others.
 *
 * @throws after the last, what the first of them threw
 */
export const keepTriggers = async (host: OperatingHost): Promise<void> => {
  const waiting = await Array.fromAsync(everyRecord(host, 'triggerEvent', { group: 'waiting' }));
  const byTrigger = Map.groupBy(waiting, ({ triggerId }) => triggerId);
  const failures: unknown[] = [];
  for (const [triggerId, events] of byTrigger)
    try {
      const trigger = host.config.triggers.find(({ id }) => id === triggerId);
      if (trigger === undefined) await dropEvents(host, triggerId, events);
      else await beginWaiting(host, trigger, { isSweep: true });
    } catch (thrown) {
      failures.push(thrown);
      host.log.error('the events of a trigger could not be handled; the next sweep tries again', {
        triggerId,
        reason: shortErrorOf(thrown),
      });
    }
  if (failures.length > 0) throw failures[0];
};

const dropEvents = async (
  host: OperatingHost,
  triggerId: string,
  events: readonly TriggerEvent[],
): Promise<void> => {
  host.log.warn('events wait for a trigger that is no longer in the configuration; they start nothing', {
    triggerId,
    events: events.length,
  });
  await commitAll(
    host,
    events.map((event) => put('triggerEvent', { ...event, state: 'refused' })),
  );
};

/** For the sweep: removes events that are too old to be repeated. */
export const forgetOldEvents = async (host: OperatingHost): Promise<void> => {
  const before = host.clock.now().getTime() - KEPT_MILLISECONDS;
  const old: string[] = [];
  for await (const { id, receivedAt } of everyRecord(host, 'triggerEvent', { group: 'settled' })) {
    if (Date.parse(receivedAt) > before) break;
    old.push(id);
  }
  await commitAll(
    host,
    old.map((id) => ({ remove: 'triggerEvent', id })),
  );
};
