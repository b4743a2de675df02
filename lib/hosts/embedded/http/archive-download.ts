/** The archive's bytes over HTTP, where no presigned URL of a store serves them: whole, or the rest from an offset. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parsePath } from '../../../api/route.ts';
import { idParams } from '../../../api/routes/backups.ts';
import { HoldfastError } from '../../../model/errors.ts';
import { downloadBackup } from '../../../operations/backup/read-backups.ts';
import type { Host } from '../../../ports/host.ts';
import { SAFE_HEADERS } from '../../http-answer.ts';

/** Answers GET and HEAD of an archive's file. @throws HoldfastError before anything is sent. */
export const sendArchive = async (
  host: Host,
  params: Readonly<Record<string, string>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { id } = parsePath(idParams, params);
  const { key, bytes, fileName, sha256 } = await downloadBackup(host, id);
  const etag = `"${sha256}"`;
  // The rest of another file than the one that was begun would spoil what is there: then all of it is sent.
  const isSame = (request.headers['if-range'] ?? etag) === etag;
  const first = isSame ? offsetOf(request.headers.range, bytes) : undefined;
  response.writeHead(first === undefined ? 200 : 206, {
    ...SAFE_HEADERS,
    'content-type': 'application/x-tar',
    'content-disposition': `attachment; filename*=UTF-8''${encodedValue(fileName)}`,
    'content-length': bytes - (first ?? 0),
    'accept-ranges': 'bytes',
    etag,
    ...(first !== undefined && { 'content-range': `bytes ${first}-${bytes - 1}/${bytes}` }),
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(Readable.from(host.objects.stream(key, first ?? 0)), response);
};

/** RFC 8187 allows fewer characters than `encodeURIComponent` leaves as they are. */
const encodedValue = (text: string): string =>
  encodeURIComponent(text).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);

/** The only ranges are those a resumed download asks for: `bytes=N-`. Others are answered with the whole. */
const offsetOf = (range: string | undefined, bytes: number): number | undefined => {
  const [, from] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
  if (from === undefined) return undefined;
  if (Number(from) >= bytes)
    throw new HoldfastError(
      'range_not_satisfiable',
      `the archive has ${bytes} bytes; there are none from ${from} on`,
      { details: { size: bytes } },
    );
  return Number(from);
};
