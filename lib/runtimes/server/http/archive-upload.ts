/** The parts of an upload over HTTP, when no presigned URL of a store takes them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parsePath } from '../../../api/route.ts';
import { partParams } from '../../../api/routes/bytes.ts';
import { HoldfastError } from '../../../model/errors.ts';
import { getRecord } from '../../../operations/task/operation-record.ts';
import { partSize, putPart } from '../../../operations/transfer/upload-parts.ts';
import { httpAnswer } from '../../lambda/http-answer.ts';
import type { ByteCall } from './byte-call.ts';
import { send } from './send.ts';

/**
 * Takes PUT of one part, as raw bytes. The part is in memory while it arrives, and is stored only when it is complete.
 */
export const takePart = async (
  { host, params }: ByteCall,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const { id, number } = parsePath(partParams, params);
  const bytes = partSize(await getRecord(host, 'upload', id), number);
  await putPart(host, id, number, await bodyOf(request, bytes));
  send(response, httpAnswer({ status: 204 }));
};

const bodyOf = async (request: IncomingMessage, expected: number): Promise<Uint8Array[]> => {
  const refusal = (came: string, code: 'invalid_request' | 'body_too_large' = 'body_too_large') =>
    new HoldfastError(code, `this part must have ${expected} bytes, and ${came} arrived; send it again`);
  const announced = Number(request.headers['content-length'] ?? expected);
  if (announced !== expected)
    throw refusal(String(announced), announced > expected ? 'body_too_large' : 'invalid_request');
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    bytes += piece.length;
    if (bytes > expected) throw refusal('more');
    pieces.push(piece);
  }
  return pieces;
};
