/**
 * Tokens of an OpenID Connect issuer over HTTP, from a real provider: which are accepted, and what their
 * holders may do.
 */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JWK } from 'jose';
import { Api } from '../../acceptance/api.ts';
import { eventually } from '../../contract/eventually.ts';
import { AUDIENCE, OidcIssuer } from '../../servers/oidc-issuer.ts';
import { Installation } from '../installation.ts';

const ADMINS = { groups: ['staff', 'backup-admins'] };
const OPERATORS = { groups: ['backup-operators'] };

let issuer: OidcIssuer;
let silent: OidcIssuer;
let here: Installation;
beforeAll(async () => {
  issuer = await OidcIssuer.start();
  silent = await OidcIssuer.start();
  here = await Installation.start({
    config: () => ({
      domains: ['root', 'north'],
      components: [{ id: 'files', kind: 'directory', path: 'source' }],
      access: {
        oidc: [
          {
            ...{ id: 'corp', name: 'Example Corp', issuer: issuer.url, clientId: 'holdfast' },
            ...{ audience: [AUDIENCE, 'holdfast'], algorithms: ['RS256'], clockSkewSeconds: 30 },
            roles: [
              { claim: 'groups', value: 'backup-admins', role: 'administrator' },
              { claim: 'groups', value: 'backup-operators', role: 'operator' },
              { claim: ['realm_access', 'roles'], value: 'north', role: 'auditor', domain: 'north' },
              { claim: 'email', value: 'eve@example.org', role: 'auditor' },
              { claim: 'client_id', value: 'robot', role: 'puller' },
            ],
          },
          { id: 'gone', issuer: silent.url, clientId: 'holdfast', audience: [AUDIENCE] },
        ],
      },
    }),
  });
});
afterAll(async () => {
  await here.close();
  await Promise.all([issuer.close(), silent.close()]);
});

const apiWith = (token: string): Api => new Api(here.api.url, token);
const session = (token: string) => apiWith(token).get('/v1/sessions/current');
/** The answer to a token that does not exist. */
const refusal = async () => {
  const { status, text } = await session(`hf_token-${crypto.randomUUID()}_${'x'.repeat(43)}`);
  return { status, text };
};
const expectRefused = async (token: string): Promise<void> => {
  const { status, text } = await session(token);
  expect({ status, text }).toEqual(await refusal());
};

describe('a token of an issuer [O1]', () => {
  test('gives the roles that the configuration says of its claims', async () => {
    const { status, body } = await session(await issuer.sign({ ...ADMINS, preferred_username: 'ada' }));
    expect([status, body.principal, body.grants]).toEqual([
      200,
      { id: expect.stringMatching(/^oidc-[0-9a-f-]{36}$/), name: 'ada (corp)', kind: 'person' },
      [{ role: 'administrator', domain: null }],
    ]);
    const { body: other } = await session(await issuer.sign({ realm_access: { roles: ['x', 'north'] } }));
    expect([other.principal.id, other.grants]).toEqual([
      body.principal.id,
      [{ role: 'auditor', domain: 'north' }],
    ]);
    const { body: somebody } = await session(await issuer.sign({ ...OPERATORS, sub: 'ben' }));
    expect(somebody.principal.id).not.toBe(body.principal.id);
  });

  test('of a program, as the provider itself made it, is taken', async () => {
    const token = await issuer.programToken();
    expect((await session(token)).body.grants).toEqual([{ role: 'puller', domain: null }]);
    expect((await apiWith(token).post('/v1/backups')).status).toBe(202);
    expect((await apiWith(token).get('/v1/users')).status).toBe(403);
  });

  test('without a role that the configuration names may do nothing, and an unproven address is none', async () => {
    for (const claims of [
      {},
      { groups: ['staff'] },
      { groups: 'backup-admins-not' },
      { groups: { 0: 'backup-admins' } },
      { email: 'eve@example.org' },
      { email: 'eve@example.org', email_verified: 'true' },
    ]) {
      const { status, body } = await session(await issuer.sign(claims));
      expect([claims, status, body.code]).toEqual([claims, 403, 'forbidden']);
    }
    const proven = await issuer.sign({ email: 'eve@example.org', email_verified: true });
    expect((await session(proven)).status).toBe(200);
  });

  test('is refused in the words of any other wrong token when any of it is not as it should be', async () => {
    const now = Math.floor(Date.now() / 1000);
    const wrongs: Record<string, Record<string, unknown>> = {
      'another issuer': { iss: 'https://accounts.example.com' },
      'the issuer, nearly': { iss: `${issuer.url}/` },
      'no issuer': { iss: undefined },
      'another audience': { aud: 'urn:somebody:else' },
      'no audience': { aud: undefined },
      expired: { exp: now - 31 },
      'no end': { exp: undefined },
      'not yet': { nbf: now + 120 },
      'from later': { iat: now + 120 },
      'no beginning': { iat: undefined },
      'no subject': { sub: undefined },
      'an odd subject': { sub: 'a b' },
      'bound to a key': { cnf: { jkt: 'x' } },
    };
    for (const [what, claims] of Object.entries(wrongs)) {
      const { status, text } = await session(await issuer.sign({ ...ADMINS, ...claims }));
      expect({ what, status, text }).toEqual({ what, ...(await refusal()) });
    }
    const headers: Record<string, Record<string, unknown>> = {
      'no key id': { kid: undefined },
      'an unknown key': { kid: 'another' },
      'another type': { typ: 'logout+jwt' },
      'an algorithm that is not listed': { alg: 'PS256' },
    };
    for (const [what, header] of Object.entries(headers)) {
      const { status, text } = await session(await issuer.sign(ADMINS, { header }));
      expect({ what, status, text }).toEqual({ what, ...(await refusal()) });
    }
    // The token's age is within the clock skew that the configuration allows.
    expect((await session(await issuer.sign({ ...ADMINS, exp: now - 5 }))).status).toBe(200);
  });

  test('of another key pair, of none, or signed with the public key as a shared one, is refused', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const foreign = privateKey.export({ format: 'jwk' }) as JWK;
    await expectRefused(await issuer.sign(ADMINS, { key: foreign }));
    const [head = '', payload = ''] = (await issuer.sign(ADMINS)).split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', kid: issuer.key.kid })).toString('base64url');
    await expectRefused(`${none}.${payload}.`);
    await expectRefused(`${none}.${payload}.AA`);
    await expectRefused(`${head}.${payload}.`);
    const { kty = '', n = '', e = '' } = issuer.key;
    const publicKey = createPublicKey({ key: { kty, n, e }, format: 'jwk' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const secret of [pem, pem.trim(), n]) {
      const shared = { kty: 'oct', k: Buffer.from(secret).toString('base64url') };
      await expectRefused(await issuer.sign(ADMINS, { header: { alg: 'HS256' }, key: shared }));
    }
  });

  test('that is altered in any one character is refused', async () => {
    const token = await issuer.sign(ADMINS);
    const expected = await refusal();
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    const altered = fc
      .tuple(fc.nat(token.length - 1), fc.constantFrom(...alphabet))
      .filter(([at, character]) => token[at] !== character)
      .map(([at, character]) => token.slice(0, at) + character + token.slice(at + 1));
    const seed = Number(process.env.HOLDFAST_SEED ?? Date.now() % 2 ** 31);
    await fc.assert(
      fc.asyncProperty(altered, async (text) => {
        const { status, text: said } = await session(text);
        expect({ status, text: said }).toEqual(expected);
      }),
      { seed, numRuns: 60 },
    );
    // The last character contains bits that decoders ignore.
    for (const character of alphabet.slice(0, -1))
      if (character !== token.at(-1)) await expectRefused(token.slice(0, -1) + character);
    expect((await session(token)).status).toBe(200);
  });
});

const untilStatus = (token: string, wanted: number) =>
  eventually(
    `the token is answered by ${wanted}`,
    async () => ((await session(token)).status === wanted ? true : undefined),
    60_000,
  );

describe('the keys of an issuer', () => {
  test('are found when they are new, and those that it took back are taken no longer', async () => {
    const before = await issuer.sign(ADMINS);
    expect((await session(before)).status).toBe(200);
    await issuer.rotate();
    const after = await issuer.sign(ADMINS);
    await untilStatus(after, 200);
    await expectRefused(before);
  }, 120_000);

  test('of an issuer that does not answer are no reason to let anybody in, nor to refuse anybody else', async () => {
    const token = await silent.sign(ADMINS);
    silent.fallSilent();
    const { status, body } = await session(token);
    expect([status, body.code]).toEqual([503, 'unavailable']);
    expect(body.detail).toMatch(/^gone, which vouches for this token, does not answer/);
    expect((await session(await issuer.sign(ADMINS))).status).toBe(200);
    expect((await here.api.get('/v1/status')).status).toBe(200);
    silent.answer();
    await untilStatus(token, 403);
  }, 120_000);
});

describe('a person of an issuer', () => {
  const remember = (token: string) => apiWith(token).call('POST', '/v1/sign-in/remember');

  test('makes schedules once they have signed in, which run no longer than their roles last [U12]', async () => {
    const token = await issuer.sign({ ...OPERATORS, sub: 'cyn', preferred_username: 'cyn' });
    const schedule = { id: 'of-cyn', cron: '0 3 * * *' };
    const tooEarly = await apiWith(token).post('/v1/schedules', schedule);
    expect([tooEarly.status, tooEarly.body.detail]).toEqual([403, expect.stringMatching(/sign in first/)]);
    const { status, body } = await remember(token);
    expect([status, body]).toEqual([
      200,
      expect.objectContaining({
        ...{ signInName: 'cyn (corp)', issuer: 'corp', subject: 'cyn', hasPassword: false, domain: null },
        grants: [{ role: 'operator', domain: null }],
      }),
    ]);
    expect((await apiWith(token).post('/v1/schedules', schedule)).status).toBe(201);
    // A newer token without the role also removes the role from the older token and from tokens made with it.
    const later = Math.floor(Date.now() / 1000) + 2;
    expect((await remember(await issuer.sign({ sub: 'cyn', iat: later }))).status).toBe(403);
    expect((await session(token)).status).toBe(403);
    // The sweep finds schedules whose owner is gone; the server runs one at its start.
    await here.end('SIGTERM');
    await here.startServer();
    const stopped = await here.api.until('/v1/schedules/of-cyn', (one) => one.state === 'stopped');
    expect(stopped.stateReason).toMatch(/^cyn \(corp\), who/);
  });

  test('is disabled by an administrator, at once and for every token, and let in again', async () => {
    const token = await issuer.sign({ ...ADMINS, sub: 'dan' });
    const { body } = await remember(token);
    for (const [path, asked] of [
      [`/v1/users/${body.id}/invitation`, {}],
      [`/v1/users/${body.id}/password`, { password: 'befit-brakeman-footstep-unclasp' }],
    ] as const)
      expect([path, (await here.api.post(path, asked)).body.code]).toEqual([path, 'conflict']);
    expect((await here.api.post(`/v1/users/${body.id}/disable`)).status).toBe(200);
    await expectRefused(token);
    await expectRefused(await issuer.sign({ ...ADMINS, sub: 'dan' }));
    expect((await remember(token)).status).toBe(401);
    expect((await here.api.post(`/v1/users/${body.id}/enable`)).status).toBe(200);
    expect((await session(token)).status).toBe(200);
    expect((await here.api.delete(`/v1/users/${body.id}`)).status).toBe(204);
  });

  test('is written down by what the issuer calls them, and approves nothing with a token alone', async () => {
    const token = await issuer.sign({ ...ADMINS, sub: 'fay', preferred_username: 'fay' });
    const { body: fay } = await remember(token);
    const { body: made } = await apiWith(token).post('/v1/tokens', { name: 'of fay', role: 'auditor' });
    expect(made).toMatchObject({ createdBy: 'fay (corp)', madeWith: fay.id });
    const { body: trail } = await here.api.get('/v1/audit?action=createToken');
    expect(trail.resources[0]).toMatchObject({
      actor: { kind: 'person', id: fay.id, name: 'fay (corp)' },
      credential: 'oidc:corp:fay',
    });
    for (const text of [here.log, JSON.stringify(trail)]) expect(text).not.toContain(token);
  });
});
