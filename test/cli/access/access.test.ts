/** Tokens, domains and the login on the command line. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Installation } from '../../cases/installation.ts';
import { type Finished, holdfast, jsonLines } from '../run-holdfast.ts';

let here: Installation;
beforeAll(async () => {
  here = await Installation.start({
    config: () => ({
      domains: ['root', 'north'],
      components: [{ id: 'files', kind: 'directory', path: 'source', domain: 'north' }],
    }),
  });
  writeFileSync(here.path('source', 'a.txt'), 'some');
}, 60_000);
afterAll(() => here.close());

const at = (...args: string[]): Promise<Finished> =>
  holdfast(args, { cwd: here.folder, env: { HOLDFAST_DATA: here.data } });
const withToken = (token: string, ...args: string[]): Promise<Finished> =>
  holdfast(args, { cwd: here.folder, env: { HOLDFAST_URL: here.api.url, HOLDFAST_TOKEN: token } });

describe('tokens at the command line [U12] [T2]', () => {
  test('are made, shown this once, listed, used and revoked', async () => {
    const made = await at(
      'token',
      'create',
      '--name',
      'nightly script',
      '--role',
      'operator',
      '--expires',
      '90d',
    );
    expect([made.code, made.err]).toEqual([0, expect.stringContaining('shown only this once')]);
    const token = made.out.trimEnd().split('\n').at(-1) ?? '';
    const [, id = ''] = /^hf_(token-[0-9a-f-]{36})_[\w-]{43}$/.exec(token) ?? [];
    expect(id).not.toBe('');
    expect((await withToken(token, 'backup', 'list')).code).toBe(0);
    expect((await withToken(token, 'token', 'list')).code).toBe(5);
    const listed = await at('token', 'list');
    expect(listed.out).toMatch(/^ID +NAME +ROLE +WHERE +LAST USED +EXPIRES/);
    expect(listed.out).toMatch(new RegExp(`^${id} +nightly script +operator +installation +`, 'm'));
    const shown = await at('token', 'show', id, '--json');
    const [view] = jsonLines(shown.out);
    const days = (Date.parse(String(view?.expiresAt)) - Date.parse(String(view?.createdAt))) / 86_400_000;
    expect(Math.round(days)).toBe(90);
    for (const { out, err } of [listed, shown]) expect(out + err).not.toContain(token.slice(-43));
    const unasked = await at('token', 'revoke', id);
    expect([unasked.code, unasked.err]).toEqual([2, expect.stringContaining('--yes')]);
    expect((await at('token', 'revoke', id, '--yes')).code).toBe(0);
    const late = await withToken(token, 'backup', 'list');
    expect([late.code, late.out]).toEqual([5, '']);
    expect((await at('token', 'revoke', id, '--yes')).code).toBe(4);
  }, 60_000);

  test('are written to a new file for their owner alone, and then shown nowhere', async () => {
    const file = here.path('robot.token');
    const args = ['token', 'create', '--name', 'robot', '--role', 'backup-maker', '--output', file];
    const made = await at(...args, '--json');
    expect(made.code).toBe(0);
    const token = readFileSync(file, 'utf8').trim();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(made.out + made.err).not.toContain(token);
    const before = (await here.api.get('/v1/tokens')).body.total;
    const again = await at(...args);
    expect([again.code, again.err]).toEqual([1, expect.stringContaining('already exists')]);
    expect((await here.api.get('/v1/tokens')).body.total).toBe(before);
    // A refused command leaves no empty file.
    const refused = await withToken(
      token,
      'token',
      'create',
      '--name',
      'x',
      '--role',
      'auditor',
      '--output',
      here.path('none'),
    );
    expect(refused.code).toBe(5);
    expect(() => statSync(here.path('none'))).toThrow('ENOENT');
  }, 60_000);

  test('what is no time, and no role, is a mistake of the command line', async () => {
    for (const expires of ['90', 'd', '0d', '-1d', '1000000d'])
      expect(
        (await at('token', 'create', '--name', 'x', '--role', 'auditor', '--expires', expires)).code,
      ).toBe(2);
    expect((await at('token', 'create', '--name', 'x', '--role', 'king')).code).toBe(2);
  }, 60_000);
});

test('domains are made, listed, backed up by name, and removed when they are empty [C4]', async () => {
  expect((await at('domain', 'create', 'south')).out).toMatch(/^domain +south$/m);
  const listed = await at('domain', 'list');
  expect(listed.out).toMatch(/^north +configuration +files$/m);
  expect(listed.out).toMatch(/^south +API$/m);
  const backup = await at('backup', 'create', '--domain', 'north', '--wait', '--json');
  expect(jsonLines(backup.out).find(({ type }) => type === 'result')).toMatchObject({
    scope: 'domain',
    domain: 'north',
    state: 'SUCCESS',
  });
  expect((await at('domain', 'delete', 'north', '--yes')).code).toBe(1);
  const keyed = await at('domain', 'delete', 'south', '--yes');
  expect([keyed.code, keyed.err]).toEqual([1, expect.stringContaining('--delete-keys')]);
  expect((await at('domain', 'delete', 'south', '--yes', '--delete-keys')).code).toBe(0);
  expect((await at('domain', 'show', 'south')).code).toBe(4);
}, 60_000);

describe('a login', () => {
  const elsewhere = (args: readonly string[], home: string, stdin = ''): Promise<Finished> =>
    holdfast(args, { cwd: home, env: { HOME: home, XDG_CONFIG_HOME: '' }, stdin });

  test('is kept for its owner alone, and used until it is forgotten', async () => {
    const home = here.path('home');
    mkdirSync(home);
    const login = ['login', here.api.url, '--token-file', '-'];
    const wrong = await elsewhere(login, home, 'hf_wrong\n');
    expect(wrong.code).toBe(5);
    expect((await elsewhere(['backup', 'list'], home)).code).not.toBe(0);
    const right = await elsewhere(login, home, `${here.api.token}\n`);
    expect([right.code, right.out]).toEqual([0, `logged in to ${here.api.url}\n`]);
    const file = `${home}/.config/holdfast/login.json`;
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await elsewhere(['backup', 'list', '--json'], home)).code).toBe(0);
    expect((await elsewhere(['logout'], home)).out).toMatch(/^logged out/);
    expect(() => statSync(file)).toThrow('ENOENT');
    expect((await elsewhere(['backup', 'list'], home)).code).not.toBe(0);
    expect((await elsewhere(['logout'], home)).out).toBe('nobody was logged in\n');
  }, 60_000);
});
