/** The parts of an upload: where each is sent, how it is stored, and which are still missing. */

import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { Piece } from '../../model/records/capture.ts';
import type { UploadRecord } from '../../model/records/transfer.ts';
import type { Page } from '../../model/requests/page.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { listPermitted } from '../access/permitted.ts';
import { changeRecord, getRecord } from '../task/operation-record.ts';
import { refuseWhileImported, uploadExpiry } from './uploads.ts';

const TICKET_SECONDS = 900;

const nameOf = (number: number): string => String(number).padStart(8, '0');

/** The bytes that part `number`, counted from 1, has. @throws `not_found` */
export const partSize = ({ id, bytes, partBytes, parts }: UploadRecord, number: number): number => {
  if (!(Number.isInteger(number) && number >= 1 && number <= parts))
    throw new HoldfastError('not_found', `upload ${id} has the parts 1 to ${parts}, and no part ${number}`);
  return number < parts ? partBytes : bytes - (parts - 1) * partBytes;
};

export interface PartTicket {
  number: number;
  bytes: number;
  /** Where the part's bytes are sent by PUT: an absolute URL with its own permission, or a path of this API. */
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
  // Parts that go straight to the store are not seen here, so a request for the next one shows that the sender is
  // active.
  if (url !== undefined)
    await changeRecord(host, 'upload', id, (record) => ({ ...record, expiresAt: uploadExpiry(host) }));
  return {
    number,
    bytes,
    url: url ?? `/v1/uploads/${id}/parts/${number}`,
    expiresAt: new Date(host.clock.now().getTime() + TICKET_SECONDS * 1000).toISOString(),
  };
};

/** An upload's parts are written one after another, by the one process that receives them. */
const turns = new Map<string, Promise<unknown>>();

const inTurn = async <T>(uploadId: string, work: () => Promise<T>): Promise<T> => {
  const before = turns.get(uploadId) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(work);
  turns.set(uploadId, mine);
  try {
    return await mine;
  } finally {
    if (turns.get(uploadId) === mine) turns.delete(uploadId);
  }
};

/**
 * Stores a part that came to this host's own API; sent again, it replaces the earlier one. It counts once its bytes are
 * on the disk.
 *
 * @throws `not_found`, `invalid_request`, `storage_full`, `operation_running` while the upload is imported
 */
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
      `part ${number} of upload ${id} must have ${wanted} bytes, and ${came} arrived; send it again`,
    );
  await inTurn(id, async () => {
    await setAside(host, id, number);
    const at = (number - 1) * upload.partBytes;
    const piece = await host.objects.putPiece(id, nameOf(number), bytes, { at });
    await changeRecord(host, 'upload', id, (record) => ({ ...record, expiresAt: uploadExpiry(host) }), {
      alongside: () => [put('uploadPart', { uploadId: id, number, piece })],
    });
  });
};

/**
 * Makes a part not count while it is overwritten in its place. An import takes the lock before it reads the list of
 * parts; here the order is the opposite: so one of both always sees the other.
 */
const setAside = async (host: Host, id: string, number: number): Promise<void> => {
  await refuseWhileImported(host, id);
  if ((await host.catalog.get('uploadPart', `${id}/${number}`)) === undefined) return;
  await host.catalog.commit([{ remove: 'uploadPart', id: `${id}/${number}` }]);
  await refuseWhileImported(host, id);
};

/** The pieces that have arrived, by the number of their part. */
const partsOf = async (host: Host, upload: UploadRecord): Promise<Map<number, Piece>> => {
  if (host.objects.pieceUploads === undefined) {
    const parts = await Array.fromAsync(everyRecord(host, 'uploadPart', { group: upload.id }));
    return new Map(parts.map(({ number, piece }) => [number, piece]));
  }
  const pieces = await host.objects.pieceUploads.list(upload.id);
  return new Map(pieces.map((piece) => [Number(piece.name), piece]));
};

/** Numbers of the parts that are still missing, or came with a wrong size. */
const missingParts = (upload: UploadRecord, parts: ReadonlyMap<number, Piece>): number[] =>
  Array.from({ length: upload.parts }, (_, index) => index + 1).filter(
    (number) => parts.get(number)?.bytes !== partSize(upload, number),
  );

/** How many bytes of an upload are still missing. */
export const bytesToCome = async (host: Host, upload: UploadRecord): Promise<number> =>
  missingParts(upload, await partsOf(host, upload)).reduce(
    (sum, number) => sum + partSize(upload, number),
    0,
  );

/** Uploads that are open, the oldest first. */
export const listUploads = async (
  host: Host,
  principal: Principal,
  { skip, limit }: { skip: number; limit: number },
): Promise<Page<UploadRecord>> => {
  const page = { skip, limit };
  const { total, records } = await listPermitted(host, principal, 'backup.upload', 'upload', page);
  return { skip, limit, total, resources: records };
};

/** An upload and its missing parts, so that it can continue after any interruption. @throws `not_found` */
export const showUpload = async (host: Host, id: string): Promise<UploadRecord & { missing: number[] }> => {
  const upload = await getRecord(host, 'upload', id);
  return { ...upload, missing: missingParts(upload, await partsOf(host, upload)) };
};

/** The pieces in the order of the file. @throws `not_ready`, naming the missing ones */
export const allPieces = async (host: Host, upload: UploadRecord): Promise<Piece[]> => {
  const parts = await partsOf(host, upload);
  const missing = missingParts(upload, parts);
  if (missing.length > 0)
    throw new HoldfastError(
      'not_ready',
      `upload ${upload.id} lacks ${missing.length} of its ${upload.parts} parts; send them first`,
      { details: { missing: missing.slice(0, 1000) } },
    );
  return [...parts].sort(([a], [b]) => a - b).map(([, piece]) => piece);
};
