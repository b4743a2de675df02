/**
 * A custom domain in front of a deployed API, as CloudFront provides one: the emulator's own path contains a
 * "$".
 */
import { once } from 'node:events';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

export interface Front {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * API Gateway routes `/console/` to `/console/{file+}`: storacha/w3infra relies on this with its
 * `/metrics/{proxy+}`. MiniStack 1.5.33 requires text after the slash (services/apigateway.py,
 * _extract_path_params).
 */
const asMinistackWantsIt = (path: string): string =>
  path.replace(/^\/console\/(?=\?|$)/, '/console/index.html');

/** Forwards every request. The caller closes it. @param to the URL of the API, with its path */
export const startFront = async (to: string): Promise<Front> => {
  const { hostname, port, pathname } = new URL(to);
  const server = createServer((request, response) => {
    const { method, headers, url = '/' } = request;
    const path = `${pathname}${asMinistackWantsIt(url)}`;
    const onward = send({ hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // The client may have disconnected, so nobody can receive the error.
      pipeline(answer, response).catch(() => response.destroy());
    });
    onward.once('error', () => response.destroy());
    request.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
