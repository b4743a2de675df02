/**
 * Signing in to the page through an OpenID Connect issuer, over HTTP as the page does, with a real provider.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { OidcIssuer } from '../../servers/oidc-issuer.ts';
import { letProofsAge } from '../aged-proofs.ts';
import { Installation } from '../installation.ts';
import { PAGE } from '../people.ts';

let issuer: OidcIssuer;
let here: Installation;
beforeAll(async () => {
  issuer = await OidcIssuer.start();
  issuer.accounts.set('ada', { groups: ['backup-admins'], preferred_username: 'ada' });
  issuer.accounts.set('ben', { groups: ['staff'], preferred_username: 'ben' });
  here = await Installation.start({
    config: () => ({
      access: {
        oidc: [
          {
            ...{ id: 'corp', name: 'Example Corp', issuer: issuer.url, clientId: 'holdfast' },
            roles: [{ claim: 'groups', value: 'backup-admins', role: 'administrator' }],
          },
          { id: 'other', issuer: `${issuer.url}/other`, clientId: 'holdfast' },
        ],
      },
    }),
  });
});
afterAll(async () => {
  await here.close();
  await issuer.close();
});

const pageOf = (url = here.api.url): string => `${url}/console/`;
const open = (cookie = '', headers: Record<string, string> = {}) => ({
  token: null,
  headers: { ...PAGE, 'sec-fetch-site': 'same-origin', ...(cookie === '' ? {} : { cookie }), ...headers },
});
const begin = async (id = 'corp', again = false) => {
  const asked = { issuer: id, page: pageOf(), again };
  const { status, body, headers } = await here.api.post('/v1/issuer-sign-in', asked, open());
  const set = headers.get('set-cookie') ?? '';
  return { status, body, set, cookie: set.split(';')[0] ?? '' };
};
const complete = (answer: string, cookie: string, page = pageOf()) =>
  here.api.post('/v1/issuer-session', { page, answer }, open(cookie));

type Jar = Map<string, string>;

/** Follows redirects as a browser does, with the cookies of each site, until it is back at the page. */
const visit = async (from: string, jar: Jar = new Map()): Promise<string> => {
  let url = from;
  for (let steps = 0; steps < 10; steps++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      jar.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    url = new URL(location, url).href;
    if (url.startsWith(pageOf())) return new URL(url).search;
  }
  throw new Error(`no way back from ${from}`);
};

describe('the page [U12] [U10]', () => {
  test('lists issuers by their names, and nothing else of them', async () => {
    const { status, body } = await here.api.get('/v1/issuers', { token: null });
    expect([status, body.resources[0]]).toEqual([
      200,
      {
        ...{ id: 'corp', name: 'Example Corp', issuer: issuer.url },
        device: { clientId: 'holdfast', scopes: ['openid', 'profile', 'email'], audience: null },
      },
    ]);
  });

  test('signs somebody in at an issuer, with a cookie that no script reads, once', async () => {
    const begun = await begin();
    expect(begun.status).toBe(200);
    expect(begun.set).toMatch(
      /^holdfast-[0-9a-f]{12}-begun=[\w-]{43}; Max-Age=900; HttpOnly; SameSite=Strict$/,
    );
    const asked = new URL(begun.body.url).searchParams;
    expect([
      asked.get('response_type'),
      asked.get('code_challenge_method'),
      asked.get('redirect_uri'),
    ]).toEqual(['code', 'S256', pageOf()]);
    // The browser's secret never passes through the issuer.
    expect(begun.body.url).not.toContain(begun.cookie.split('=')[1]);
    const answer = await visit(begun.body.url);
    const done = await complete(answer, begun.cookie);
    expect([done.status, done.body.principal.name, done.body.grants]).toEqual([
      201,
      'ada (corp)',
      [{ role: 'administrator', domain: null }],
    ]);
    const session = done.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect(done.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict$/);
    expect((await here.api.get('/v1/users', open(session))).status).toBe(200);
    expect((await complete(answer, begun.cookie)).status).toBe(401);
    const { body: trail } = await here.api.get('/v1/audit?action=completeSignIn');
    expect(trail.resources.map((row: { outcome: string }) => row.outcome)).toContain('done');
    // For a person without a password here, a recent sign-in is the proof; a token of the issuer alone is
    // not.
    const made = await here.api.post('/v1/backup-token', { confirm: 'create' }, open(session));
    expect([made.status, made.body.backupToken]).toEqual([201, expect.any(String)]);
    // Disabling the person here ends the session, and signing in again opens no new one.
    const { id } = done.body.principal;
    expect((await here.api.post(`/v1/users/${id}/disable`)).status).toBe(200);
    expect((await here.api.get('/v1/users', open(session))).status).toBe(401);
    const again = await begin();
    expect((await complete(await visit(again.body.url), again.cookie)).status).toBe(401);
    expect((await here.api.post(`/v1/users/${id}/enable`)).status).toBe(200);
  });

  test('takes no answer that this browser did not ask for, and none for another issuer or place', async () => {
    const mine = await begin();
    const answer = await visit(mine.body.url);
    const others = await begin();
    const expectRefused = async (...how: Parameters<typeof complete>) => {
      const { status, body, headers } = await complete(...how);
      expect([how, status, body.code, headers.get('set-cookie')]).toEqual([how, 401, 'unauthorized', null]);
    };
    // An attacker who makes a browser open the page with an answer of their own cannot sign that browser in.
    await expectRefused(answer, '');
    await expectRefused(answer, others.cookie);
    await expectRefused(answer.replace('state=corp.', 'state=other.'), mine.cookie);
    await expectRefused(`${answer}&state=x`, mine.cookie);
    await expectRefused(answer.replace(/code=[^&]+/, 'code=guessed'), mine.cookie);
    const elsewhere = await complete(answer, mine.cookie, 'https://evil.example.com/console/');
    expect(elsewhere.status).toBe(401);
  });

  test('goes to no address that anybody names, and begins for no other site', async () => {
    for (const page of [
      'https://evil.example.com/console/?x',
      'https://user@holdfast.example.com/console/',
      'http://holdfast.example.com/console/',
      'https://holdfast.example.com/elsewhere/',
      'javascript:alert(1)//console/',
    ]) {
      const { status } = await here.api.post('/v1/issuer-sign-in', { issuer: 'corp', page }, open());
      expect([page, status]).toEqual([page, 400]);
    }
    const foreign = open('', { origin: 'https://evil.example.com' });
    const asked = { issuer: 'corp', page: pageOf() };
    expect((await here.api.post('/v1/issuer-sign-in', asked, foreign)).status).toBe(400);
    const crossSite = open('', { 'sec-fetch-site': 'cross-site' });
    expect((await here.api.post('/v1/issuer-sign-in', asked, crossSite)).status).toBe(403);
  });

  test('says why nobody is signed in: no role, a refusal of the issuer, an issuer that does not answer', async () => {
    issuer.user = 'ben';
    const begun = await begin();
    const withoutRole = await complete(await visit(begun.body.url), begun.cookie);
    expect([withoutRole.status, withoutRole.body.detail]).toEqual([
      403,
      expect.stringMatching(/^ben \(corp\) has no role here/),
    ]);
    issuer.user = 'ada';
    const state = new URL(begun.body.url).searchParams.get('state') ?? '';
    const iss = encodeURIComponent(issuer.url);
    const denied = await complete(`?error=access_denied&state=${state}&iss=${iss}`, begun.cookie);
    expect([denied.status, denied.body.detail]).toEqual([
      403,
      'Example Corp did not let you in: access_denied',
    ]);
    const answer = await visit((await begin()).body.url);
    issuer.fallSilent();
    const silent = await complete(answer.replace(/state=[^&]+/, `state=${state}`), begun.cookie);
    issuer.answer();
    expect([silent.status, silent.body.code]).toEqual([503, 'unavailable']);
    expect((await begin('other')).status).toBe(503);
    expect((await begin('none')).status).toBe(404);
  });
});

/** Moves all proofs of sessions and all sign-ins at the issuer one hour into the past. */
const letTimePass = async (): Promise<void> => {
  issuer.letTimePass(3600);
  await letProofsAge(here, 60);
};

describe('whoever signs in at an issuer [U10] [U12]', () => {
  const signInWith = async (jar: Jar) => {
    const begun = await begin();
    const done = await complete(await visit(begun.body.url, jar), begun.cookie);
    expect(done.status).toBe(201);
    return { ...done.body, cookie: done.headers.get('set-cookie')?.split(';')[0] ?? '' };
  };
  const prove = async (session: string, begun: { body: { url: string }; cookie: string }, jar: Jar) => {
    const signIn = { page: pageOf(), answer: await visit(begun.body.url, jar) };
    return here.api.post('/v1/sessions/current/proof', { signIn }, open(`${session}; ${begun.cookie}`));
  };
  const makeToken = async (session: string): Promise<number> =>
    (await here.api.post('/v1/tokens', { name: 'more', role: 'auditor' }, open(session))).status;

  test('proves a session again by a sign-in that the issuer asks for, and by none that it remembers', async () => {
    const jar: Jar = new Map();
    const { cookie } = await signInWith(jar);
    expect(await makeToken(cookie)).toBe(201);
    await letTimePass();
    expect(await makeToken(cookie)).toBe(403);
    const own = await here.api.post('/v1/backup-token', { confirm: 'reset' }, open(cookie));
    expect(own.body.code).toBe('reauthentication_required');
    // The issuer knows the browser and asks nothing, so somebody who finds the browser open gets no further.
    const silent = await prove(cookie, await begin(), jar);
    expect([silent.status, silent.body.detail]).toEqual([
      403,
      expect.stringContaining('let you in without asking'),
    ]);
    expect(await makeToken(cookie)).toBe(403);
    const anew = await begin('corp', true);
    const asked = new URL(anew.body.url).searchParams;
    expect([asked.get('prompt'), asked.get('max_age')]).toEqual(['login', '0']);
    const proven = await prove(cookie, anew, jar);
    expect([proven.status, Date.parse(proven.body.provenUntil) > Date.now()]).toEqual([200, true]);
    expect(await makeToken(cookie)).toBe(201);
  });

  test('has proved nothing by a new session, where the issuer let them in without asking', async () => {
    const jar: Jar = new Map();
    await signInWith(jar);
    await letTimePass();
    const { cookie, provenUntil } = await signInWith(jar);
    expect(Date.parse(provenUntil)).toBeLessThan(Date.now());
    expect(await makeToken(cookie)).toBe(403);
  });

  test('proves no session of somebody else, and none by an answer that was not asked for', async () => {
    const { cookie } = await signInWith(new Map());
    await letTimePass();
    issuer.accounts.set('eve', { groups: ['backup-admins'], preferred_username: 'eve' });
    issuer.user = 'eve';
    try {
      const of = await prove(cookie, await begin('corp', true), new Map());
      expect([of.status, of.body.detail]).toEqual([403, expect.stringContaining('eve (corp)')]);
    } finally {
      issuer.user = 'ada';
    }
    const begun = await begin('corp', true);
    const answer = await visit(begun.body.url);
    const signIn = { page: pageOf(), answer };
    const other = await begin('corp', true);
    for (const begunCookie of ['', `; ${other.cookie}`]) {
      const refused = await here.api.post(
        '/v1/sessions/current/proof',
        { signIn },
        open(`${cookie}${begunCookie}`),
      );
      expect([refused.status, refused.body.code]).toEqual([403, 'forbidden']);
    }
    expect(await makeToken(cookie)).toBe(403);
  });
});
