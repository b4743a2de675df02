/**
 * Calls every route of the OpenAPI document with every kind of credential and every role; the status must
 * follow from the table of permissions. Each request is invalid, so that it is refused and has no effect even
 * when the caller has permission.
 */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type Grant,
  type Permission,
  permissionsOf,
  roleNames,
} from '../../../lib/model/access/permissions.ts';
import type { Api } from '../../acceptance/api.ts';
import { Installation } from '../installation.ts';

/** Routes that answer anybody; a new public route must be added here. */
/**
 * `GET /metrics` answers 404 to everybody unless the configuration sets `metrics.open`. Messages to a trigger
 * must be signed, which test/cases/triggers tests. A sign-in carries its own credentials.
 */
const OPEN: readonly string[] = [
  ...['POST /v1/triggers/1', 'GET /metrics', 'GET /livez', 'GET /readyz'],
  ...['POST /v1/sign-in', 'POST /v1/invitations'],
  ...['GET /v1/issuers', 'POST /v1/issuer-sign-in', 'POST /v1/issuer-session', 'POST /v1/sign-in/remember'],
  'GET /v1/health',
];

interface Row {
  readonly method: string;
  readonly path: string;
  readonly needs: Permission | null;
}

let here: Installation;
let other: Installation;
let rows: readonly Row[];
/** By name of the credential; null means none. */
const bad: Record<string, string | null> = { 'no token': null, 'a wrong token': `hf_token-${'0'.repeat(8)}` };

const UUID = '00000000-0000-4000-8000-000000000000';
const candidates = ['1', `token-${UUID}`, 'f'.repeat(64), 'nowhere'];
const fitting = ({
  schema: { pattern = '', type },
}: {
  schema: { pattern?: string; type?: string };
}): string =>
  type === 'integer' ? '1' : (candidates.find((one) => new RegExp(pattern, 'u').test(one)) ?? 'nowhere');

const tokenOf = async (api: Api, { role, domain }: Grant, expiresInSeconds?: number) => {
  const { status, body } = await api.post('/v1/tokens', { name: 'a cell', role, domain, expiresInSeconds });
  expect(status).toBe(201);
  return { id: String(body.id), token: String(body.token) };
};

beforeAll(async () => {
  [here, other] = await Promise.all([
    Installation.start({ config: () => ({ domains: ['root', 'north'] }) }),
    Installation.start(),
  ]);
  const administrator = { role: 'administrator' } as const;
  const revoked = await tokenOf(here.api, administrator);
  await here.api.delete(`/v1/tokens/${revoked.id}`);
  const expired = await tokenOf(here.api, administrator, 3600);
  await here.end('SIGTERM');
  const database = new DatabaseSync(join(here.data, 'catalog.db'));
  database
    .prepare("UPDATE records SET json = json_set(json, '$.expiresAt', ?) WHERE kind = 'token' AND id = ?")
    .run(new Date(Date.now() - 1).toISOString(), expired.id);
  database.close();
  await here.startServer();
  bad['a revoked token'] = revoked.token;
  bad['an expired token'] = expired.token;
  bad['a token of another installation'] = other.api.token;
  bad['a token of 0.1.0 that nobody has'] = `hft_${'A'.repeat(43)}`;
  const { body } = await here.api.get('/v1/openapi.json');
  rows = Object.entries<Record<string, Record<string, never>>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], ...operation }]) => ({
      method: method.toUpperCase(),
      needs: operation['x-holdfast-permission'] ?? null,
      path: [...parameters]
        .filter((one: { in: string }) => one.in === 'path')
        .reduce(
          (filled: string, one: { name: string; schema: object }) =>
            filled.replace(`{${one.name}}`, fitting(one)),
          path,
        ),
    })),
  );
}, 60_000);
afterAll(() => Promise.all([here.close(), other.close()]));

const named = ({ method, path }: Row): string => `${method} ${path}`;

/** The status of each route for this token. */
const statuses = async (token: string | null): Promise<Record<string, number>> => {
  // Checks every caller's answers against the document that the administrator gets.
  const found: Record<string, number> = {};
  for (const row of rows) {
    const { method, path } = row;
    const answer =
      method === 'GET'
        ? await here.api.get(`${path}?nonsense=1`, { token })
        : await here.api.call(method, path, { body: { nonsense: true }, token });
    found[named(row)] = answer.status;
  }
  return found;
};
/**
 * Routes of raw bytes have no schema, so these requests name an id that does not exist; messages lack a
 * signature. A route for a single file checks the backup before its query: for a caller with rights in one
 * domain only, this id does not exist.
 */
const nonsense = ({ method, path }: Row, isOfDomain: boolean): number => {
  if (path.startsWith('/v1/triggers/')) return 401;
  if (path.endsWith('/contents/file')) return isOfDomain ? 404 : 400;
  return (method === 'PUT' && path.includes('/parts/')) || path.endsWith('/file') ? 404 : 400;
};

const expectedFor = (
  may: (needs: Permission) => number | undefined,
  { isOfDomain = false } = {},
): Record<string, number> =>
  Object.fromEntries(
    rows.map((row) => [
      named(row),
      (row.needs === null ? undefined : may(row.needs)) ?? nonsense(row, isOfDomain),
    ]),
  );

test('what anybody is answered is written down, and is little [U12]', () => {
  expect(rows.length).toBeGreaterThan(40);
  expect(rows.filter(({ needs }) => needs === null).map(named)).toEqual(OPEN);
});

describe('a request is refused on every route', () => {
  test.each([
    'no token',
    'a wrong token',
    'a revoked token',
    'an expired token',
    'a token of another installation',
    'a token of 0.1.0 that nobody has',
  ])(
    'with %s [U12] [T2]',
    async (name) => {
      expect(await statuses(bad[name] ?? null)).toEqual(expectedFor(() => 401));
    },
    60_000,
  );

  test('and in the same words, whatever is wrong with the token', async () => {
    const bodies = await Promise.all(
      Object.values(bad)
        .filter((token) => token !== null)
        .map(async (token) => (await here.api.get('/v1/backups', { token })).text),
    );
    expect(new Set(bodies).size).toBe(1);
  });
});

describe.each(['the whole installation', 'a domain'])('in %s', (where) => {
  test.each(roleNames)(
    'the role %s may what the table says, and nothing else [U12] [O2] [C4]',
    async (role) => {
      const grant: Grant = { role, domain: where === 'a domain' ? 'north' : undefined };
      const { token } = await tokenOf(here.api, grant);
      const may = permissionsOf(grant);
      expect(await statuses(token)).toEqual(
        expectedFor((needs) => (may.includes(needs) ? undefined : 403), { isOfDomain: where === 'a domain' }),
      );
    },
    60_000,
  );
});
