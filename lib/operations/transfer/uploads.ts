/** Archives on their way in: how long they are kept, and how they are given up. */

import { isAheadOf } from '../../model/clock-skew.ts';
import { HoldfastError, toHoldfastError } from '../../model/errors.ts';
import type { UploadRecord } from '../../model/records/travel.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { placementOf } from '../../ports/catalog/placement.ts';
import type { Host } from '../../ports/host.ts';
import { commitAll } from '../task/commit-all.ts';
import { getRecord } from '../task/operation-record.ts';

const KEPT_MILLISECONDS = 24 * 3600_000;

/** The new expiry of an upload that was active just now: the sweep removes it then, unless it is active again before. */
export const uploadExpiry = (host: Host): string =>
  new Date(host.clock.now().getTime() + KEPT_MILLISECONDS).toISOString();

/** Whether an upload is to be swept. One whose end a clock ahead of the right one has set gets the end that it would have now. */
export const hasExpired = async (host: Host, upload: UploadRecord): Promise<boolean> => {
  const now = host.clock.now().getTime();
  if (isAheadOf(upload.expiresAt, now + KEPT_MILLISECONDS)) {
    host.log.warn('an upload would be kept too long: the clock was ahead; it is kept for a day from now', {
      uploadId: upload.id,
      expiresAt: upload.expiresAt,
    });
    await host.catalog.commit([put('upload', { ...upload, expiresAt: uploadExpiry(host) }, 'present')]);
  }
  return Date.parse(upload.expiresAt) < now;
};

/** Gives an upload up, with all that came of it. @throws `not_found`, `operation_running` while it is being imported */
export const abortUpload = async (host: Host, id: string): Promise<void> => {
  await getRecord(host, 'upload', id);
  await refuseWhileImported(host, id);
  await forgetUpload(host, id);
};

/** Its import holds the lock. */
export const isBeingImported = async (host: Host, uploadId: string): Promise<boolean> => {
  const { holder } = await host.catalog.lock();
  if (holder?.kind !== 'import') return false;
  return (await host.catalog.get('import', holder.id))?.record.uploadId === uploadId;
};

/** @throws `operation_running` */
export const refuseWhileImported = async (host: Host, id: string): Promise<void> => {
  if (await isBeingImported(host, id))
    throw new HoldfastError('operation_running', `upload ${id} is being imported; cancel that first`);
};

/**
 * Removes an upload's records and staged bytes. May be repeated. Its parts no longer count before their bytes go; the
 * upload's own record goes last, so that the sweep finds the rest.
 */
export const forgetUpload = async (host: Host, id: string): Promise<void> => {
  const removals: Change[] = [];
  for await (const part of everyRecord(host, 'uploadPart', { group: id }))
    removals.push({ remove: 'uploadPart', id: placementOf('uploadPart', part).id });
  await commitAll(host, removals);
  await host.objects.abort(id);
  await host.catalog.commit([{ remove: 'upload', id }]);
};

/**
 * Reads the end of what came of an upload. When that is no sound archive it never will be, and is forgotten: the same file, sent
 * anew, is then taken anew.
 *
 * @throws what `read` throws
 */
export const readUpload = async <T>(host: Host, id: string, read: () => Promise<T>): Promise<T> => {
  try {
    return await read();
  } catch (thrown) {
    if (isNoArchive(toHoldfastError(thrown).code)) await forgetUpload(host, id);
    throw thrown;
  }
};

/** One that is too large to be read for somebody unknown can be read once its verify key is here. */
export const isNoArchive = (errorCode: string): boolean =>
  errorCode.startsWith('archive_') && errorCode !== 'archive_signer_unknown';
