import type { Host } from '../../ports/host.ts';
import { everyRecord } from '../backup/captured.ts';
import { forgetOldAttempts } from '../keys/password-attempts.ts';
import { forgetUpload, isBeingImported } from '../travel/uploads.ts';
import { forgetTraces } from '../workflow/end-operation.ts';
import { freeAbandonedLock } from '../workflow/free-abandoned-lock.ts';
import { notify } from './notify.ts';

const IDEMPOTENCY_KEPT_MILLISECONDS = 24 * 3600_000;

/**
 * Puts right what a crash may have left: a lock nobody works under, events not yet told, staged pieces of ended
 * operations, traces of their runs. Harmless at any time, and repeated.
 */
export const sweep = async (host: Host, options: { because?: string } = {}): Promise<void> => {
  await freeAbandonedLock(host, options);
  await removeOldUploads(host);
  await removeOrphanedUploads(host);
  await removeOrphanedTraces(host);
  await forgetOldStarts(host);
  await forgetOldAttempts(host);
  await notify(host);
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
  for await (const { id, expiresAt } of everyRecord(host, 'upload', {}))
    if (Date.parse(expiresAt) < now && !(await isBeingImported(host, id))) await forgetUpload(host, id);
  const left = new Set<string>();
  for await (const { uploadId } of everyRecord(host, 'uploadPart', {})) left.add(uploadId);
  for (const id of left)
    if ((await host.catalog.get('upload', id)) === undefined) await forgetUpload(host, id);
};

const removeOrphanedTraces = async (host: Host): Promise<void> => {
  const owners = new Set<string>();
  for (const kind of ['captureGroup', 'captureSummary', 'sealedKey'] as const)
    for await (const { backupId } of everyRecord(host, kind, {})) owners.add(backupId);
  for await (const { operationId } of everyRecord(host, 'logChunk', {})) owners.add(operationId);
  for await (const { restoreId } of everyRecord(host, 'restoreCheckpoint', {})) owners.add(restoreId);
  const running = await runningId(host);
  for (const owner of owners) if (owner !== running) await forgetTraces(host, owner);
};

const forgetOldStarts = async (host: Host): Promise<void> => {
  const before = host.clock.now().getTime() - IDEMPOTENCY_KEPT_MILLISECONDS;
  for await (const { key, createdAt } of everyRecord(host, 'idempotency', {})) {
    if (Date.parse(createdAt) > before) return;
    await host.catalog.commit([{ remove: 'idempotency', id: key }]);
  }
};
