/** The authorizer of the API on AWS: which tokens of an issuer it accepts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { APIGatewayRequestAuthorizerEventV2 } from 'aws-lambda';
import { handler as access } from '../../../lambdas/api/api-access.ts';
import { handler as authorizer } from '../../../lambdas/api/authorizer.ts';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { localContext } from '../../../lib/runtimes/lambda/invocation.ts';
import { type RunningServer, startServer } from '../../../lib/runtimes/server/server.ts';
import { eventually } from '../../contract/eventually.ts';
import { AUDIENCE, OidcIssuer } from '../../servers/oidc-issuer.ts';

let folder: string;
let issuer: OidcIssuer;
let server: RunningServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
  issuer = await OidcIssuer.start();
  server = await startServer({
    data: join(folder, 'data'),
    config: configSchema.parse({
      access: {
        oidc: [
          {
            ...{ id: 'corp', issuer: issuer.url, clientId: 'holdfast', audience: [AUDIENCE] },
            roles: [{ claim: 'groups', value: 'backup-admins', role: 'administrator' }],
          },
        ],
      },
    }),
    log: new JsonLogger({ write: () => undefined }),
    port: 0,
    takeAdminToken: () => undefined,
  });
});
afterAll(async () => {
  await server.close();
  await issuer.close();
  await rm(folder, { recursive: true, force: true });
});

const context = () =>
  localContext({
    host: server.host,
    functionName: 'test',
    requestId: 'test',
    signal: new AbortController().signal,
    deadline: new Date(Date.now() + 60_000),
  });
const eventOf = (token: string) => ({
  version: '2.0',
  rawPath: '/v1/sessions/current',
  rawQueryString: '',
  headers: { authorization: `Bearer ${token}` },
  requestContext: { http: { method: 'GET', path: '/v1/sessions/current', sourceIp: '192.0.2.1' } },
});
const isLetThrough = async (token: string): Promise<boolean> => {
  const event = eventOf(token) as unknown as APIGatewayRequestAuthorizerEventV2;
  return (await authorizer(event, context())).isAuthorized;
};
const answered = async (token: string): Promise<number | undefined> =>
  (await access(eventOf(token) as unknown as Parameters<typeof access>[0], context())).statusCode;

test('a token of an issuer is let through, a wrong one is not; of an issuer that is silent the function refuses it [U12]', async () => {
  const silentAtFirst = await issuer.sign({ groups: ['backup-admins'] });
  issuer.fallSilent();
  // The gateway cannot answer "not now", so it lets the request through; the function behind it checks the
  // token itself and answers 503.
  expect([await isLetThrough(silentAtFirst), await answered(silentAtFirst)]).toEqual([true, 503]);
  issuer.answer();
  const right = await issuer.sign({ groups: ['backup-admins'] });
  expect(await isLetThrough(await issuer.sign({ groups: ['backup-admins'], aud: 'another' }))).toBe(false);
  await eventually(
    'the issuer is asked again',
    async () => ((await answered(right)) === 200 ? true : undefined),
    60_000,
  );
  expect([await isLetThrough(right), await answered(right)]).toEqual([true, 200]);
  expect(await isLetThrough(`${right.slice(0, -4)}AAAA`)).toBe(false);
}, 120_000);
