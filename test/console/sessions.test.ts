/** Sessions over HTTP: what a stolen cookie, another site or a revoked token can do. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Installation } from '../cases/installation.ts';
import { tokenOf } from './browser.ts';

let here: Installation;
beforeAll(async () => {
  here = await Installation.start();
});
afterAll(() => here.close());

const ours = { 'holdfast-page': '1' };

/** @returns the cookie as a browser sends it, and as the server set it */
const begin = async (token = here.api.token, headers: Record<string, string> = {}) => {
  const answer = await here.api.post('/v1/sessions', undefined, { token, headers });
  const set = answer.headers.get('set-cookie') ?? '';
  return { answer, set, cookie: set.split(';')[0] ?? '' };
};

const ask = (method: string, path: string, cookie: string, headers: Record<string, string> = {}) =>
  here.api.call(method, path, { token: null, headers: { cookie, ...headers } });

describe('a session [U10]', () => {
  test('is a cookie that no script reads and no other site sends; by https it is sent by https alone', async () => {
    const { answer, set } = await begin();
    expect(answer.status).toBe(201);
    expect(set).toMatch(
      /^holdfast-[0-9a-f]{12}=session-[\w-]+\.[\w-]{43}; Max-Age=43200; HttpOnly; SameSite=Strict$/,
    );
    expect(JSON.stringify(answer.body)).not.toContain(set.split('.')[1]?.split(';')[0]);
    expect((await begin(here.api.token, { 'x-forwarded-proto': 'https' })).set).toMatch(/; Secure$/);
  });

  test('says who is signed in and what they may do, and no more than its token may', async () => {
    const { cookie } = await begin(await tokenOf(here, 'operator'));
    const { status, body } = await ask('GET', '/v1/sessions/current', cookie);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      installation: 'test',
      principal: { name: 'operator', kind: 'token' },
      grants: [{ role: 'operator', domain: null }],
    });
    expect(body.permissions).toContain('backup.create');
    expect(body.permissions).not.toContain('restore.run');
    const refused = await ask('POST', '/v1/tokens', cookie, { ...ours, 'content-type': 'application/json' });
    expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
  });

  test('changes nothing without the header that only our page can send, and nothing at all for another site', async () => {
    const { cookie } = await begin();
    for (const headers of [
      {},
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { ...ours, 'sec-fetch-site': 'cross-site' },
    ]) {
      const { status, body } = await ask('POST', '/v1/backups', cookie, headers);
      expect([headers, status, body.code]).toEqual([headers, 403, 'forbidden']);
    }
    expect((await ask('GET', '/v1/backups', cookie, { 'sec-fetch-site': 'same-site' })).status).toBe(403);
    expect((await here.api.get('/v1/backups')).body.total).toBe(0);
    expect((await ask('GET', '/v1/backups', cookie, { 'sec-fetch-site': 'same-origin' })).status).toBe(200);
  });

  test('does not begin another one: that takes the token', async () => {
    const { cookie } = await begin();
    const { status, body } = await ask('POST', '/v1/sessions', cookie, ours);
    expect([status, body.code]).toEqual([401, 'unauthorized']);
  });

  test('ends when one signs out, for whoever has copied the cookie, too', async () => {
    const { cookie } = await begin();
    const out = await ask('DELETE', '/v1/sessions/current', cookie, ours);
    expect([out.status, out.headers.get('set-cookie')]).toEqual([
      204,
      expect.stringMatching(/=; Max-Age=0; /),
    ]);
    expect((await ask('GET', '/v1/sessions/current', cookie)).status).toBe(401);
  });

  test('ends at once with its token', async () => {
    const token = await tokenOf(here, 'auditor');
    const { answer, cookie } = await begin(token);
    expect((await ask('GET', '/v1/status', cookie)).status).toBe(200);
    expect((await here.api.delete(`/v1/tokens/${answer.body.principal.id}`)).status).toBe(204);
    expect((await ask('GET', '/v1/status', cookie)).status).toBe(401);
  });

  test('is nobody’s when the secret is wrong, or another installation made it', async () => {
    const { cookie } = await begin();
    expect((await ask('GET', '/v1/status', `${cookie.slice(0, -2)}AA`)).status).toBe(401);
    expect((await ask('GET', '/v1/status', cookie.replace('session-', 'session-0'))).status).toBe(401);
    const elsewhere = await Installation.start({ config: () => ({ installation: 'other' }) });
    try {
      const { status } = await elsewhere.api.get('/v1/status', { token: null, headers: { cookie } });
      expect(status).toBe(401);
    } finally {
      await elsewhere.close();
    }
  });

  test('ends when nobody showed that they are there, and in any case after its time; the sweep forgets it', async () => {
    const [idle, old, kept] = [await begin(), await begin(), await begin()];
    const before = (await ask('GET', '/v1/sessions/current', kept.cookie)).body;
    const renewed = (await ask('POST', '/v1/sessions/current', kept.cookie, ours)).body;
    expect(Date.parse(renewed.idleUntil)).toBeGreaterThanOrEqual(Date.parse(before.idleUntil));
    expect(renewed.expiresAt).toBe(before.expiresAt);
    await here.end('SIGTERM');
    const catalog = new DatabaseSync(join(here.data, 'catalog.db'));
    const past = new Date(Date.now() - 60_000).toISOString();
    const change = (cookie: string, field: string): void => {
      const [, id = ''] = /=(session-[0-9a-f-]{36})/.exec(cookie) ?? [];
      const { changes } = catalog
        .prepare(
          `UPDATE records SET json = json_set(json, '$.${field}', ?) WHERE kind = 'session' AND id = ?`,
        )
        .run(past, id);
      expect(changes).toBe(1);
    };
    change(idle.cookie, 'idleUntil');
    change(old.cookie, 'expiresAt');
    catalog.close();
    await here.startServer();
    expect((await ask('GET', '/v1/status', idle.cookie)).status).toBe(401);
    expect((await ask('GET', '/v1/status', old.cookie)).status).toBe(401);
    expect((await ask('GET', '/v1/status', kept.cookie)).status).toBe(200);
  });
});
