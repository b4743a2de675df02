/** The archive's bytes over HTTP, where no presigned URL of a store serves them: whole, or the rest from an offset. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { problemReply } from '../../../api/problem.ts';
import { HoldfastError, isSystemError, toHoldfastError } from '../../../model/errors.ts';
import { downloadBackup } from '../../../operations/archives/read-backups.ts';
import { authenticate } from '../../../operations/installation/tokens.ts';
import type { Host } from '../../../ports/host.ts';

const PATH = /^\/v1\/backups\/([^/]+)\/file$/;

/** Answers GET and HEAD of an archive's file; false for any other request. */
export const serveArchiveFile = async (
  host: Host,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> => {
  const [, id] = PATH.exec(path) ?? [];
  if (id === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
  try {
    await authenticate(host, request.headers.authorization);
    const { key, bytes, fileName, sha256 } = await downloadBackup(host, id);
    const first = offsetOf(request.headers.range, bytes);
    response.writeHead(first === undefined ? 200 : 206, {
      'content-type': 'application/x-tar',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(fileName)}`,
      'content-length': bytes - (first ?? 0),
      'accept-ranges': 'bytes',
      etag: `"${sha256}"`,
      'cache-control': 'no-store',
      ...(first !== undefined && { 'content-range': `bytes ${first}-${bytes - 1}/${bytes}` }),
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(Readable.from(host.objects.stream(key, first ?? 0)), response);
  } catch (thrown) {
    // Whoever asked went away: nothing to tell anyone.
    if (isSystemError(thrown, 'ERR_STREAM_PREMATURE_CLOSE')) return true;
    if (response.headersSent) throw thrown;
    const { status, headers, body } = problemReply(toHoldfastError(thrown));
    response.writeHead(status, headers).end(JSON.stringify(body));
  }
  return true;
};

/** The only ranges are those a resumed download asks for: `bytes=N-`. Others are answered with the whole. */
const offsetOf = (range: string | undefined, bytes: number): number | undefined => {
  const [, from] = /^bytes=(\d+)-$/.exec(range ?? '') ?? [];
  if (from === undefined) return undefined;
  if (Number(from) >= bytes)
    throw new HoldfastError(
      'invalid_request',
      `the archive has ${bytes} bytes; there are none from ${from} on`,
    );
  return Number(from);
};
