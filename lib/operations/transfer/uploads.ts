/** Uploads: how long they are kept, and how they are given up. */

import { isAheadOf } from '../../model/clock-skew.ts';
import { HoldfastError, toHoldfastError } from '../../model/errors.ts';
import type { UploadRecord } from '../../model/records/transfer.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { placementOf } from '../../ports/catalog/placement.ts';
import type { Host } from '../../ports/host.ts';
import { commitAll } from '../task/commit-all.ts';
import { getRecord } from '../task/operation-record.ts';

const KEPT_MILLISECONDS = 24 * 3600_000;

/** The new expiry of an upload that was just active: the sweep removes it then, unless it is active again before. */
export const uploadExpiry = (host: Host): string =>
  new Date(host.clock.now().getTime() + KEPT_MILLISECONDS).toISOString();

/**
 * Whether the sweep must remove an upload. If a clock ahead of the right one has set its end, the end that it would get
 * now counts.
 */
export const hasExpired = async (host: Host, upload: UploadRecord): Promise<boolean> => {
  const now = host.clock.now().getTime();
  if (isAheadOf(upload.expiresAt, now + KEPT_MILLISECONDS)) {
    host.log.warn(
      'the end of an upload was too far in the future: the clock was ahead; it is now kept for one day',
      {
        uploadId: upload.id,
        expiresAt: upload.expiresAt,
      },
    );
    await host.catalog.commit([put('upload', { ...upload, expiresAt: uploadExpiry(host) }, 'present')]);
  }
  return Date.parse(upload.expiresAt) < now;
};

/**
 * Gives an upload up, with all bytes that have arrived. @throws `not_found`, `operation_running` while it is being
 * imported
 */
export const abortUpload = async (host: Host, id: string): Promise<void> => {
  await getRecord(host, 'upload', id);
  await refuseWhileImported(host, id);
  await forgetUpload(host, id);
};

/** Whether the upload's import holds the lock. */
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
 * Calls `read`, which reads the end of an upload. If that is not an intact archive, it never will be: the upload is
 * forgotten, so that the same file can be sent again.
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

/**
 * Whether the error means that the upload is not an intact archive. An archive of an unknown signer is not meant: it
 * can be read once its verify key is here.
 */
export const isNoArchive = (errorCode: string): boolean =>
  errorCode.startsWith('archive_') && errorCode !== 'archive_signer_unknown';
