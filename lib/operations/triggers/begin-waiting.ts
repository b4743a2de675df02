/** Begins the backups that trigger events ask for. */

import type { Principal } from '../../model/access/principal.ts';
import type { TriggerSettings } from '../../model/config/trigger-settings.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { domainsOfHomes, homeOf, ROOT_DOMAIN } from '../../model/records/scope.ts';
import { type TriggerEvent, triggerOrder } from '../../model/records/trigger.ts';
import { type CreateBackupRequest, createBackupSchema } from '../../model/requests/backups.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { audited } from '../audit/act.ts';
import { type Refusal, recordRefusedStart, whyRefused } from '../backup/refused-start.ts';
import { requestBackup } from '../backup/request-backup.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { commitAll } from '../task/commit-all.ts';

/** A backup that began, or the record of one that was refused; or the event waits for another operation to end. */
type Attempt = BackupRecord | 'waits';

/** The time, beyond the trigger's own wait, after which an error counts as a refusal. */
const PATIENCE_MILLISECONDS = 24 * 3600_000;

/**
 * Begins one backup for all waiting events of a trigger: it begins after the last of them came, so it holds what they
 * report. An event that comes while it runs waits for the next backup.
 *
 * @param isSweep Called by the sweep: nothing is tried while the lock is held.
 * @throws any error other than a refusal; the events still wait
 */
export const beginWaiting = async (
  host: OperatingHost,
  trigger: TriggerSettings,
  { isSweep = false }: { isSweep?: boolean } = {},
): Promise<void> => {
  for (;;) {
    const waiting = await Array.fromAsync(
      everyRecord(host, 'triggerEvent', { group: 'waiting', orderPrefix: triggerOrder(trigger.id) }),
    );
    const [first] = waiting;
    if (first === undefined) return;
    if (isSweep && mayWait(host, trigger, first) && (await host.catalog.lock()).holder !== undefined) return;
    const attempt = await beginFor(host, trigger, first);
    if (attempt === 'waits') return;
    await settle(host, coveredBy(host, trigger, { first, waiting, record: attempt }), attempt);
  }
};

/** Begins a backup under the id of its first event, so that it is found again after a crash. */
const beginFor = (host: OperatingHost, trigger: TriggerSettings, event: TriggerEvent): Promise<Attempt> => {
  const request = backupOf(trigger);
  return audited(
    host,
    {
      principal: principalOf(trigger),
      action: 'trigger.run',
      permission: 'backup.create',
      subject: `triggers/${trigger.id}`,
      domains: domainsOfHomes([homeOf({ ...request, domain: request.domain ?? ROOT_DOMAIN })]),
    },
    () => attemptFor(host, trigger, event),
    (attempt) =>
      attempt === 'waits'
        ? { outcome: 'refused', status: null, code: 'operation_running' }
        : {
            outcome: wasRefused(attempt) ? 'refused' : 'done',
            status: null,
            code: attempt.errorCode ?? null,
            made: `backups/${attempt.id}`,
          },
  );
};

const attemptFor = async (
  host: OperatingHost,
  trigger: TriggerSettings,
  event: TriggerEvent,
): Promise<Attempt> => {
  const request = backupOf(trigger);
  try {
    return await requestBackup(host, principalOf(trigger), request, { idempotencyKey: event.id });
  } catch (thrown) {
    if (isLocked(thrown) && mayWait(host, trigger, event)) return 'waits';
    return refuse(host, trigger, event, refusalOf(host, trigger, event, thrown));
  }
};

/** @throws an error that is not yet a refusal */
const refusalOf = (
  host: OperatingHost,
  trigger: TriggerSettings,
  event: TriggerEvent,
  thrown: unknown,
): Refusal => {
  try {
    return whyRefused(thrown);
  } catch {
    if (mayWait(host, trigger, event, PATIENCE_MILLISECONDS)) throw thrown;
    return {
      shortError: `no backup could be started since ${event.receivedAt}: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
      errorCode: 'unavailable',
    };
  }
};

const refuse = async (
  host: OperatingHost,
  trigger: TriggerSettings,
  event: TriggerEvent,
  why: Refusal,
): Promise<BackupRecord> => {
  const principal = principalOf(trigger);
  const request = backupOf(trigger);
  const { record, isNew } = await recordRefusedStart(host, principal, {
    request,
    idempotency: { key: event.id, principal: principal.name, request },
    why,
  });
  if (!isNew) return record;
  host.log.warn('a triggered backup did not start', {
    triggerId: trigger.id,
    backupId: record.id,
    shortError: why.shortError,
  });
  host.hasten?.();
  return record;
};

/**
 * The events that a backup answers: all that came before it. A refusal because of the lock answers only those that have
 * waited long enough.
 */
const coveredBy = (
  host: OperatingHost,
  trigger: TriggerSettings,
  { first, waiting, record }: { first: TriggerEvent; waiting: readonly TriggerEvent[]; record: BackupRecord },
): TriggerEvent[] => {
  const isForLock = wasRefused(record) && record.errorCode === 'operation_running';
  const others = waiting.filter(
    (event) =>
      event.id !== first.id &&
      event.receivedAt <= record.createdAt &&
      !(isForLock && mayWait(host, trigger, event)),
  );
  // The event by which the backup is found is changed last: after a crash in between it still waits.
  return [...others, first];
};

const settle = (
  host: OperatingHost,
  events: readonly TriggerEvent[],
  record: BackupRecord,
): Promise<void> => {
  const state = wasRefused(record) ? 'refused' : 'begun';
  return commitAll(
    host,
    events.map((event) => put('triggerEvent', { ...event, state, backupId: record.id })),
  );
};

/** Whether the backup was refused: such a record has no key. */
const wasRefused = ({ archiveKey }: BackupRecord): boolean => archiveKey === '';

const isLocked = (thrown: unknown): boolean =>
  thrown instanceof HoldfastError && thrown.code === 'operation_running';

const mayWait = (
  host: OperatingHost,
  { waitMinutes }: TriggerSettings,
  { receivedAt }: TriggerEvent,
  more = 0,
): boolean => host.clock.now().getTime() < Date.parse(receivedAt) + waitMinutes * 60_000 + more;

/** A trigger may only make backups; the configuration says which. */
const principalOf = ({ id }: TriggerSettings): Principal => ({
  id,
  name: `trigger ${id}`,
  kind: 'trigger',
  grants: [{ role: 'backup-maker' }],
});

const backupOf = ({ id, label, components }: TriggerSettings): CreateBackupRequest =>
  createBackupSchema.parse({ label, description: `trigger ${id}`, scope: 'system', components });
