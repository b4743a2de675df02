/** People over HTTP: created, changed, removed; how they sign in, and what ends with them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { type Answer, Api } from '../../acceptance/api.ts';
import { holdfast } from '../../cli/run-holdfast.ts';
import { Installation } from '../installation.ts';

const PASSWORD = 'befit brakeman footstep';
const OTHER_PASSWORD = 'kayak umbrella 7 moss';

/** Each password takes a second of processor time, or longer when other work uses the processor. */
jest.setTimeout(120_000);

let here: Installation;
beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      domains: ['root', 'north', 'south'],
      backupToken: { required: false, waitHours: 24 },
      components: [{ id: 'files', kind: 'directory', path: 'source' }],
    }),
  });
});
afterAll(() => here.close());

interface Wanted {
  readonly name: string;
  readonly mail?: string;
  readonly domain?: string;
  readonly grants?: readonly { role: string; domain?: string | null }[];
}
const operator = [{ role: 'operator' }];
const make = (wanted: Wanted, api = here.api): Promise<Answer> =>
  api.post('/v1/users', { grants: operator, ...wanted });

const accept = (invitation: string, password = PASSWORD) =>
  here.api.post('/v1/invitations', { invitation, password }, { token: null });
/**
 * Each attempt comes from an address, as a proxy would report it: wrong guesses from one do not count for
 * another.
 */
const signIn = (name: string, password = PASSWORD, address = '192.0.2.1') =>
  here.api.post('/v1/sign-in', { name, password }, { token: null, headers: { 'x-forwarded-for': address } });

/** The page of a signed-in person. */
class Page extends Api {
  readonly cookie: string;
  constructor(cookie: string) {
    super(here.api.url, here.api.token);
    this.cookie = cookie;
  }
  override call(...[method, path, options = {}]: Parameters<Api['call']>) {
    const headers = { cookie: this.cookie, 'holdfast-page': '1', ...options.headers };
    return super.call(method, path, { ...options, token: null, headers });
  }
}
const pageOf = async (name: string, password = PASSWORD): Promise<Page> => {
  const { status, headers } = await signIn(name, password);
  expect(status).toBe(201);
  return new Page((headers.get('set-cookie') ?? '').split(';')[0] ?? '');
};
/** Creates a person who has chosen a password. */
const person = async (wanted: Wanted, api = here.api): Promise<{ id: string; page: Page }> => {
  const { status, body } = await make(wanted, api);
  expect(status).toBe(201);
  expect((await accept(body.invitation)).status).toBe(204);
  return { id: body.id, page: await pageOf(body.signInName) };
};

describe('a person', () => {
  test('is made with an invitation, chooses a password once, signs in and may what the roles say [U12]', async () => {
    const { status, body, headers } = await make({ name: 'Ada', mail: 'ada@example.com' });
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/users/${body.id}`);
    expect(body).toMatchObject({ signInName: 'Ada', hasPassword: false, disabled: false, domain: null });
    expect(body.invitation).toMatch(new RegExp(`^hfi_${body.id}_[A-Za-z0-9_-]{43}$`));
    expect((await signIn('Ada')).status).toBe(401);
    expect((await accept(`${body.invitation.slice(0, -2)}AA`)).status).toBe(401);
    expect((await accept(body.invitation)).status).toBe(204);
    expect((await accept(body.invitation)).status).toBe(401);
    const signedIn = await signIn('ada');
    expect(signedIn.status).toBe(201);
    expect(signedIn.body.principal).toEqual({ id: body.id, name: 'Ada', kind: 'person' });
    const cookie = signedIn.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict/);
    const page = new Page(cookie.split(';')[0] ?? '');
    expect((await page.get('/v1/backups')).status).toBe(200);
    expect((await page.get('/v1/users')).status).toBe(403);
    const { body: shown } = await here.api.get(`/v1/users/${body.id}`);
    expect(shown).toMatchObject({ hasPassword: true, invitedUntil: null });
    expect((await here.api.get('/v1/users?limit=1000')).body.resources).toContainEqual(shown);
    for (const text of [JSON.stringify(shown), here.log]) {
      expect(text).not.toContain(body.invitation.slice(-43));
      expect(text).not.toMatch(/\$scrypt/);
    }
    expect((await page.delete('/v1/sessions/current')).status).toBe(204);
    expect((await page.get('/v1/backups')).status).toBe(401);
  });

  test('has a name that no other has, in whatever letters', async () => {
    await make({ name: 'grace' });
    expect((await make({ name: 'GRACE' })).body.code).toBe('conflict');
    expect((await make({ name: 'grace', domain: 'north' })).status).toBe(201);
    for (const name of ['', 'a/b', 'a b', '-x', 'x'.repeat(65), '__proto__'])
      expect((await make({ name })).status).toBe(400);
    expect((await make({ name: 'Zoë' })).status).toBe(201);
    expect((await make({ name: 'x', mail: 'nonsense' })).status).toBe(400);
    expect((await make({ name: 'x', grants: [] })).status).toBe(400);
    expect((await make({ name: 'x', grants: [{ role: 'operator', domain: 'nowhere' }] })).status).toBe(400);
  });

  test('is changed: name, mail and roles, which count at once in open sessions', async () => {
    const { id, page } = await person({ name: 'lin' });
    expect((await page.get('/v1/tokens')).status).toBe(403);
    const grants = [{ role: 'auditor', domain: null }];
    const changed = await here.api.call('PUT', `/v1/users/${id}`, {
      body: { name: 'linus', mail: null, grants },
    });
    expect(changed.body).toMatchObject({ name: 'linus', grants });
    expect((await page.get('/v1/tokens')).status).toBe(200);
    expect((await signIn('lin')).status).toBe(401);
    expect((await signIn('linus')).status).toBe(201);
    expect((await make({ name: 'lin' })).status).toBe(201);
  });

  test('never may more than who makes or changes them [U12]', async () => {
    const { body } = await here.api.post('/v1/tokens', {
      name: 'wide but weak',
      role: 'domain-administrator',
    });
    const weak = new Api(here.api.url, body.token);
    const administrator = [{ role: 'administrator' }];
    expect((await make({ name: 'up', grants: administrator }, weak)).status).toBe(403);
    expect((await make({ name: 'down', grants: [{ role: 'puller' }] }, weak)).status).toBe(201);
    const { body: above } = await make({ name: 'above', grants: administrator });
    for (const [method, path, sent] of [
      ['PUT', '', { name: 'above', mail: null, grants: operator }],
      ['POST', '/password', { password: PASSWORD }],
      ['POST', '/invitation', undefined],
      ['POST', '/disable', {}],
      ['POST', '/enable', undefined],
      ['DELETE', '', {}],
    ] as const)
      expect((await weak.call(method, `/v1/users/${above.id}${path}`, { body: sent })).status).toBe(403);
    const { page } = await person({ name: 'operating' });
    expect((await page.post(`/v1/users/${above.id}/password`, { password: PASSWORD })).status).toBe(403);
    const brief = await here.api.post('/v1/tokens', {
      name: 'brief',
      role: 'administrator',
      expiresInSeconds: 600,
    });
    expect((await make({ name: 'longer' }, new Api(here.api.url, brief.body.token))).status).toBe(403);
  });

  test('of a domain is of that domain alone, and those of another learn nothing [C4]', async () => {
    const { page: north, id } = await person({
      name: 'nora',
      domain: 'north',
      grants: [{ role: 'domain-administrator' }],
    });
    expect(
      (await make({ name: 'x', domain: 'north', grants: [{ role: 'auditor', domain: 'south' }] })).status,
    ).toBe(400);
    const { body: other } = await make({ name: 'sue', domain: 'south' });
    const { body: wide } = await make({ name: 'wide' });
    const { body: list } = await north.get('/v1/users?limit=1000');
    const domains = new Set(list.resources.map((one: { domain: string }) => one.domain));
    expect([...domains]).toEqual(['north']);
    // Names of other domains are not reserved here.
    expect((await make({ name: 'sue' }, north)).body).toMatchObject({
      domain: 'north',
      signInName: 'north/sue',
    });
    expect((await make({ name: 'wide' }, north)).status).toBe(201);
    expect((await make({ name: 'y', grants: [{ role: 'operator', domain: 'south' }] }, north)).status).toBe(
      400,
    );
    expect((await make({ name: 'y', domain: 'south' }, north)).status).toBe(403);
    const unknown = 'person-00000000-0000-4000-8000-000000000000';
    for (const [method, path, sent] of [
      ['GET', '', undefined],
      ['PUT', '', { name: 'z', mail: null, grants: operator }],
      ['POST', '/password', { password: PASSWORD }],
      ['POST', '/disable', {}],
      ['DELETE', '', {}],
    ] as const) {
      const none = await north.call(method, `/v1/users/${unknown}${path}`, { body: sent });
      expect(none.status).toBe(404);
      for (const hidden of [other.id, wide.id]) {
        const answer = await north.call(method, `/v1/users/${hidden}${path}`, { body: sent });
        expect(answer.text.replaceAll(hidden, unknown)).toBe(none.text);
      }
    }
    expect((await here.api.delete('/v1/domains/north')).status).toBeGreaterThanOrEqual(400);
    expect((await north.get(`/v1/users/${id}`)).status).toBe(200);
  });
});

describe('a password', () => {
  test.each([
    ['short', 'abc123'],
    ['made of the name', 'nina-nina-nina'],
    ['made of the mail address', 'nina.k@example.com'],
    ['the product and digits', 'Holdfast12345'],
    ['a row of the keyboard', 'qwertyuiop1234'],
    ['one letter', 'aaaaaaaaaaaaaa'],
    ['with a line end', 'befit\nbrakeman foot'],
  ])('that is %s is refused, and the invitation stays', async (_, password) => {
    const name = `nina${Math.random().toString(36).slice(2, 8)}`;
    const { body } = await make({ name: 'nina', mail: 'nina.k@example.com' }).then((made) =>
      made.status === 201 ? made : make({ name, mail: 'nina.k@example.com' }),
    );
    const refused = await accept(body.invitation, password.replaceAll('nina', body.name));
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_request']);
    expect(refused.body.errors[0].path).toBe('password');
    expect((await accept(body.invitation)).status).toBe(204);
  });

  test('is changed with the one so far, which ends all other sessions', async () => {
    const { id, page } = await person({ name: 'carl' });
    const other = await pageOf('carl');
    const change = (body: object) => page.post(`/v1/users/${id}/password`, body);
    expect((await change({ password: OTHER_PASSWORD })).status).toBe(403);
    expect((await change({ password: OTHER_PASSWORD, current: 'wrong wrong wrong' })).status).toBe(403);
    expect((await change({ password: 'short', current: PASSWORD })).status).toBe(400);
    expect((await change({ password: OTHER_PASSWORD, current: PASSWORD })).status).toBe(204);
    expect((await page.get('/v1/backups')).status).toBe(200);
    expect((await other.get('/v1/backups')).status).toBe(401);
    expect((await signIn('carl')).status).toBe(401);
    expect((await signIn('carl', OTHER_PASSWORD)).status).toBe(201);
  });

  test('that an administrator sets, or has chosen anew, ends all sessions', async () => {
    const { id, page } = await person({ name: 'dora' });
    expect((await here.api.post(`/v1/users/${id}/password`, { password: OTHER_PASSWORD })).status).toBe(204);
    expect((await page.get('/v1/backups')).status).toBe(401);
    const again = await pageOf('dora', OTHER_PASSWORD);
    const { body } = await here.api.call('POST', `/v1/users/${id}/invitation`);
    expect(body).toMatchObject({ hasPassword: false });
    expect((await again.get('/v1/backups')).status).toBe(401);
    expect((await signIn('dora', OTHER_PASSWORD)).status).toBe(401);
    expect((await accept(body.invitation)).status).toBe(204);
    await pageOf('dora');
  });

  test('proves identity for a backup token, which waits only while the password is new [O3] [O6]', async () => {
    const { id, page } = await person({ name: 'olga' });
    const ask = (confirm: string, proof: object) => page.post('/v1/backup-token', { confirm, ...proof });
    expect((await ask('create', {})).status).toBe(403);
    expect((await ask('create', { token: here.api.token })).status).toBe(403);
    expect((await ask('create', { password: OTHER_PASSWORD })).status).toBe(403);
    const made = await ask('create', { password: PASSWORD });
    expect([made.status, made.body.usable]).toEqual([201, false]);
    await here.end('SIGTERM');
    const database = new DatabaseSync(join(here.data, 'catalog.db'));
    database
      .prepare(
        "UPDATE records SET json = json_set(json, '$.passwordOwnSince', ?) WHERE kind = 'person' AND id = ?",
      )
      .run(new Date(Date.now() - 25 * 3600_000).toISOString(), id);
    database.close();
    await here.startServer();
    const reset = await new Page(page.cookie).post('/v1/backup-token', {
      confirm: 'reset',
      password: PASSWORD,
    });
    expect([reset.status, reset.body.usable]).toEqual([201, true]);
  });
});

describe('whoever is disabled or removed', () => {
  test('has no session, and schedules of theirs stop; let in again, old sessions stay ended [U12]', async () => {
    const { id, page } = await person({ name: 'sam' });
    const schedule = { id: 'of-sam', cron: '@daily', timeZone: 'UTC', components: ['files'] };
    expect((await page.post('/v1/schedules', schedule)).status).toBe(201);
    expect((await here.api.post(`/v1/users/${id}/disable`)).body.disabled).toBe(true);
    expect((await page.get('/v1/backups')).status).toBe(401);
    const refused = await signIn('sam');
    expect([refused.status, refused.text]).toEqual([401, (await signIn('nobody-at-all')).text]);
    // The sweep finds schedules whose owner is gone; the server runs one at its start.
    await here.end('SIGTERM');
    await here.startServer();
    const stopped = await here.api.until('/v1/schedules/of-sam', (one) => one.state === 'stopped');
    expect(stopped.stateReason).toMatch(/sam/);
    await here.api.call('POST', `/v1/users/${id}/enable`);
    expect((await new Page(page.cookie).get('/v1/backups')).status).toBe(401);
    await pageOf('sam');
    expect((await here.api.delete(`/v1/users/${id}`)).status).toBe(204);
    expect((await here.api.get(`/v1/users/${id}`)).status).toBe(404);
    expect((await signIn('sam')).status).toBe(401);
    expect((await make({ name: 'sam' })).status).toBe(201);
  });

  test('keeps tokens, unless they are to go too; and what a revoked token made goes with it', async () => {
    const administrator = [{ role: 'administrator' }];
    const { id, page } = await person({ name: 'tom', grants: administrator });
    const token = async (api: Api) =>
      (await api.post('/v1/tokens', { name: 't', role: 'administrator' })).body;
    const first = await token(page);
    expect(first.madeWith).toBe(id);
    const { body: made } = await make({ name: 'of-first' }, new Api(here.api.url, first.token));
    await here.api.post(`/v1/users/${id}/disable`);
    const byFirst = new Api(here.api.url, first.token);
    expect((await byFirst.get('/v1/backups')).status).toBe(200);
    await here.api.post(`/v1/users/${id}/disable`, { tokens: true });
    expect((await byFirst.get('/v1/backups')).status).toBe(401);
    expect((await here.api.get(`/v1/users/${made.id}`)).body.disabled).toBe(true);
  });
});

describe('signing in', () => {
  test('is slow for whoever guesses, and not for the person at an address that they know [U12]', async () => {
    await person({ name: 'vera' });
    const guesses = Array.from({ length: 6 }, () => 'wrong wrong wrong');
    const answers: number[] = [];
    for (const guess of guesses) answers.push((await signIn('vera', guess, '198.51.100.7')).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429]);
    const blocked = await signIn('vera', PASSWORD, '198.51.100.7');
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await signIn('vera')).status).toBe(201);
    // The answers are the same for a name that nobody has.
    const nobody: number[] = [];
    for (const guess of guesses) nobody.push((await signIn('nobody', guess, '198.51.100.8')).status);
    expect(nobody).toEqual(answers);
  });

  test('is taken from the own page alone, and from no other site', async () => {
    const site = { 'sec-fetch-site': 'cross-site' };
    const body = { name: 'vera', password: PASSWORD };
    expect((await here.api.post('/v1/sign-in', body, { token: null, headers: site })).status).toBe(403);
    const large = { name: 'vera', password: 'x'.repeat(20_000) };
    expect((await here.api.post('/v1/sign-in', large, { token: null })).status).toBe(413);
  });

  test('is in the audit trail, with no password in it', async () => {
    const { body } = await here.api.get('/v1/audit?limit=1000');
    const actions = body.resources.map((one: { action: string }) => one.action);
    expect(actions).toEqual(
      expect.arrayContaining(['createUser', 'signIn', 'acceptInvitation', 'setUserPassword']),
    );
    expect(JSON.stringify(body)).not.toMatch(/befit|kayak|wrong wrong|hfi_/);
  });
});

test('the last administrator stays', async () => {
  const alone = await Installation.start();
  try {
    const { api } = alone;
    const made = await api.post('/v1/users', { name: 'last', grants: [{ role: 'administrator' }] });
    await api.post(
      '/v1/invitations',
      { invitation: made.body.invitation, password: PASSWORD },
      { token: null },
    );
    const signedIn = await api.post('/v1/sign-in', { name: 'last', password: PASSWORD }, { token: null });
    const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const asPerson = { token: null, headers: { cookie, 'holdfast-page': '1' } };
    const { body } = await api.get('/v1/tokens?limit=1000');
    for (const { id } of body.resources)
      expect((await api.delete(`/v1/tokens/${id}`, asPerson)).status).toBe(204);
    const own = `/v1/users/${made.body.id}`;
    for (const [method, path, sent] of [
      ['POST', `${own}/disable`, {}],
      ['DELETE', own, {}],
      ['POST', `${own}/invitation`, undefined],
      ['PUT', own, { name: 'last', mail: null, grants: [{ role: 'operator', domain: null }] }],
    ] as const) {
      const answer = await api.call(method, path, { body: sent, ...asPerson });
      expect([answer.status, answer.body.code]).toEqual([409, 'conflict']);
    }
    const other = await api.post(
      '/v1/users',
      { name: 'next', grants: [{ role: 'administrator' }] },
      asPerson,
    );
    await api.post(
      '/v1/invitations',
      { invitation: other.body.invitation, password: PASSWORD },
      { token: null },
    );
    expect((await api.call('DELETE', own, { body: {}, ...asPerson })).status).toBe(204);
  } finally {
    await alone.close();
  }
});

test('the commands make, show, change and end people, with passwords from files alone', async () => {
  const run = async (...args: string[]) => {
    const { code, out, err } = await holdfast([...args, '--data', here.data]);
    return { code, out, err };
  };
  const made = await run(
    'user',
    'create',
    '--name',
    'cli',
    '--role',
    'auditor@north',
    '--role',
    'operator',
    '--json',
  );
  expect(made.code).toBe(0);
  const { id, invitation } = JSON.parse(made.out);
  await writeFile(here.path('invitation'), invitation, { mode: 0o600 });
  await writeFile(here.path('password'), `${PASSWORD}\n`, { mode: 0o600 });
  const files = ['--invitation-file', here.path('invitation'), '--password-file', here.path('password')];
  expect(await holdfast(['user', 'accept', here.api.url, ...files])).toMatchObject({ code: 0 });
  expect((await run('user', 'list')).out).toMatch(/cli +auditor in north, operator +active/);
  expect((await run('user', 'update', id, '--role', 'puller')).out).toMatch(/roles +puller/);
  expect((await run('user', 'set-password', id, '--password-file', here.path('password'))).code).toBe(0);
  expect((await run('user', 'disable', id, '--yes')).code).toBe(0);
  expect((await run('user', 'show', id)).out).toMatch(/state +disabled/);
  expect((await run('user', 'enable', id)).code).toBe(0);
  expect((await run('user', 'invite', id, '--yes')).out.trim()).toMatch(/hfi_\S+$/);
  expect((await run('user', 'delete', id, '--yes')).code).toBe(0);
  expect((await run('user', 'show', id)).code).toBe(4);
});
