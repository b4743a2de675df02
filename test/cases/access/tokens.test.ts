/** Tokens over HTTP: created, listed, revoked, and never with more rights than their maker. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Api } from '../../acceptance/api.ts';
import { deadlineIn } from '../../deadline.ts';
import { Installation } from '../installation.ts';

let here: Installation;
beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      domains: ['root', 'north', 'south'],
      components: [{ id: 'files', kind: 'directory', path: 'source' }],
    }),
  });
});
afterAll(() => here.close());

const NOBODY = /does not accept this token/;

interface Wanted {
  readonly role: string;
  readonly domain?: string;
  readonly expiresInSeconds?: number;
  readonly name?: string;
}
const make = async (wanted: Wanted, api = here.api) => {
  const { status, body } = await api.post('/v1/tokens', { name: 'made', ...wanted });
  return { status, body, api: new Api(here.api.url, String(body.token)) };
};

/**
 * Changes the catalog while no server uses it, to create states that only time or an earlier version brings
 * about.
 */
const catalog = (change: (database: DatabaseSync) => void): void => {
  const database = new DatabaseSync(join(here.data, 'catalog.db'));
  change(database);
  database.close();
};

test('a token is shown once, and listed without its text [U12] [T2]', async () => {
  const { status, body, api } = await make({ role: 'operator', name: 'robot' });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    name: 'robot',
    role: 'operator',
    domain: null,
    expiresAt: null,
    lastUsedAt: null,
  });
  expect(body.token).toMatch(new RegExp(`^hf_${body.id}_[A-Za-z0-9_-]{43}$`));
  const secret = String(body.token).slice(-43);
  const { body: list } = await here.api.get('/v1/tokens?limit=1000');
  const { body: shown } = await here.api.get(`/v1/tokens/${body.id}`);
  expect(list.resources).toContainEqual(shown);
  for (const text of [JSON.stringify(list), JSON.stringify(shown), here.log]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(createHash('sha256').update(secret).digest('hex'));
  }
  expect((await api.get('/v1/backups')).status).toBe(200);
  expect((await api.get('/v1/tokens')).status).toBe(403);
});

test('when a token was last used is to be seen', async () => {
  const { body, api } = await make({ role: 'backup-maker' });
  await api.get('/v1/backups');
  const deadline = deadlineIn(10_000);
  for (;;) {
    const { lastUsedAt } = (await here.api.get(`/v1/tokens/${body.id}`)).body;
    if (typeof lastUsedAt === 'string') return expect(Date.parse(lastUsedAt)).toBeLessThanOrEqual(Date.now());
    if (deadline.isOver) throw new Error('the use of the token was not noted');
  }
});

test('a revoked token is refused as one that never was, and a second time there is none [U12]', async () => {
  const { body, api } = await make({ role: 'auditor' });
  const never = await new Api(
    here.api.url,
    `hf_token-00000000-0000-4000-8000-000000000000_${'A'.repeat(43)}`,
  ).get('/v1/backups');
  expect((await api.get('/v1/backups')).status).toBe(200);
  expect((await here.api.delete(`/v1/tokens/${body.id}`)).status).toBe(204);
  const revoked = await api.get('/v1/backups');
  expect(revoked.status).toBe(401);
  expect(revoked.body).toEqual(never.body);
  expect(revoked.body.detail).toMatch(NOBODY);
  expect((await here.api.delete(`/v1/tokens/${body.id}`)).status).toBe(404);
});

test('nobody makes a token that may do more than they may [U12]', async () => {
  const { api } = await make({ role: 'domain-administrator', domain: 'north' });
  const refused = async (wanted: Wanted) => (await make(wanted, api)).status;
  expect(await refused({ role: 'administrator', domain: 'south' })).toBe(403);
  expect(await refused({ role: 'backup-maker', domain: 'south' })).toBe(403);
  expect(await refused({ role: 'backup-maker', domain: 'nowhere' })).toBe(403);
  expect(await refused({ role: 'nobody' })).toBe(400);
  const own = await make({ role: 'operator' }, api);
  expect([own.status, own.body.domain]).toEqual([201, 'north']);
  for (const role of ['auditor', 'puller', 'backup-maker', 'domain-administrator'])
    expect((await make({ role, domain: 'north' }, api)).status).toBe(201);
  // Within a domain, an administrator has the same rights as a domain administrator.
  expect((await make({ role: 'administrator', domain: 'north' }, api)).status).toBe(201);
  const { api: operator } = own;
  expect((await make({ role: 'backup-maker' }, operator)).status).toBe(403);
});

test('a domain administrator sees the tokens of the domain, and of no other that there is one [C4]', async () => {
  const { api, body: self } = await make({ role: 'domain-administrator', domain: 'south' });
  const { body: other } = await make({ role: 'operator', domain: 'north' });
  const { body: wide } = await make({ role: 'operator' });
  const { body: list } = await api.get('/v1/tokens?limit=1000');
  expect(list.resources.map(({ id }: { id: string }) => id)).toEqual([self.id]);
  expect(list.total).toBe(1);
  const unknown = 'token-00000000-0000-4000-8000-000000000000';
  for (const ask of [
    (id: string) => api.get(`/v1/tokens/${id}`),
    (id: string) => api.delete(`/v1/tokens/${id}`),
  ]) {
    const none = await ask(unknown);
    expect(none.status).toBe(404);
    for (const { id } of [other, wide]) {
      const { status, body } = await ask(String(id));
      expect([status, JSON.stringify(body)]).toEqual([
        404,
        JSON.stringify(none.body).replaceAll(unknown, String(id)),
      ]);
    }
  }
  expect((await here.api.get(`/v1/tokens/${other.id}`)).status).toBe(200);
});

test('tokens outlive the one that they were made with, unless they are revoked with it', async () => {
  const parent = await make({ role: 'administrator' });
  const child = await make({ role: 'administrator' }, parent.api);
  const grandchild = await make({ role: 'auditor' }, child.api);
  expect(child.body.madeWith).toBe(parent.body.id);
  expect((await here.api.delete(`/v1/tokens/${parent.body.id}`)).status).toBe(204);
  expect((await child.api.get('/v1/status')).status).toBe(200);
  expect((await here.api.delete(`/v1/tokens/${child.body.id}`, { body: { children: true } })).status).toBe(
    204,
  );
  expect((await child.api.get('/v1/status')).status).toBe(401);
  expect((await grandchild.api.get('/v1/status')).status).toBe(401);
});

test('a token ends when it was to, and none that it makes lasts longer [U12]', async () => {
  expect((await make({ role: 'auditor', expiresInSeconds: 59 })).status).toBe(400);
  const parent = await make({ role: 'administrator', expiresInSeconds: 3600 });
  const longer = await make({ role: 'auditor', expiresInSeconds: 7200 }, parent.api);
  expect(longer.status).toBe(403);
  const heir = await make({ role: 'auditor' }, parent.api);
  expect(heir.body.expiresAt).toBe(parent.body.expiresAt);
  await here.end('SIGTERM');
  const past = new Date(Date.now() - 1000).toISOString();
  catalog((database) =>
    database
      .prepare("UPDATE records SET json = json_set(json, '$.expiresAt', ?) WHERE kind = 'token' AND id = ?")
      .run(past, heir.body.id),
  );
  await here.startServer();
  const { status, body } = await new Api(here.api.url, String(heir.body.token)).get('/v1/status');
  expect([status, body.detail]).toEqual([401, expect.stringMatching(NOBODY)]);
  expect((await new Api(here.api.url, String(parent.body.token)).get('/v1/status')).status).toBe(200);
});

test('a token of another installation is of no use here [T2]', async () => {
  const other = await Installation.start();
  try {
    const { status, body } = await other.api.post('/v1/tokens', { name: 'there', role: 'administrator' });
    expect(status).toBe(201);
    for (const token of [String(body.token), other.api.token]) {
      const refused = await new Api(here.api.url, token).get('/v1/status');
      expect([refused.status, refused.body.detail]).toEqual([401, expect.stringMatching(NOBODY)]);
    }
  } finally {
    await other.close();
  }
});

test('a token of version 0.1.0 is still taken, listed and revoked', async () => {
  const former = `hft_${'Zz09-_'.repeat(7)}A`;
  const id = 'token-11111111-1111-4111-8111-111111111111';
  await here.end('SIGTERM');
  const hash = createHash('sha256').update(former).digest('hex');
  const record = {
    ...{ id, hash, name: 'former', role: 'administrator' },
    ...{ createdAt: '2026-01-02T03:04:05.000Z', createdBy: 'first start' },
  };
  catalog((database) =>
    database
      .prepare("INSERT INTO records VALUES ('token', ?, 'administrator', ?, 1, ?)")
      .run(hash, record.createdAt, JSON.stringify(record)),
  );
  await here.startServer();
  const api = new Api(here.api.url, former);
  expect((await api.get('/v1/status')).status).toBe(200);
  const { body } = await api.get('/v1/tokens?limit=1000');
  expect(body.resources).toContainEqual(
    expect.objectContaining({ id, name: 'former', role: 'administrator', domain: null, expiresAt: null }),
  );
  expect((await make({ role: 'auditor' }, api)).status).toBe(201);
  expect((await here.api.delete(`/v1/tokens/${id}`)).status).toBe(204);
  expect((await api.get('/v1/status')).status).toBe(401);
});

test('a right token is taken from where many wrong ones come [U12]', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  const wrong = `hf_token-00000000-0000-4000-8000-000000000000_${'A'.repeat(43)}`;
  const refused = await Promise.all(
    Array.from({ length: 40 }, () => here.api.get('/v1/status', { token: wrong, headers })),
  );
  expect(new Set(refused.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(refused[0]?.status).toBe(401);
  expect((await here.api.get('/v1/status', { headers })).status).toBe(200);
});
