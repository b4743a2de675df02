/** Answers requests whose bytes no function handles; their failures are answered like those of every other request. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { backupTokenOf } from '../../../api/request-headers.ts';
import { type RouteFacts, requireOfRoute } from '../../../api/route.ts';
import { eachOnce } from '../../../api/router.ts';
import type { byteRoutes } from '../../../api/routes/bytes.ts';
import type { Principal } from '../../../model/access/principal.ts';
import { requireBackupToken } from '../../../operations/access/tokens/backup-token.ts';
import type { Host } from '../../../ports/host.ts';
import { failureAnswer } from '../../lambda/http-answer.ts';
import { sendArchive } from './archive-download.ts';
import { takePart } from './archive-upload.ts';
import { sendArchivedFile } from './archived-file-download.ts';
import type { ByteCall } from './byte-call.ts';
import { drain } from './drain.ts';
import { send } from './send.ts';

type ByteHandler = (call: ByteCall, request: IncomingMessage, response: ServerResponse) => Promise<void>;

const handlers = {
  getBackupFile: sendArchive,
  getArchivedFile: sendArchivedFile,
  putPart: takePart,
} as const satisfies Record<(typeof byteRoutes)[number]['operationId'] | 'getArchivedFile', ByteHandler>;

/** Whether this server sends or receives the route's bytes itself. */
export const isOfBytes = <R extends RouteFacts>(
  route: R,
): route is R & { readonly operationId: keyof typeof handlers } => Object.hasOwn(handlers, route.operationId);

/** The most bytes of a refused part that are still read: a part has at most 512 MiB. */
const MOST_DRAINED = { bytes: 64 * 1024 * 1024, milliseconds: 60_000 };

interface AskedBytes {
  readonly route: RouteFacts & { readonly operationId: keyof typeof handlers };
  readonly principal: Principal;
  readonly params: ByteCall['params'];
  /** Decoded, in order. */
  readonly query: readonly (readonly [string, string])[];
  readonly headers: ByteCall['headers'];
}

/** Answers such a route to an admitted caller; rejects when the answer broke off on the way. */
export const answerBytes = async (
  host: Host,
  { route, query, ...asked }: AskedBytes,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  try {
    const { principal, params, headers } = asked;
    await requireOfRoute(host, principal, route, params);
    if (route.operationId === 'getBackupFile')
      await requireBackupToken(host, principal, backupTokenOf(headers));
    await handlers[route.operationId]({ host, ...asked, query: eachOnce(query) }, request, response);
  } catch (thrown) {
    if (response.headersSent || request.socket.destroyed) throw thrown;
    const answer = failureAnswer(host.log, `${request.method} ${request.url}`, thrown);
    const heard = await drain(request, MOST_DRAINED);
    send(response, heard ? answer : { ...answer, headers: { ...answer.headers, connection: 'close' } });
  }
};
