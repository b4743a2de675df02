import { isAheadOf } from '../../model/clock-skew.ts';
import { shortErrorOf } from '../../model/errors.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { forgetOldAttempts } from '../access/passwords/password-attempts.ts';
import { forgetEndedSessions } from '../access/sessions/sessions.ts';
import { forgetExpiredTokens } from '../access/tokens/forget-expired-tokens.ts';
import { forgetOldApprovals } from '../approval/approvals.ts';
import { endExpiredApprovals } from '../approval/expired-approvals.ts';
import { settlePending } from '../audit/pending-acts.ts';
import { tellRefusals } from '../audit/repeated-acts.ts';
import { removeOldRows, sealDaily } from '../audit/seal-trail.ts';
import { endOperationsWithoutLock } from '../engine/end-without-lock.ts';
import { forgetOrphanedTraces } from '../engine/forget-traces.ts';
import { freeAbandonedLock } from '../engine/free-abandoned-lock.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { forgetOldNotices } from '../notices/forget-notices.ts';
import { notify } from '../notices/notify.ts';
import { applyRetention } from '../retention/apply-retention.ts';
import { stopOrphanedSchedules } from '../schedules/stop-schedules.ts';
import { finishDeletions } from '../stored/delete-backup.ts';
import { forgetUpload, hasExpired, isBeingImported } from '../transfer/uploads.ts';
import { forgetOldEvents, keepTriggers } from '../triggers/trigger-events.ts';
import { keepLastBackups } from './read-last-backups.ts';
import { tellOfKeyInDanger, tellOfLittleRoom, tellOfLongLock } from './tell-standing.ts';

const IDEMPOTENCY_KEPT_MILLISECONDS = 24 * 3600_000;

/**
 * Repairs what a crash may have left: an abandoned lock, events not yet told, staged pieces of ended operations, traces
 * of their runs. It may run at any time and any number of times.
 *
 * Every step is done even if others fail: one bucket that does not answer must not stop outcomes from being told.
 *
 * @param tell How outcomes are told. @default notify, and the sweep waits for it
 * @throws after the last step, the error of a step; one error for all when several failed
 */
export const sweep = async (
  host: OperatingHost,
  { because, tell = notify }: { because?: string; tell?: (host: Host) => unknown } = {},
): Promise<void> => {
  const steps: Readonly<Record<string, () => Promise<unknown>>> = {
    'free an abandoned lock': () => freeAbandonedLock(host, { because }),
    'end operations that lost the lock': () => endOperationsWithoutLock(host),
    'finish deletions that were interrupted': () => finishDeletions(host, { all: because !== undefined }),
    'apply retention': () => applyRetention(host),
    'remove old uploads': () => removeOldUploads(host),
    'remove pieces of ended operations': () => removeOrphanedUploads(host),
    'remove traces of ended operations': () => forgetOrphanedTraces(host),
    'forget old starts': () => forgetOldStarts(host),
    'forget old attempts at passwords': () => forgetOldAttempts(host),
    'count refused requests': () => tellRefusals(host),
    'add acts to the audit trail': () => settlePending(host, { all: because !== undefined }),
    'sign the audit trail': () => sealDaily(host),
    'remove old rows of the audit trail': () => removeOldRows(host),
    'forget old notices': () => forgetOldNotices(host),
    'end requests for approval whose time is over': () => endExpiredApprovals(host),
    'forget old requests for approval': () => forgetOldApprovals(host),
    'forget sessions that are over': () => forgetEndedSessions(host),
    'forget tokens that ended long ago': () => forgetExpiredTokens(host),
    'stop schedules whose maker is gone': () => stopOrphanedSchedules(host),
    'begin backups for events that wait': () => keepTriggers(host),
    'forget old events of triggers': () => forgetOldEvents(host),
    'keep the summary of last backups': () => keepLastBackups(host),
    'report an operation that holds the lock for long': () => tellOfLongLock(host),
    'report a key service in danger': () => tellOfKeyInDanger(host),
    'report little space for archives': () => tellOfLittleRoom(host),
    'tell outcomes': async () => tell(host),
  };
  const failures: unknown[] = [];
  for (const [step, take] of Object.entries(steps))
    try {
      await take();
    } catch (thrown) {
      failures.push(thrown);
      host.log.error(`the sweep could not ${step}; the next sweep tries again`, {
        reason: shortErrorOf(thrown),
      });
    }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1)
    throw new AggregateError(
      failures,
      `${failures.length} of ${Object.keys(steps).length} steps of the sweep failed: ${failures.map(shortErrorOf).join('; ')}`,
    );
};

const runningId = async (host: Host): Promise<string | undefined> => (await host.catalog.lock()).holder?.id;

/** Uploads are read before the lock: an operation that starts in between is seen as running. */
const removeOrphanedUploads = async (host: Host): Promise<void> => {
  const uploads = await host.objects.uploads();
  const running = await runningId(host);
  for (const upload of uploads)
    if (upload !== running && (await host.catalog.get('upload', upload)) === undefined)
      await host.objects.abort(upload);
};

/** Removes uploads that were not continued for a day, and parts whose upload was imported just before a crash. */
const removeOldUploads = async (host: Host): Promise<void> => {
  for await (const upload of everyRecord(host, 'upload'))
    if ((await hasExpired(host, upload)) && !(await isBeingImported(host, upload.id)))
      await forgetUpload(host, upload.id);
  const left = new Set<string>();
  for await (const { uploadId } of everyRecord(host, 'uploadPart')) left.add(uploadId);
  for (const id of left)
    if ((await host.catalog.get('upload', id)) === undefined) await forgetUpload(host, id);
};

const forgetOldStarts = async (host: Host): Promise<void> => {
  const now = host.clock.now().getTime();
  const before = now - IDEMPOTENCY_KEPT_MILLISECONDS;
  // The newest come first here: a record that was dated by a clock ahead of the right one is kept for a day from now.
  for await (const start of everyRecord(host, 'idempotency', { descending: true })) {
    if (!isAheadOf(start.createdAt, now)) break;
    await host.catalog.commit([
      put('idempotency', { ...start, createdAt: timestamp(host.clock) }, 'present'),
    ]);
  }
  for await (const { key, createdAt } of everyRecord(host, 'idempotency')) {
    if (Date.parse(createdAt) > before) return;
    await host.catalog.commit([{ remove: 'idempotency', id: key }]);
  }
};
