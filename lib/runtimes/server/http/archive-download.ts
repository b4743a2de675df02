/**
 * The archive's bytes over HTTP, when no presigned URL of a store serves them: the whole archive, or a part from an
 * offset.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { attachmentNamed } from '../../../api/attachment.ts';
import { parsePath } from '../../../api/route.ts';
import { idParams } from '../../../api/routes/backups.ts';
import { HoldfastError } from '../../../model/errors.ts';
import { downloadBackup } from '../../../operations/backup/read-backups.ts';
import { SAFE_HEADERS } from '../../lambda/http-answer.ts';
import type { ByteCall } from './byte-call.ts';

/** Answers GET and HEAD of an archive's file. @throws HoldfastError before anything is sent. */
export const sendArchive = async (
  { host, params }: ByteCall,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { id } = parsePath(idParams, params);
  const { key, bytes, fileName, sha256 } = await downloadBackup(host, id);
  const etag = `"${sha256}"`;
  // The rest of another file would spoil the begun download: if the file is another one, all of it is sent.
  const isSame = (request.headers['if-range'] ?? etag) === etag;
  const part = isSame ? partOf(request.headers.range, bytes) : undefined;
  const { first, last } = part ?? { first: 0, last: bytes - 1 };
  response.writeHead(part === undefined ? 200 : 206, {
    ...SAFE_HEADERS,
    'content-type': 'application/x-tar',
    'content-disposition': attachmentNamed(fileName),
    'content-length': last - first + 1,
    'accept-ranges': 'bytes',
    etag,
    ...(part !== undefined && { 'content-range': `bytes ${first}-${last}/${bytes}` }),
  });
  if (request.method === 'HEAD') response.end();
  else
    await pipeline(Readable.from(beginningOf(host.objects.stream(key, first), last - first + 1)), response);
};

async function* beginningOf(
  stream: AsyncIterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = bytes;
  for await (const chunk of stream) {
    if (left <= 0) return;
    yield chunk.length <= left ? chunk : chunk.subarray(0, left);
    left -= chunk.length;
  }
}

/**
 * One range from an offset: `bytes=N-`, as a resumed download asks for, or `bytes=N-M`. Any other is answered with the
 * whole file.
 */
const partOf = (range: string | undefined, bytes: number): { first: number; last: number } | undefined => {
  const [, from, to = ''] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === undefined || (to !== '' && Number(to) < Number(from))) return undefined;
  if (Number(from) >= bytes)
    throw new HoldfastError(
      'range_not_satisfiable',
      `the archive has ${bytes} bytes; there are none from byte ${from} on`,
      { details: { size: bytes } },
    );
  return { first: Number(from), last: to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1) };
};
