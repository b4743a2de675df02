/** Logs in on the command line through a real issuer: with a code, and again after a token has expired. */
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Installation } from '../../cases/installation.ts';
import { eventually } from '../../contract/eventually.ts';
import { OidcIssuer } from '../../servers/oidc-issuer.ts';
import { type Finished, holdfast, jsonLines } from '../run-holdfast.ts';

let issuer: OidcIssuer;
let here: Installation;
beforeAll(async () => {
  issuer = await OidcIssuer.start();
  issuer.accounts.set('ada', { groups: ['backup-operators'], preferred_username: 'ada' });
  issuer.accounts.set('ben', { preferred_username: 'ben' });
  here = await Installation.start({
    config: () => ({
      components: [{ id: 'files', kind: 'directory', path: 'source' }],
      access: {
        oidc: [
          {
            ...{ id: 'corp', name: 'Example Corp', issuer: issuer.url, clientId: 'holdfast' },
            ...{ clockSkewSeconds: 0 },
            roles: [{ claim: 'groups', value: 'backup-operators', role: 'operator' }],
          },
        ],
      },
    }),
  });
}, 60_000);
afterAll(async () => {
  await here.close();
  await issuer.close();
});

const newHome = (): string => mkdtempSync(here.path('home-'));
const at = (home: string, ...args: string[]): Promise<Finished> =>
  holdfast(args, { cwd: home, env: { HOME: home, XDG_CONFIG_HOME: '' } });
const fileOf = (home: string): string => `${home}/.config/holdfast/login.json`;
const kept = (home: string) => JSON.parse(readFileSync(fileOf(home), 'utf8'));

/** Logs in while somebody enters the code in a browser. */
const login = async (home: string, ...args: string[]): Promise<Finished> => {
  const running = at(home, 'login', here.api.url, '--issuer', ...args);
  const code = await eventually('a code waits to be entered', () => issuer.waitingCode, 60_000);
  await issuer.enterCode(code);
  return running;
};

/** Changes the stored login as if its token had expired. */
const runOut = (home: string, change: Record<string, unknown> = {}): void => {
  const before = kept(home);
  const renewal = { ...before.renewal, expiresAt: new Date(Date.now() - 1000).toISOString(), ...change };
  writeFileSync(
    fileOf(home),
    JSON.stringify({ ...before, token: `${before.token.slice(0, -8)}AAAAAAAA`, renewal }),
  );
};

describe('a login by way of an issuer [U12]', () => {
  test('asks for no secret, is kept for its owner alone, and is used by the commands that follow', async () => {
    const home = newHome();
    const done = await login(home, 'corp');
    expect([done.code, done.out]).toEqual([0, `logged in to ${here.api.url} as ada (corp)\n`]);
    expect(done.err).toMatch(
      new RegExp(
        `To sign in at Example Corp, open ${issuer.url}/device\nand enter the code [A-Z]{4}-[A-Z]{4}\n`,
      ),
    );
    expect(done.err).not.toContain(kept(home).token);
    expect(statSync(fileOf(home)).mode & 0o777).toBe(0o600);
    expect((await at(home, 'backup', 'list', '--json')).code).toBe(0);
    expect((await at(home, 'schedule', 'create', 'of-ada', '--cron', '0 3 * * *')).code).toBe(0);
    const users = jsonLines((await at(home, 'user', 'list', '--json')).err);
    expect(users.at(-1)).toMatchObject({ type: 'error', code: 'forbidden' });
    expect((await at(home, 'logout')).code).toBe(0);
    expect((await at(home, 'backup', 'list')).code).not.toBe(0);
  }, 120_000);

  test('is renewed by itself, and what has run out for good says so in a sentence', async () => {
    const home = newHome();
    expect((await login(home)).code).toBe(0);
    runOut(home);
    const before = kept(home);
    expect((await at(home, 'backup', 'list')).code).toBe(0);
    const after = kept(home);
    expect(Date.parse(after.renewal.expiresAt)).toBeGreaterThan(Date.now());
    expect(after.token).not.toBe(before.token);
    expect(statSync(fileOf(home)).mode & 0o777).toBe(0o600);
    runOut(home, { refreshToken: 'guessed' });
    const refused = await at(home, 'backup', 'list');
    expect([refused.code, refused.err]).toEqual([
      5,
      expect.stringMatching(
        /gave no token: the login has expired, or was ended at the issuer\. Log in again: holdfast login/,
      ),
    ]);
    runOut(home, { refreshToken: '' });
    const ended = await at(home, 'backup', 'list');
    expect([ended.code, ended.err]).toEqual([
      5,
      expect.stringMatching(/expired at .*\. Log in again: holdfast login http\S+ --issuer corp\n$/),
    ]);
  }, 120_000);

  test('of somebody without a role is not kept, nor one at an issuer that is not there', async () => {
    const home = newHome();
    issuer.user = 'ben';
    const refused = await login(home);
    issuer.user = 'ada';
    expect([refused.code, refused.err]).toEqual([5, expect.stringMatching(/ben \(corp\) has no role here/)]);
    expect(() => statSync(fileOf(home))).toThrow('ENOENT');
    const unknown = await at(home, 'login', here.api.url, '--issuer', 'other');
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringMatching(/Give --issuer one of: corp/)]);
  }, 120_000);
});
