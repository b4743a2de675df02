/** The parts of an upload over HTTP, where no presigned URL of a store takes them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { problemReply } from '../../../api/problem.ts';
import { HoldfastError, toHoldfastError } from '../../../model/errors.ts';
import { authenticate } from '../../../operations/installation/tokens.ts';
import { partSize, putPart } from '../../../operations/travel/upload-parts.ts';
import { getRecord } from '../../../operations/workflow/operation-record.ts';
import type { Host } from '../../../ports/host.ts';

const PATH = /^\/v1\/uploads\/([^/]+)\/parts\/([1-9]\d{0,4})$/;

/**
 * Takes PUT of one part, as raw bytes; false for any other request. The part is in memory while it arrives, and
 * nothing of it is kept unless all of it came.
 */
export const takeArchivePart = async (
  host: Host,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> => {
  const [, id, number] = PATH.exec(path) ?? [];
  if (id === undefined || request.method !== 'PUT') return false;
  try {
    await authenticate(host, request.headers.authorization);
    const bytes = partSize(await getRecord(host, 'upload', id), Number(number));
    await putPart(host, id, Number(number), await bodyOf(request, bytes));
    response.writeHead(204).end();
  } catch (thrown) {
    const error = toHoldfastError(thrown);
    if (error.code === 'internal' && !request.destroyed)
      host.log.error('a part could not be taken', { uploadId: id, thrown });
    const { status, headers, body } = problemReply(error);
    // Whoever is still sending does not listen: what little is left is taken first, so that the answer is heard.
    const heard = await drain(request);
    response
      .writeHead(status, { ...headers, ...(!heard && { connection: 'close' }) })
      .end(JSON.stringify(body));
  }
  return true;
};

const bodyOf = async (request: IncomingMessage, expected: number): Promise<Uint8Array[]> => {
  const refusal = (came: string) =>
    new HoldfastError('invalid_request', `this part has ${expected} bytes, and ${came} came; send it again`);
  const announced = Number(request.headers['content-length'] ?? expected);
  if (announced !== expected) throw refusal(String(announced));
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    bytes += piece.length;
    if (bytes > expected) throw refusal('more');
    pieces.push(piece);
  }
  return pieces;
};

const MAX_DRAINED_BYTES = 64 * 1024 * 1024;

/** Reads the rest of a body and throws it away; false when it is too much, or broke off. */
const drain = async (request: IncomingMessage): Promise<boolean> => {
  let bytes = 0;
  try {
    for await (const piece of request.iterator({ destroyOnReturn: false })) {
      bytes += piece.length;
      if (bytes > MAX_DRAINED_BYTES) return false;
    }
    return true;
  } catch {
    return false;
  }
};
