/** A name of one's own before a deployed API, as a distribution of CloudFront is: the emulator's own path has a "$" in it. */
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
 * API Gateway gives `/console/` to the route `/console/{file+}`: storacha/w3infra has `/metrics/{proxy+}` for that alone.
 * MiniStack 1.5.33 wants something behind the slash (services/apigateway.py, _extract_path_params).
 */
const asMinistackWantsIt = (path: string): string =>
  path.replace(/^\/console\/(?=\?|$)/, '/console/index.html');

/** Hands every request on. The caller closes it. @param to the URL of the API, with its path */
export const startFront = async (to: string): Promise<Front> => {
  const { hostname, port, pathname } = new URL(to);
  const server = createServer((request, response) => {
    const { method, headers, url = '/' } = request;
    const path = `${pathname}${asMinistackWantsIt(url)}`;
    const onward = send({ hostname, port, path, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      // Whoever asked may have gone; there is nobody to be told.
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
