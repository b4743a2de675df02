import { shortErrorOf } from '../../model/errors.ts';
import { put } from '../../ports/catalog.ts';
import { isAheadOf, timestamp } from '../../ports/clock.ts';
import { everyRecord } from '../../ports/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { finishDeletions } from '../archives/remove-archive.ts';
import { forgetOldAttempts } from '../keys/password-attempts.ts';
import { forgetUpload, hasExpired, isBeingImported } from '../travel/uploads.ts';
import { endOperationsWithoutLock } from '../workflow/end-without-lock.ts';
import { forgetOrphanedTraces } from '../workflow/forget-traces.ts';
import { freeAbandonedLock } from '../workflow/free-abandoned-lock.ts';
import { notify } from './notify.ts';

const IDEMPOTENCY_KEPT_MILLISECONDS = 24 * 3600_000;

/**
 * Puts right what a crash may have left: a lock nobody works under, events not yet told, staged pieces of ended
 * operations, traces of their runs. Harmless at any time, and repeated.
 *
 * Every step is taken, whatever becomes of the others: one bucket that does not answer must not keep outcomes from
 * being told.
 *
 * @param tell How outcomes are told. @default notify, and the sweep waits for it
 * @throws after the last step, what a step threw; one error for all when several did
 */
export const sweep = async (
  host: Host,
  { because, tell = notify }: { because?: string; tell?: (host: Host) => unknown } = {},
): Promise<void> => {
  const steps: Readonly<Record<string, () => Promise<unknown>>> = {
    'free an abandoned lock': () => freeAbandonedLock(host, { because }),
    'end operations that lost the lock': () => endOperationsWithoutLock(host),
    'finish deletions that were interrupted': () => finishDeletions(host, { all: because !== undefined }),
    'remove old uploads': () => removeOldUploads(host),
    'remove pieces of ended operations': () => removeOrphanedUploads(host),
    'remove traces of ended operations': () => forgetOrphanedTraces(host),
    'forget old starts': () => forgetOldStarts(host),
    'forget old attempts at passwords': () => forgetOldAttempts(host),
    'tell outcomes': async () => tell(host),
  };
  const failures: unknown[] = [];
  for (const [step, take] of Object.entries(steps))
    try {
      await take();
    } catch (thrown) {
      failures.push(thrown);
      host.log.error(`the sweep could not ${step}; it is tried again with the next`, {
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

/** Uploads first, the lock after: an operation that starts in between is seen as running. */
const removeOrphanedUploads = async (host: Host): Promise<void> => {
  const uploads = await host.objects.uploads();
  const running = await runningId(host);
  for (const upload of uploads)
    if (upload !== running && (await host.catalog.get('upload', upload)) === undefined)
      await host.objects.abort(upload);
};

/** Uploads that nobody went on with for a day, and parts whose upload was imported just before a crash. */
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
  // The newest come first here: what a clock ahead of the right one has dated is kept for a day from now.
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
