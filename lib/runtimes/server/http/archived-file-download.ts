/** One file of a backup over HTTP, of any size: its segments are opened as fast as the caller reads them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseInput, parsePath } from '../../../api/route.ts';
import { fileAskedFor, fileHeaders, fileQuerySchema } from '../../../api/routes/archived-file.ts';
import { idParams } from '../../../api/routes/backups.ts';
import { SAFE_HEADERS } from '../../lambda/http-answer.ts';
import type { ByteCall } from './byte-call.ts';

/** Answers GET and HEAD of a file in an archive. @throws HoldfastError before anything is sent. */
export const sendArchivedFile = async (
  { host, principal, params, headers, ...sent }: ByteCall,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const ended = new AbortController();
  response.once('close', () => ended.abort());
  const { id } = parsePath(idParams, params);
  const query = parseInput(fileQuerySchema, sent.query, 'the query');
  const file = await fileAskedFor({ host, principal, id, query, headers, signal: ended.signal });
  const pieces = file.content[Symbol.asyncIterator]();
  // The first segment is opened before the head is sent: so a damaged archive can still be answered with a sentence.
  const first = request.method === 'HEAD' ? undefined : await pieces.next();
  response.writeHead(200, { ...SAFE_HEADERS, ...fileHeaders(file), 'content-length': file.bytes });
  if (first === undefined) return void response.end();
  const all = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    for (let piece = first; piece.done !== true; piece = await pieces.next()) yield piece.value;
  };
  await pipeline(Readable.from(all()), response);
};
