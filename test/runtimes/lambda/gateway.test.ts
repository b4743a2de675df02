/**
 * On AWS, a gateway chooses the function by the table of routes, and sends requests without a route to one of
 * them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { handler as page } from '../../../lambdas/api/console.ts';
import { type ApiFunctionName, apiHandlers } from '../../../lambdas/api-handlers.ts';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { byteRoutes } from '../../../lib/api/routes/bytes.ts';
import { apiRoutes } from '../../../lib/infra/functions/api-routes.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { isOfConsole } from '../../../lib/runtimes/lambda/console-answer.ts';
import { localContext } from '../../../lib/runtimes/lambda/invocation.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';

let folder: string;
let server: RunningServer;
let token = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  server = await startServer({
    data: join(folder, 'data'),
    config: configSchema.parse({}),
    log: new JsonLogger({ write: () => undefined }),
    port: 0,
    takeAdminToken: (made) => {
      token = made;
    },
  });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const matches = (pattern: string, path: string): boolean =>
  new RegExp(`^${pattern.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);

/**
 * Chooses as API Gateway does: a literal path before one with parameters, then a method before ANY, then the
 * default route.
 */
const functionOf = (method: string, path: string): ApiFunctionName => {
  const [found] = apiRoutes
    .filter((route) => [method, 'ANY'].includes(route.method) && matches(route.path, path))
    .sort(
      (a, b) =>
        a.path.split('{').length - b.path.split('{').length ||
        Number(a.method === 'ANY') - Number(b.method === 'ANY'),
    );
  return found?.functionName ?? 'api-backups';
};

interface Shown {
  readonly status: number | undefined;
  readonly headers: Record<string, string | undefined>;
  readonly body: string;
}
const shownHeaders = [
  'allow',
  'location',
  'content-security-policy',
  'content-type',
  'www-authenticate',
  'cache-control',
  'x-content-type-options',
  'etag',
  'preference-applied',
];

const byGateway = async (
  method: string,
  path: string,
  sent: Readonly<Record<string, string>> = {},
): Promise<Shown> => {
  const http = { method, path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: '' };
  const event = {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: '',
    headers: { Authorization: `Bearer ${token}`, ...sent },
    requestContext: { http, requestId: 'r' },
    isBase64Encoded: false,
  } as unknown as APIGatewayProxyEventV2;
  const context = localContext({
    host: server.host,
    functionName: 'api',
    requestId: 'r',
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 30_000),
  });
  const answer: APIGatewayProxyStructuredResultV2 = isOfConsole(method, path)
    ? await page(event)
    : await apiHandlers[functionOf(method, path)].handler(event, context);
  const headers = shownHeaders.map((name) => [name, answer.headers?.[name]?.toString()]);
  return { status: answer.statusCode, headers: Object.fromEntries(headers), body: answer.body ?? '' };
};

const byServer = async (method: string, path: string): Promise<Shown> => {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    redirect: 'manual',
  });
  const headers = shownHeaders.map((name) => [name, answer.headers.get(name) ?? undefined]);
  return { status: answer.status, headers: Object.fromEntries(headers), body: await answer.text() };
};

const id = 'backup-0d0525dd-948a-41b4-9f25-c6b4cd6d9fe4';
const paths = [...new Set(apiRoutes.map(({ path }) => path))].map((path) =>
  path.replace('{id}', id).replace('{number}', '1'),
);

describe('the gateway of AWS and the embedded server answer alike [U11]', () => {
  test('each path, by every method: the same status, headers and sentences', async () => {
    // The server's own routes for bytes do not exist on AWS, where their paths accept other methods.
    const same = paths.filter((path) => !byteRoutes.some((route) => matches(route.path, path)));
    expect(same.length).toBeGreaterThan(15);
    // The first read of the audit trail adds a row to it; reads soon after add none.
    await byServer('GET', '/v1/audit/export');
    // Values that change meanwhile: times, and the free bytes of a disk that others also use.
    const moving = /"(at|createdAt|addedAt|startedAt)":"[^"]*"|(?<=^holdfast_store_free_bytes )\d+$/gm;
    for (const path of [...same, '/v1/nothing', '/', '/console', '/console/', '/console/nothing', '/else'])
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE']) {
        const [there, here] = [await byGateway(method, path), await byServer(method, path)];
        const plain = ({ body, ...rest }: Shown) => ({ ...rest, body: body.replace(moving, '') });
        expect([method, path, plain(there)]).toEqual([method, path, plain(here)]);
      }
  });

  test('HEAD is answered as GET is, without the body', async () => {
    for (const path of ['/v1/health', '/v1/backups', '/v1/keys', '/v1/restores', `/v1/uploads/${id}`]) {
      const [head, get] = [await byGateway('HEAD', path), await byGateway('GET', path)];
      expect([path, head.status, head.body]).toEqual([path, get.status, '']);
    }
  });

  test('a function of AWS waits for no change, since its time is paid for, and says so by what it leaves out', async () => {
    const { headers } = await byGateway('GET', '/v1/status');
    const began = performance.now();
    const again = await byGateway('GET', '/v1/status', {
      'If-None-Match': String(headers.etag),
      Prefer: 'wait=25',
    });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect([again.status, again.headers.etag, again.headers['preference-applied'], again.body]).toEqual([
      304,
      headers.etag,
      undefined,
      '',
    ]);
  });

  test('a method that a path does not take: Allow names those it takes, whichever function has them', async () => {
    for (const [method, path, allow] of [
      ['DELETE', '/v1/restores', 'GET, HEAD'],
      ['OPTIONS', '/v1/keys', 'POST, GET, HEAD'],
      ['PATCH', `/v1/uploads/${id}`, 'GET, DELETE, HEAD'],
      ['GET', `/v1/backups/${id}/verify`, 'POST'],
      // Allow must not list the methods of the path that has an id at this position.
      ['GET', '/v1/keys/upload', 'POST'],
    ] as const) {
      const { status, headers } = await byGateway(method, path);
      expect([method, path, status, headers.allow]).toEqual([method, path, 405, allow]);
    }
  });
});
