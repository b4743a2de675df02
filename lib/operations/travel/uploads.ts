/** Archives on their way in, part by part, before they are anything to anyone. */
import { HoldfastError } from '../../model/errors.ts';
import { ARCHIVE_EXTENSION, newId } from '../../model/ids.ts';
import type { Piece, UploadRecord } from '../../model/records.ts';
import type { CreateUploadRequest } from '../../model/requests.ts';
import { type Change, placementOf, put } from '../../ports/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import { everyRecord } from '../../ports/every-record.ts';
import type { Host } from '../../ports/host.ts';
import type { Principal } from '../installation/principal.ts';
import { changeRecord, getRecord } from '../workflow/operation-record.ts';

const MEBIBYTE = 1024 * 1024;
/** One part is in memory at a time, and a slow line brings it well within a request's time. */
const PART_BYTES = 8 * MEBIBYTE;
/** S3 takes 10,000. */
const MAX_PARTS = 9_000;
const KEPT_MILLISECONDS = 24 * 3600_000;
const TICKET_SECONDS = 900;

/** The name an archive has when nobody chose another. */
export const archiveName = (id: string): string => `${id}${ARCHIVE_EXTENSION}`;

const expiryFrom = (host: Host): string =>
  new Date(host.clock.now().getTime() + KEPT_MILLISECONDS).toISOString();

/** The whole parts of MiB that keep the count of them within what a store takes. */
const partBytesFor = (bytes: number): number =>
  Math.max(PART_BYTES, Math.ceil(bytes / MAX_PARTS / MEBIBYTE) * MEBIBYTE);

/**
 * Opens an upload: what can be refused beforehand is refused here. One of the same file (by its SHA-256) that the same
 * caller began before is answered instead, with what it has: so a sender can always ask anew, and go on.
 *
 * @throws `place_not_allowed`, `place_unwritable`, `file_exists`, `conflict` when that backup is here already
 */
export const createUpload = async (
  host: Host,
  principal: Principal,
  { bytes, sha256, backupPath, backupId, ...request }: CreateUploadRequest,
): Promise<UploadRecord> => {
  if (backupId !== undefined) await assertBackupAbsent(host, backupId);
  const id = newId('upload');
  const fileName = request.fileName ?? (backupId === undefined ? null : archiveName(backupId));
  const key = host.objects.locate(fileName ?? archiveName(id), backupPath);
  const place = host.objects.placeOf(key);
  const begun = await sameUpload(host, {
    createdBy: principal.name,
    fileName,
    backupPath: place,
    bytes,
    sha256,
  });
  if (begun !== undefined) return begun;
  if (fileName !== null) await assertNameFree(host, key, fileName);
  await host.objects.assertWritable(key);
  const partBytes = partBytesFor(bytes);
  const record: UploadRecord = {
    id,
    fileName,
    backupPath: place,
    bytes,
    partBytes,
    parts: Math.ceil(bytes / partBytes),
    sha256: sha256 ?? null,
    createdBy: principal.name,
    createdAt: timestamp(host.clock),
    expiresAt: expiryFrom(host),
  };
  // The record first: the sweep takes staged bytes that no record speaks of for a crash's.
  await host.catalog.commit([put('upload', record, 'absent')]);
  await host.objects.open(id, key);
  return record;
};

const sameUpload = async (
  host: Host,
  wanted: Pick<UploadRecord, 'createdBy' | 'fileName' | 'backupPath' | 'bytes'> & {
    sha256: string | undefined;
  },
): Promise<UploadRecord | undefined> => {
  if (wanted.sha256 === undefined) return undefined;
  for await (const upload of everyRecord(host, 'upload', { descending: true })) {
    const same = (['createdBy', 'fileName', 'backupPath', 'bytes', 'sha256'] as const).every(
      (field) => upload[field] === wanted[field],
    );
    if (same) return upload;
  }
  return undefined;
};

/** @throws `conflict` */
export const assertBackupAbsent = async (host: Host, backupId: string): Promise<void> => {
  if ((await host.catalog.get('backup', backupId)) === undefined) return;
  throw new HoldfastError(
    'conflict',
    `backup ${backupId} is here already; to bring in another copy of it, delete this one first: holdfast backup delete ${backupId}`,
    { details: { backupId } },
  );
};

/** @throws `file_exists` */
export const assertNameFree = async (host: Host, key: string, fileName: string): Promise<void> => {
  if ((await host.objects.stat(key)) === undefined) return;
  throw new HoldfastError(
    'file_exists',
    `a file named "${fileName}" is already there; choose another name for the archive`,
  );
};

const nameOf = (number: number): string => String(number).padStart(8, '0');

/** The bytes that part `number`, counted from 1, has. @throws `not_found` */
export const partSize = ({ id, bytes, partBytes, parts }: UploadRecord, number: number): number => {
  if (!(Number.isInteger(number) && number >= 1 && number <= parts))
    throw new HoldfastError('not_found', `upload ${id} has the parts 1 to ${parts}, and none of ${number}`);
  return number < parts ? partBytes : bytes - (parts - 1) * partBytes;
};

export interface PartTicket {
  number: number;
  bytes: number;
  /** Takes the part's bytes by PUT: absolute, with its own permission, or a path of this API. */
  url: string;
  expiresAt: string;
}

/** Where to send a part. @throws `not_found` */
export const partTicket = async (host: Host, id: string, number: number): Promise<PartTicket> => {
  const upload = await getRecord(host, 'upload', id);
  const bytes = partSize(upload, number);
  const url = await host.objects.pieceUploads?.url(id, nameOf(number), {
    bytes,
    expiresInSeconds: TICKET_SECONDS,
  });
  // Parts that go straight to the store are not seen here: asking for the next one is the sign of life.
  if (url !== undefined)
    await changeRecord(host, 'upload', id, (record) => ({ ...record, expiresAt: expiryFrom(host) }));
  return {
    number,
    bytes,
    url: url ?? `/v1/uploads/${id}/parts/${number}`,
    expiresAt: new Date(host.clock.now().getTime() + TICKET_SECONDS * 1000).toISOString(),
  };
};

/** Keeps a part that came to this host's own API; again replaces what came before. @throws `not_found`, `invalid_request`, `storage_full` */
export const putPart = async (
  host: Host,
  id: string,
  number: number,
  bytes: readonly Uint8Array[],
): Promise<void> => {
  const upload = await getRecord(host, 'upload', id);
  const wanted = partSize(upload, number);
  const came = bytes.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (came !== wanted)
    throw new HoldfastError(
      'invalid_request',
      `part ${number} of upload ${id} has ${wanted} bytes, and ${came} came; send it again`,
    );
  const piece = await host.objects.putPiece(id, nameOf(number), bytes);
  await changeRecord(host, 'upload', id, (record) => ({ ...record, expiresAt: expiryFrom(host) }), {
    alongside: () => [put('uploadPart', { uploadId: id, number, piece })],
  });
};

/** The pieces that are there, by the number of their part. */
export const partsOf = async (host: Host, upload: UploadRecord): Promise<Map<number, Piece>> => {
  if (host.objects.pieceUploads === undefined) {
    const parts = await Array.fromAsync(everyRecord(host, 'uploadPart', { group: upload.id }));
    return new Map(parts.map(({ number, piece }) => [number, piece]));
  }
  const pieces = await host.objects.pieceUploads.list(upload.id);
  return new Map(pieces.map((piece) => [Number(piece.name), piece]));
};

/** Numbers of the parts that are still to come, or came with another size than they have. */
export const missingParts = (upload: UploadRecord, parts: ReadonlyMap<number, Piece>): number[] =>
  Array.from({ length: upload.parts }, (_, index) => index + 1).filter(
    (number) => parts.get(number)?.bytes !== partSize(upload, number),
  );

/** An upload and what is still to come, so that it can go on after anything. @throws `not_found` */
export const showUpload = async (host: Host, id: string): Promise<UploadRecord & { missing: number[] }> => {
  const upload = await getRecord(host, 'upload', id);
  return { ...upload, missing: missingParts(upload, await partsOf(host, upload)) };
};

/** Gives an upload up, with all that came of it. @throws `not_found`, `operation_running` while it is being imported */
export const abortUpload = async (host: Host, id: string): Promise<void> => {
  await getRecord(host, 'upload', id);
  if (await isBeingImported(host, id))
    throw new HoldfastError('operation_running', `upload ${id} is being imported; cancel that first`);
  await forgetUpload(host, id);
};

/** Its import holds the lock. */
export const isBeingImported = async (host: Host, uploadId: string): Promise<boolean> => {
  const { holder } = await host.catalog.lock();
  if (holder?.kind !== 'import') return false;
  return (await host.catalog.get('import', holder.id))?.record.uploadId === uploadId;
};

/** Removes an upload's staged bytes and records. May be repeated; the record goes last, so that the sweep finds the rest. */
export const forgetUpload = async (host: Host, id: string): Promise<void> => {
  await host.objects.abort(id);
  const removals: Change[] = [];
  for await (const part of everyRecord(host, 'uploadPart', { group: id }))
    removals.push({ remove: 'uploadPart', id: placementOf('uploadPart', part).id });
  for (let first = 0; first < removals.length; first += 25)
    await host.catalog.commit(removals.slice(first, first + 25));
  await host.catalog.commit([{ remove: 'upload', id }]);
};
