/** A request of Node's HTTP server as the event that API Gateway would send. */
import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** Reads at most one byte more than is allowed: enough for the function to refuse the body. */
export const readBody = async (
  request: IncomingMessage,
  most: number,
): Promise<{ body: Buffer; whole: boolean }> => {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > most) return { body: Buffer.concat(pieces, most + 1), whole: false };
  }
  return { body: Buffer.concat(pieces), whole: true };
};

export const headersOf = (request: IncomingMessage): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : value,
    ]),
  );

export const eventOf = (
  request: IncomingMessage,
  method: string,
  { path, query }: Target,
  body: Buffer,
): APIGatewayProxyEventV2 => {
  const now = new Date();
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: query,
    headers: headersOf(request),
    requestContext: {
      accountId: '',
      apiId: 'embedded',
      domainName: request.headers.host ?? '',
      domainPrefix: '',
      http: {
        method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: request.headers['user-agent'] ?? '',
      },
      requestId: crypto.randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString('base64') }),
    isBase64Encoded: true,
  };
};

export interface Target {
  readonly path: string;
  readonly query: string;
}

/** The path as it was sent: resolving `..` here would let one path mean another. Undefined when it is not a path. */
export const targetOf = ({ url = '/' }: IncomingMessage): Target | undefined => {
  const parsed = URL.parse(url, 'http://localhost');
  if (parsed === null) return undefined;
  // The absolute form is sent to proxies, and every server must understand it.
  const [path = '/', ...query] = (url.startsWith('/') ? url : parsed.pathname + parsed.search).split('?');
  return { path, query: query.join('?') };
};
