/** The HTTP side of the stubs: sends a service's answers, or faults instead of them. Loopback only. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Fault, FaultRule } from './faults.ts';

export interface StubRequest {
  readonly method: string;
  /** The path and query as sent: `/bucket/key?list-type=2`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface StubAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** A service behind HTTP. */
export interface StubService {
  /** The operation of a request, and its target. */
  name(request: StubRequest): { readonly operation: string; readonly target: string };
  answer(request: StubRequest): StubAnswer | Promise<StubAnswer>;
  error(fault: Extract<Fault, { kind: 'error' }>): StubAnswer;
}

export interface Stub {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** `operation target` of each call so far. */
  readonly calls: string[];
  /** The number of open connections. */
  connections(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the stub; `fault` is called before each answer. The caller stops it. */
export const startStub = async (service: StubService, fault: FaultRule): Promise<Stub> => {
  const calls: string[] = [];
  const counts = new Map<string, number>();
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch((thrown: unknown) => {
      outgoing.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
    });
  });
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = Buffer.concat(await Array.fromAsync(incoming));
    const { method = '', url = '' } = incoming;
    const headers = Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
    );
    const request: StubRequest = { method, url, headers, body };
    const { operation, target } = service.name(request);
    const call = `${operation} ${target}`;
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    calls.push(call);
    await answerWith(service, request, outgoing, fault({ operation, target, nth, range: headers.range }));
  };
  // Only a fault may end a connection, also when a busy machine leaves it idle for long.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    calls,
    connections: () =>
      new Promise((resolve, reject) => {
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
      }),
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

const answerWith = async (
  service: StubService,
  request: StubRequest,
  outgoing: ServerResponse,
  fault: Fault | undefined,
): Promise<void> => {
  if (fault?.kind === 'reset') {
    outgoing.destroy();
    return;
  }
  if (fault?.kind === 'delay') await pause(fault.milliseconds);
  const {
    status,
    headers = {},
    body = '',
  } = fault?.kind === 'error' ? service.error(fault) : await service.answer(request);
  if (fault?.kind === 'lost') {
    outgoing.destroy();
    return;
  }
  const bytes = Buffer.from(body);
  if (fault?.kind === 'garble' && bytes.length > 0)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  outgoing.writeHead(status, { 'content-length': String(bytes.length), ...headers });
  if (request.method === 'HEAD') {
    outgoing.end();
    return;
  }
  if (fault?.kind === 'cut') {
    outgoing.write(bytes.subarray(0, fault.bytes), () => outgoing.destroy());
    return;
  }
  outgoing.end(bytes);
};
