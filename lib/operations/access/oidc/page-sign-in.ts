/**
 * Signing in to the page at an issuer: authorization code with PKCE, state and nonce. All three come from one secret in
 * a cookie of the browser that began it, so nothing is stored for a sign-in that is never finished, and an answer
 * counts only in the browser that asked for it.
 */
import { hkdfSync } from 'node:crypto';
import * as oidc from 'openid-client';
import { networkOf } from '../../../model/access/network.ts';
import type { Principal } from '../../../model/access/principal.ts';
import {
  audiencesOf,
  deviceClientOf,
  type IssuerSettings,
  isLoopbackUrl,
  issuerName,
} from '../../../model/config/oidc-settings.ts';
import { errorCodeOf, HoldfastError, shortErrorOf } from '../../../model/errors.ts';
import type { BeginSignInRequest, CompleteSignInRequest, IssuerView } from '../../../model/requests/oidc.ts';
import type { Host } from '../../../ports/host.ts';
import { commitFresh } from '../../task/fresh-commit.ts';
import type { Credentials } from '../credentials.ts';
import { freeAttempts } from '../passwords/attempt-count.ts';
import { attemptId, type Counts, countedAttempt } from '../passwords/password-attempts.ts';
import { newSecretText } from '../secret.ts';
import { beginCookie, begunCookie, newSession, type StartedSession } from '../sessions/sessions.ts';
import { asPrincipal, remember, withoutRole } from './external-person.ts';
import { type Issuer, issuersOf } from './issuer.ts';
import { clientOf } from './issuer-client.ts';
import { signedInAt } from './signed-in-at.ts';
import { type VerifiedJwt, verifyJwt } from './verify-jwt.ts';

/** The three values of a sign-in: each is derived from the same secret, and none tells another. */
const derived = (secret: string, what: 'verifier' | 'state' | 'nonce', issuerId: string): string =>
  Buffer.from(hkdfSync('sha256', secret, '', `holdfast sign-in ${what} at ${issuerId}`, 32)).toString(
    'base64url',
  );

/** The issuer must ask people again who signed in there longer ago: a session here lasts no longer, either. */
const LONGEST_SIGNED_IN_SECONDS = 12 * 3600;

/** The state names the issuer, so that the answer of one issuer is never sent to another. */
const stateOf = (secret: string, issuerId: string): string =>
  `${issuerId}.${derived(secret, 'state', issuerId)}`;

/** The issuers at which people can sign in, beside Holdfast itself. */
export const listIssuers = ({ config }: Pick<Host, 'config'>): IssuerView[] =>
  config.access.oidc.map((settings) => ({
    id: settings.id,
    name: issuerName(settings),
    issuer: settings.issuer,
    device: deviceOf(settings),
  }));

const deviceOf = (settings: IssuerSettings): IssuerView['device'] => {
  const clientId = deviceClientOf(settings);
  if (clientId === undefined) return null;
  const audiences = audiencesOf(settings);
  const audience = audiences.includes(clientId) ? null : (audiences[0] ?? null);
  return { clientId, scopes: settings.scopes, audience };
};

/** @returns where the browser goes, and the cookie that it comes back with */
export const beginAtIssuer = async (
  host: Host,
  { issuer: id, page, again }: BeginSignInRequest,
  credentials: Credentials & { readonly origin?: string | undefined },
  isSecure: boolean,
): Promise<{ readonly url: string; readonly cookie: string }> => {
  const issuer = issuersOf(host).find(({ settings }) => settings.id === id);
  if (issuer === undefined) throw new HoldfastError('not_found', `there is no issuer with the id "${id}"`);
  const client = await clientOf(host, issuer);
  const secret = newSecretText();
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: pageUrl(page, credentials.origin),
    scope: issuer.settings.scopes.join(' '),
    code_challenge: await oidc.calculatePKCECodeChallenge(derived(secret, 'verifier', id)),
    code_challenge_method: 'S256',
    state: stateOf(secret, id),
    nonce: derived(secret, 'nonce', id),
    // With max_age an issuer has to say when it last asked them.
    ...(again ? { prompt: 'login', max_age: '0' } : { max_age: String(LONGEST_SIGNED_IN_SECONDS) }),
  });
  return { url: url.href, cookie: beginCookie(host, secret, isSecure) };
};

/** The address of the page in the browser: an issuer sends people back only to that. @throws `invalid_request` */
const pageUrl = (page: string, origin: string | undefined): string => {
  const url = URL.parse(page);
  const isPage = url?.pathname.endsWith('/console/') && url.search === '' && url.hash === '';
  const isPlain = url !== null && url.username === '' && url.password === '';
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackUrl(url));
  if (url === null || !isPage || !isPlain || (origin !== undefined && origin !== url.origin))
    throw new HoldfastError(
      'invalid_request',
      'page: give the address of the page itself, without "?" and "#"',
    );
  if (isSafe) return url.href;
  throw new HoldfastError(
    'invalid_request',
    `the page was opened by http at ${url.host}, where others on the network can read along; open it by https to sign in at an issuer`,
  );
};

/**
 * Takes the issuer's answer from the browser that began the sign-in.
 *
 * @param source the address that asks
 * @throws `unauthorized` for an answer that does not fit, whatever the reason; `forbidden` when the issuer did not let the
 * person in; `too_many_attempts`, `unavailable`
 */
export const proveAtIssuer = (
  host: Host,
  request: CompleteSignInRequest,
  credentials: Credentials & { readonly origin?: string | undefined },
  source: string,
): Promise<VerifiedJwt> =>
  countedAttempt(host, countsOf(source), async () => {
    const secret = begunCookie(host, credentials);
    const given = new URLSearchParams(request.answer).getAll('state');
    const issuer = issuersOf(host).find(
      ({ settings: { id } }) =>
        secret !== undefined && given.length === 1 && given[0] === stateOf(secret, id),
    );
    if (issuer === undefined || secret === undefined) throw notCompleted();
    return proveBy(
      host,
      issuer,
      secret,
      new URL(`${pageUrl(request.page, credentials.origin)}${request.answer}`),
    );
  });

const proveBy = async (host: Host, issuer: Issuer, secret: string, answer: URL): Promise<VerifiedJwt> => {
  const { id, clientId } = issuer.settings;
  const nonce = derived(secret, 'nonce', id);
  const client = await clientOf(host, issuer);
  try {
    const { id_token: text = '' } = await oidc.authorizationCodeGrant(client, answer, {
      pkceCodeVerifier: derived(secret, 'verifier', id),
      expectedState: stateOf(secret, id),
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    const jwt = await verifyJwt(host, text, [clientId]);
    if (jwt?.claims.nonce === nonce) return jwt;
  } catch (thrown) {
    throw refusalOf(host, issuer, thrown);
  }
  host.log.warn('the ID token of an issuer was not accepted', { issuer: id });
  throw notCompleted();
};

/** @returns the error for the person who signs in; the reason goes only to the log */
const refusalOf = (host: Host, issuer: Issuer, thrown: unknown): HoldfastError => {
  if (isSilence(thrown)) return issuer.unavailable(thrown);
  if (thrown instanceof oidc.AuthorizationResponseError)
    return new HoldfastError(
      'forbidden',
      `${issuerName(issuer.settings)} did not let you in: ${String(thrown.error).slice(0, 100)}`,
    );
  if (thrown instanceof oidc.ResponseBodyError && thrown.status >= 500) return issuer.unavailable(thrown);
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const reason = thrown instanceof oidc.ResponseBodyError ? thrown.error : `${code} ${shortErrorOf(thrown)}`;
  host.log.warn('a sign-in at an issuer was not completed', { issuer: issuer.settings.id, reason });
  return notCompleted();
};

/** The library wraps the error that the request to the issuer has thrown. */
const isSilence = (thrown: unknown): boolean =>
  errorCodeOf(thrown) === 'unavailable' || (thrown instanceof Error && isSilence(thrown.cause));

const notCompleted = (): HoldfastError =>
  new HoldfastError(
    'unauthorized',
    'this sign-in was not started in this browser, took too long, or was completed already; start it again',
  );

/** Sign-ins are counted because anybody can begin one, and each answer makes us ask the issuer. */
const countsOf = (source: string): Counts => ({
  pair: {
    id: attemptId('sign in at an issuer, from', networkOf(source)),
    free: freeAttempts.wide,
    whose: 'from this address',
    atOnce: 8,
  },
  wide: [],
});

/** No proof is as old. */
const NEVER = new Date(0).toISOString();

/**
 * Begins the session of a person who has proved their identity, and remembers them.
 *
 * @throws `unauthorized` for a person who is disabled here; `forbidden` for one without a role
 */
export const beginSessionAt = async (
  host: Host,
  jwt: VerifiedJwt,
  isSecure: boolean,
): Promise<StartedSession & { readonly principal: Principal }> => {
  const provenAt = (await signedInAt(host, jwt))?.toISOString() ?? NEVER;
  const { record, session } = await commitFresh(host.catalog, async () => {
    const { record, changes } = await remember(host, jwt);
    // A person who lost all roles is remembered without any, and gets no session.
    const isLetIn = record.grants.length > 0;
    const session = newSession(host, { personId: record.id, epoch: record.epoch, provenAt }, isSecure);
    return {
      changes: isLetIn ? [...changes, session.change] : changes,
      result: { record, session: isLetIn ? session : undefined },
    };
  });
  if (session === undefined) throw withoutRole(record.name);
  return { ...session, principal: asPrincipal(jwt, record.grants) };
};
