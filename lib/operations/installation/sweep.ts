import { shortErrorOf } from '../../model/errors.ts';
import { everyRecord } from '../../ports/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { forgetOldAttempts } from '../keys/password-attempts.ts';
import { forgetUpload, isBeingImported } from '../travel/uploads.ts';
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
 * @throws after the last step, what a step threw; one error for all when several did
 */
export const sweep = async (host: Host, { because }: { because?: string } = {}): Promise<void> => {
  const steps: Readonly<Record<string, () => Promise<unknown>>> = {
    'free an abandoned lock': () => freeAbandonedLock(host, { because }),
    'remove old uploads': () => removeOldUploads(host),
    'remove pieces of ended operations': () => removeOrphanedUploads(host),
    'remove traces of ended operations': () => forgetOrphanedTraces(host),
    'forget old starts': () => forgetOldStarts(host),
    'forget old attempts at passwords': () => forgetOldAttempts(host),
    'tell outcomes': () => notify(host),
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
  const now = host.clock.now().getTime();
  for await (const { id, expiresAt } of everyRecord(host, 'upload'))
    if (Date.parse(expiresAt) < now && !(await isBeingImported(host, id))) await forgetUpload(host, id);
  const left = new Set<string>();
  for await (const { uploadId } of everyRecord(host, 'uploadPart')) left.add(uploadId);
  for (const id of left)
    if ((await host.catalog.get('upload', id)) === undefined) await forgetUpload(host, id);
};

const forgetOldStarts = async (host: Host): Promise<void> => {
  const before = host.clock.now().getTime() - IDEMPOTENCY_KEPT_MILLISECONDS;
  for await (const { key, createdAt } of everyRecord(host, 'idempotency')) {
    if (Date.parse(createdAt) > before) return;
    await host.catalog.commit([{ remove: 'idempotency', id: key }]);
  }
};
