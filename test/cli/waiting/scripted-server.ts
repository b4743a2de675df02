/**
 * A server that gives the answers a test chooses: refusals, broken connections, and operations with a chosen
 * course, which the real server does not give on demand. end-to-end.test.ts tests the real server's answers.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

type Handler = (asked: Asked, response: ServerResponse) => void;

export interface ScriptedServer extends AsyncDisposable {
  readonly url: string;
  /** The environment variables that make a command use this server. */
  readonly env: Readonly<Record<string, string>>;
  readonly asked: readonly Asked[];
  /** Sets the answer to a route such as `GET /v1/backups`; the query is ignored. */
  on(route: string, handler: Handler): void;
}

export const TOKEN = 'token-of-the-test';

export const sendJson = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, {
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
  });
  response.end(JSON.stringify(body));
};

/** Sends a problem document. */
export const problem = (
  response: ServerResponse,
  status: number,
  code: string,
  detail: string,
  details: object = {},
): void =>
  sendJson(response, status, { type: 'about:blank', title: 'Refused', status, code, detail, ...details });

export const startScriptedServer = async (): Promise<ScriptedServer> => {
  const handlers = new Map<string, Handler>();
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const text = Buffer.concat(chunks).toString();
      const one = { method, path: url, headers, body: text === '' ? undefined : JSON.parse(text) };
      asked.push(one);
      const handler = handlers.get(`${method} ${url.split('?')[0]}`);
      if (headers.authorization !== `Bearer ${TOKEN}` && !url.startsWith('/open/'))
        problem(response, 401, 'unauthorized', 'the token is not known here');
      else if (handler === undefined) problem(response, 404, 'not_found', `there is nothing at ${url}`);
      else handler(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens nowhere');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    env: { HOLDFAST_URL: url, HOLDFAST_TOKEN: TOKEN },
    asked,
    on: (route, handler) => handlers.set(route, handler),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
