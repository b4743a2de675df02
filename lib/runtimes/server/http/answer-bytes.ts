/** Requests whose bytes pass by no function; what fails is told as of every other request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { requireOfRoute } from '../../../api/route.ts';
import type { Found } from '../../../api/router.ts';
import type { byteRoutes } from '../../../api/routes/bytes.ts';
import type { Principal } from '../../../model/principal.ts';
import { requireBackupToken } from '../../../operations/access/backup-token.ts';
import type { Host } from '../../../ports/host.ts';
import { failureAnswer } from '../../lambda/http-answer.ts';
import { sendArchive } from './archive-download.ts';
import { takePart } from './archive-upload.ts';
import { drain } from './drain.ts';
import { send } from './send.ts';

type ByteRoute = (typeof byteRoutes)[number];

type ByteHandler = (
  host: Host,
  params: Readonly<Record<string, string>>,
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<void>;

const handlers: Readonly<Record<ByteRoute['operationId'], ByteHandler>> = {
  getBackupFile: sendArchive,
  putPart: takePart,
};

/** A part has at most 512 MiB; what a refused one still sends is taken up to here. */
const MOST_DRAINED = { bytes: 64 * 1024 * 1024, milliseconds: 60_000 };

/** Answers a route of `byteRoutes` to somebody who was admitted; rejects when the answer broke off under way. */
export const answerBytes = async (
  host: Host,
  { route, params, principal }: Found<ByteRoute> & { readonly principal: Principal | undefined },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  try {
    if (principal !== undefined) {
      await requireOfRoute(host, principal, route, params);
      const sent = request.headers['holdfast-backup-token'];
      if (route.operationId === 'getBackupFile') await requireBackupToken(host, principal, sent?.toString());
    }
    await handlers[route.operationId](host, params, request, response);
  } catch (thrown) {
    if (response.headersSent || request.socket.destroyed) throw thrown;
    const answer = failureAnswer(host.log, `${request.method} ${request.url}`, thrown);
    const heard = await drain(request, MOST_DRAINED);
    send(response, heard ? answer : { ...answer, headers: { ...answer.headers, connection: 'close' } });
  }
};
