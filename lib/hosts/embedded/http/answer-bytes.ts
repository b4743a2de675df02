/** Requests whose bytes pass by no function: who asks is asked, and what fails is told, as of every other request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { admit } from '../../../api/router.ts';
import { byteRoutes } from '../../../api/routes/bytes.ts';
import type { Host } from '../../../ports/host.ts';
import { failureAnswer } from '../../http-answer.ts';
import { sendArchive } from './archive-download.ts';
import { takePart } from './archive-upload.ts';
import { send } from './send.ts';

type ByteHandler = (
  host: Host,
  params: Readonly<Record<string, string>>,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

const handlers: Readonly<Record<(typeof byteRoutes)[number]['operationId'], ByteHandler>> = {
  getBackupFile: sendArchive,
  putPart: takePart,
};

/** Of a path of `byteRoutes`; rejects when the answer broke off under way. */
export const answerBytes = async (
  host: Host,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const asked = request.method ?? 'GET';
  try {
    const { route, params } = await admit(host, byteRoutes, {
      // Node leaves the body of an answer to HEAD away by itself.
      method: asked === 'HEAD' ? 'GET' : asked,
      path,
      headers: { authorization: request.headers.authorization },
    });
    await handlers[route.operationId](host, params, request, response);
  } catch (thrown) {
    if (response.headersSent || request.socket.destroyed) throw thrown;
    const answer = failureAnswer(host.log, `${asked} ${path}`, thrown);
    // Whoever is still sending does not listen: what little is left is taken first, so that the answer is heard.
    const heard = await drain(request);
    send(response, heard ? answer : { ...answer, headers: { ...answer.headers, connection: 'close' } });
  }
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
