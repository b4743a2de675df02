/**
 * A proxy like some real ones: it passes an answer on only when the answer is complete, and answers 504 when
 * the server stays silent too long.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export class CuttingProxy {
  /** The number of requests that it answered with 504. */
  cuts = 0;
  /** The number of waiting requests that were answered. */
  ended = 0;
  /** The `Prefer` values of requests, the newest last. */
  readonly waits: string[] = [];
  readonly #server: Server;

  private constructor(target: string, patienceMilliseconds: number) {
    this.#server = createServer((incoming, response) =>
      this.#pass(new URL(incoming.url ?? '/', target), incoming, response, patienceMilliseconds),
    );
  }

  static async start(target: string, patienceMilliseconds: number): Promise<CuttingProxy> {
    const proxy = new CuttingProxy(target, patienceMilliseconds);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #pass(url: URL, incoming: IncomingMessage, response: ServerResponse, patience: number): void {
    const { prefer } = incoming.headers;
    if (prefer !== undefined) this.waits.push(String(prefer));
    const onward = request(url, { method: incoming.method, headers: incoming.headers }, async (answer) => {
      const pieces = await Array.fromAsync<Buffer>(answer);
      clearTimeout(timer);
      if (prefer !== undefined) this.ended += 1;
      response.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(pieces));
    });
    const timer = setTimeout(() => {
      this.cuts += 1;
      onward.destroy();
      response.writeHead(504, { 'content-type': 'text/plain' }).end('the server took too long\n');
    }, patience);
    onward.on('error', () => response.destroy());
    response.once('close', () => {
      clearTimeout(timer);
      onward.destroy();
    });
    incoming.pipe(onward);
  }
}
