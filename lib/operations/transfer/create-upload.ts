/** Begins an upload: everything that can be refused before a byte is sent is refused here. */

import { allows } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import { ARCHIVE_EXTENSION, newId } from '../../model/ids.ts';
import type { UploadRecord } from '../../model/records/transfer.ts';
import type { CreateUploadRequest } from '../../model/requests/uploads.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { assertDomain, ownDomain } from '../access/known-domains.ts';
import { requirePermission } from '../access/permissions.ts';
import { isSeen } from '../access/permitted.ts';
import { requireRoomForUpload } from './upload-room.ts';
import { uploadExpiry } from './uploads.ts';

const MEBIBYTE = 1024 * 1024;
const GIBIBYTE = 1024 * MEBIBYTE;
/** The size of a part. A slow line sends it well within a request's time. */
const LEAST_PART_BYTES = 8 * MEBIBYTE;
/** Limits for parts that clients put into the store themselves: S3 takes 5 GiB in one request, and joins 10,000. */
const storeLimits = { parts: 9_000, partBytes: 5 * GIBIBYTE };
/** Limits for parts that come through the host's own API: they are in memory while they arrive. */
const serverLimits = { parts: 90_000, partBytes: 64 * MEBIBYTE };

/** The name an archive has when nobody chose another. */
export const archiveName = (id: string): string => `${id}${ARCHIVE_EXTENSION}`;

/**
 * The bytes of each part except the last: whole MiB, and no more parts than the host accepts.
 *
 * @throws `invalid_request` for an archive that is too large for such parts
 */
export const partBytesFor = (host: Pick<Host, 'objects'>, bytes: number): number => {
  const { parts, partBytes } = host.objects.pieceUploads === undefined ? serverLimits : storeLimits;
  if (bytes > parts * partBytes)
    throw new HoldfastError(
      'invalid_request',
      `an archive of ${bytes} bytes is too large for an upload: it may have at most ${parts * partBytes} bytes, in ${parts} parts of ${partBytes}`,
    );
  return Math.max(LEAST_PART_BYTES, Math.ceil(bytes / parts / MEBIBYTE) * MEBIBYTE);
};

/**
 * Opens an upload. If the same caller began one of the same file (by its SHA-256) before, returns that, with the parts
 * it has: so a sender can always ask again, and continue.
 *
 * @throws `place_not_allowed`, `place_unwritable`, `file_exists`, `invalid_request` for an archive that is too large,
 * `conflict` when that backup is here already or too many uploads are open, `storage_full` when there is no room
 */
export const createUpload = async (
  host: Host,
  principal: Principal,
  { bytes, sha256, backupPath, backupId, domain: wished, ...request }: CreateUploadRequest,
): Promise<UploadRecord> => {
  const domain = wished ?? ownDomain(principal);
  if (domain !== null) await assertDomain(host, principal, domain);
  requirePermission(principal, 'backup.upload', domain);
  const isOfWhole = allows(principal.grants, 'backup.upload', null);
  if (!isOfWhole) refuseChosenPlace(principal, request.fileName, backupPath);
  const domains = domain === null ? [] : [domain];
  if (backupId !== undefined) await assertBackupAbsent(host, principal, backupId, { hidden: 'pass' });
  const id = newId('upload');
  const fileName = request.fileName ?? (isOfWhole && backupId !== undefined ? archiveName(backupId) : null);
  const key = host.objects.locate(fileName ?? archiveName(id), backupPath);
  const place = host.objects.placeOf(key);
  const wanted = { createdBy: principal.name, domains, fileName, backupPath: place, bytes, sha256 };
  const begun = await sameUpload(host, wanted);
  if (begun !== undefined) {
    // The upload's folder may have been lost, or never made, when a machine crashed.
    await host.objects.open(begun.id, key);
    return begun;
  }
  if (fileName !== null) await assertNameFree(host, key, fileName);
  const partBytes = partBytesFor(host, bytes);
  await requireRoomForUpload(host, key, bytes);
  await host.objects.assertWritable(key);
  const record: UploadRecord = {
    id,
    domains,
    fileName,
    backupPath: place,
    bytes,
    partBytes,
    parts: Math.ceil(bytes / partBytes),
    sha256: sha256 ?? null,
    createdBy: principal.name,
    createdAt: timestamp(host.clock),
    expiresAt: uploadExpiry(host),
  };
  // The record is written first: the sweep removes staged bytes without a record, as left by a crash.
  await host.catalog.commit([put('upload', record, 'absent')]);
  await host.objects.open(id, key);
  return record;
};

const sameUpload = async (
  host: Host,
  wanted: Pick<UploadRecord, 'createdBy' | 'domains' | 'fileName' | 'backupPath' | 'bytes'> & {
    sha256: string | undefined;
  },
): Promise<UploadRecord | undefined> => {
  if (wanted.sha256 === undefined) return undefined;
  for await (const upload of everyRecord(host, 'upload', { descending: true })) {
    const same = (['createdBy', 'fileName', 'backupPath', 'bytes', 'sha256'] as const).every(
      (field) => upload[field] === wanted[field],
    );
    if (same && String(upload.domains ?? []) === String(wanted.domains)) return upload;
  }
  return undefined;
};

/** All domains share one list of file names: a caller who could choose names could find out those of another domain. */
const refuseChosenPlace = (
  { name }: Principal,
  fileName: string | undefined,
  backupPath: string | undefined,
): void => {
  if (fileName === undefined && backupPath === undefined) return;
  throw new HoldfastError(
    'forbidden',
    `${name} has rights only in a domain, and may not choose the names or places of files; leave out fileName and backupPath`,
  );
};

/**
 * @param options.hidden what to do with a backup that the principal may not know of: let it pass for now, or refuse
 * without naming it
 * @throws `conflict`
 */
export const assertBackupAbsent = async (
  host: Host,
  principal: Principal,
  backupId: string,
  { hidden = 'refuse' }: { readonly hidden?: 'pass' | 'refuse' } = {},
): Promise<void> => {
  const found = await host.catalog.get('backup', backupId);
  if (found === undefined) return;
  if (await isSeen<'backup'>(host, principal, found.record))
    throw new HoldfastError(
      'conflict',
      `backup ${backupId} already exists here; to upload another copy of it, delete this one first: holdfast backup delete ${backupId}`,
      { details: { backupId } },
    );
  if (hidden === 'refuse')
    throw new HoldfastError('conflict', `the archive of ${backupId} cannot be imported under this id`);
};

/** @throws `file_exists` */
export const assertNameFree = async (host: Host, key: string, fileName: string): Promise<void> => {
  if ((await host.objects.stat(key)) === undefined) return;
  throw new HoldfastError(
    'file_exists',
    `a file named "${fileName}" already exists; choose another name for the archive (--file-name)`,
  );
};
