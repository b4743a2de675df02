/** The HTTP side of the embedded host: whom it admits, and what answers each request. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { apiHandlers } from '../../../../lambdas/api-handlers.ts';
import { auditedBytes, originOf } from '../../../api/audited-request.ts';
import { waitSecondsOf } from '../../../api/request-headers.ts';
import { type DescribedRoute, MAX_SIGNED_BYTES } from '../../../api/route.ts';
import { admit, MAX_BODY_BYTES, MAX_OPEN_BODY_BYTES } from '../../../api/router.ts';
import { byteRoutes } from '../../../api/routes/bytes.ts';
import { networkOf } from '../../../model/access/network.ts';
import { HoldfastError, toHoldfastError } from '../../../model/errors.ts';
import { afterRunning } from '../../../model/time-limit.ts';
import type { Host } from '../../../ports/host.ts';
import { consoleAnswer, isOfConsole } from '../../lambda/console-answer.ts';
import { consoleFiles } from '../../lambda/console-files.ts';
import { failureAnswer } from '../../lambda/http-answer.ts';
import { type HostedContext, localContext } from '../../lambda/invocation.ts';
import { answerBytes, isOfBytes } from './answer-bytes.ts';
import { drain } from './drain.ts';
import { eventOf, headersOf, readBody, type Target, targetOf } from './gateway-event.ts';
import { HeldAnswers, type Waiting } from './held-answers.ts';
import { send } from './send.ts';
import { SlowedGuesses } from './slowed-guesses.ts';

type ApiFunction = (
  event: APIGatewayProxyEventV2,
  context: HostedContext,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * How long a request may take. API Gateway allows a function 30 seconds. Here a small, busy machine may need more for
 * work that is slow on purpose, such as a key under a password; the command line waits for two minutes, and must get an
 * answer before that.
 */
const REQUEST_MILLISECONDS = 110_000;

const SERVER_OPTIONS = {
  requestTimeout: 300_000,
  headersTimeout: 20_000,
  // How long an idle connection is kept: after Node's 5 seconds, it would close just when a polling client sends its
  // next request.
  keepAliveTimeout: 75_000,
};

/**
 * The most connections; further ones are closed at once, since strangers may open connections and each takes memory.
 */
const MAX_CONNECTIONS = 1_000;

export interface HttpServer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Answers every request that waits for a change, and lets no other wait. */
  endWaits(): void;
  close(): Promise<void>;
}

/** @throws `EADDRINUSE` and similar errors unchanged; the caller names the port. */
export const listen = async (
  host: Host,
  { port, address }: { port: number; address: string },
): Promise<HttpServer> => {
  const held = host.changes && new HeldAnswers(host.changes);
  const server = createServer(SERVER_OPTIONS, (request, response) => {
    answer(host, held, request, response).catch((thrown: unknown) => {
      // The client closed the connection in between: nothing failed here, and there is nobody to answer.
      if (request.socket.destroyed)
        host.log.debug('a caller closed the connection', { reason: String(thrown) });
      else
        host.log.error('a request could not be answered', {
          reason: toHoldfastError(thrown).message,
          thrown,
        });
      response.destroy();
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, address);
  await once(server, 'listening');
  return { url: urlOf(server), endWaits: () => held?.end(), close: () => close(server) };
};

const urlOf = (server: Server): string => {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
};

const close = async (server: Server): Promise<void> => {
  server.close();
  server.closeIdleConnections();
  const stop = afterRunning(2_000, () => server.closeAllConnections());
  await once(server, 'close');
  stop();
};

/** Each function with the routes that it answers. */
const functions: readonly { readonly routes: readonly DescribedRoute[]; readonly handler: ApiFunction }[] =
  Object.values(apiHandlers);
const allRoutes: readonly DescribedRoute[] = [...byteRoutes, ...functions.flatMap(({ routes }) => routes)];

/**
 * How much of a stranger's body is still read and dropped, so that the client reads the refusal: as much as the largest
 * part.
 */
const DRAINED_OF_STRANGERS = { bytes: 64 * 1024 * 1024, milliseconds: 10_000 };

type Admitted = Awaited<ReturnType<typeof admit<DescribedRoute>>>;

/** A request, and where its answer goes. */
interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** `GET` for `HEAD`, too: Node itself leaves out the body of an answer to `HEAD`. */
  readonly method: string;
  readonly target: Target;
  /** The address of the caller, or of a proxy. */
  readonly source: string;
}

const answer = async (
  host: Host,
  held: HeldAnswers | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const target = targetOf(request);
  const refuse = async (thrown: unknown): Promise<void> => {
    const refusal = failureAnswer(host.log, `${request.method} ${target?.path ?? ''}`, thrown);
    const heard = await drain(request, DRAINED_OF_STRANGERS);
    send(response, heard ? refusal : { ...refusal, headers: { ...refusal.headers, connection: 'close' } });
  };
  if (target === undefined)
    return refuse(new HoldfastError('invalid_request', 'the request does not name a path of this server'));
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET');
  if (isOfConsole(method, target.path)) return sendConsole(request, response, target.path);
  const source = request.socket.remoteAddress ?? '';
  let admitted: Admitted;
  try {
    // Admits a request by its headers only: no body is read before its sender is known.
    admitted = await admit(host, allRoutes, {
      method,
      path: target.path,
      headers: headersOf(request),
      source,
    });
  } catch (thrown) {
    await slowGuess(request, source, thrown);
    return refuse(thrown);
  }
  return answerAdmitted(host, held, admitted, { request, response, method, target, source });
};

const answerAdmitted = async (
  host: Host,
  held: HeldAnswers | undefined,
  admitted: Admitted,
  call: Call,
): Promise<void> => {
  const { route, params, principal } = admitted;
  if (!isOfBytes(route) || principal === undefined) return answerByFunction(host, held, admitted, call);
  const { request, response, target, source } = call;
  const query = [...new URLSearchParams(target.query)];
  const headers = headersOf(request);
  return auditedBytes(host, { route, params, principal, query }, originOf({ headers, source }), async () => {
    await answerBytes(host, { route, params, principal, query, headers }, request, response);
    return { status: response.statusCode };
  });
};

const answerByFunction = async (
  host: Host,
  held: HeldAnswers | undefined,
  admitted: Admitted,
  { request, response, method, target }: Call,
): Promise<void> => {
  const { route } = admitted;
  const found = functions.find(({ routes }) => routes.includes(route));
  if (found === undefined) throw new RangeError(`no function answers ${route.method} ${route.path}`);
  const { body, whole } = await readBody(request, mostBytesOf(route));
  const event = eventOf(request, method, target, body);
  const ask = () => {
    const context = localContext({
      host,
      functionName: 'api',
      requestId: event.requestContext.requestId,
      signal: new AbortController().signal,
      deadline: new Date(host.clock.now().getTime() + REQUEST_MILLISECONDS),
    });
    return found.handler(event, context);
  };
  const waiting = held && waitingOf(admitted, request, response);
  const result = held && waiting ? await held.hold(waiting, ask) : await ask();
  response.statusCode = result.statusCode ?? 200;
  for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, String(value));
  // The unread rest of a body that is too large would be taken for the next request.
  if (!whole) response.setHeader('connection', 'close');
  response.end(result.body);
};

/** Undefined when the answer is to be given at once: only a client that already has an answer waits for another one. */
const waitingOf = (
  { route, principal }: Admitted,
  request: IncomingMessage,
  response: ServerResponse,
): Waiting | undefined => {
  const isAgain = route.takes?.includes('Prefer') === true && request.headers['if-none-match'] !== undefined;
  const seconds = isAgain ? waitSecondsOf(headersOf(request)) : undefined;
  if (seconds === undefined || principal === undefined) return undefined;
  return { whose: principal.id, seconds, gone: goneWith(response) };
};

/** Aborted when the connection is closed before there is an answer. */
const goneWith = (response: ServerResponse): AbortSignal => {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
};

/** Anybody may load the page's files; a body of such a request is not read. */
const sendConsole = async (
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> => {
  const heard = await drain(request, DRAINED_OF_STRANGERS);
  const found = consoleAnswer(await consoleFiles(), path);
  send(response, heard ? found : { ...found, headers: { ...found.headers, connection: 'close' } });
};

const guesses = new SlowedGuesses();

/**
 * A wrong token is a guess; a request without a token is not. On this machine itself only a proxy's callers are slowed.
 */
const slowGuess = async (request: IncomingMessage, source: string, thrown: unknown): Promise<void> => {
  const isGuess = thrown instanceof HoldfastError && thrown.code === 'unauthorized';
  if (!isGuess || request.headers.authorization === undefined) return;
  const { forwardedFor } = originOf({ headers: headersOf(request), source });
  const isLocal = /^(127\.|::1$|::ffff:127\.)/.test(source);
  if (forwardedFor !== undefined || !isLocal) await guesses.slow(networkOf(forwardedFor ?? source));
};

/** Anybody may call an open route: it takes no body, or a short one. */
const mostBytesOf = ({ needs, signed, body }: DescribedRoute): number => {
  if (needs !== undefined) return MAX_BODY_BYTES;
  if (signed === true) return MAX_SIGNED_BYTES;
  return body === undefined ? 0 : MAX_OPEN_BODY_BYTES;
};
