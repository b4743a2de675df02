/**
 * Sessions of the page: a token, or name and password, are exchanged for a cookie that no script can read, that ends soon,
 * and that another site cannot use. Token and password are kept nowhere in the browser.
 */

import type { Principal } from '../../../model/access/principal.ts';
import { HoldfastError } from '../../../model/errors.ts';
import { newId } from '../../../model/ids.ts';
import type { SessionRecord } from '../../../model/records/session.ts';
import { type Change, put, type Versioned } from '../../../ports/catalog/catalog.ts';
import { everyRecord } from '../../../ports/catalog/every-record.ts';
import { timestamp } from '../../../ports/clock.ts';
import type { Host } from '../../../ports/host.ts';
import { commitFresh, commitUnlessTaken } from '../../task/fresh-commit.ts';
import type { Credentials } from '../credentials.ts';
import { hashOfSecret, isHashKept, newSecretText } from '../secret.ts';
import { readToken } from '../tokens/token-text.ts';
import { provenUntil } from './fresh-proof.ts';
import { type Proof, proveIdentity } from './prove-identity.ts';

const LIFETIME_MILLISECONDS = 12 * 3600_000;
const IDLE_MILLISECONDS = 30 * 60_000;

const COOKIE = /^(session-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([A-Za-z0-9_-]{43})$/;

/** Browsers keep cookies by host without its port: two installations of one machine must not have the same. */
const cookieName = ({ config: { installation } }: Host): string =>
  `holdfast-${hashOfSecret(installation).slice(0, 12)}`;

const cookieOf = (host: Host, { cookie }: Credentials, name = cookieName(host)): string | undefined => {
  const pairs = (cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return pairs.find(([one]) => one === name)?.[1];
};

/**
 * The session's cookie of a request; undefined where it has none.
 *
 * @throws `forbidden` when another site may have made the browser send the cookie: a request that changes something
 * must come from our own page, which adds a header that no other site can send
 */
export const findSessionCookie = (host: Host, credentials: Credentials): string | undefined => {
  const cookie = cookieOf(host, credentials);
  if (cookie === undefined) return undefined;
  const looksOnly = credentials.method === 'GET' || credentials.method === 'HEAD';
  if (isOfOwnSite(credentials) && (looksOnly || credentials['holdfast-page'] !== undefined)) return cookie;
  throw new HoldfastError(
    'forbidden',
    'a session is accepted only from its own page; send the header Holdfast-Page: 1 from there, or a token as Authorization: Bearer',
  );
};

/** The session of a cookie, as long as it lasts. */
const sessionOf = async (host: Host, cookie: string): Promise<Versioned<SessionRecord> | undefined> => {
  const [, id, secret] = COOKIE.exec(cookie) ?? [];
  if (id === undefined || secret === undefined) return undefined;
  const found = await host.catalog.get('session', id);
  if (!isHashKept(hashOfSecret(secret), found?.record.hash) || found === undefined) return undefined;
  const now = host.clock.now().getTime();
  const { expiresAt, idleUntil } = found.record;
  return Date.parse(expiresAt) > now && Date.parse(idleUntil) > now ? found : undefined;
};

/** Whose a session is; undefined when it has ended or never existed. */
export const readSession = async (host: Host, cookie: string): Promise<SessionRecord | undefined> =>
  (await sessionOf(host, cookie))?.record;

/**
 * @throws `forbidden` when another site made the browser send the request: it could sign a person in as somebody else
 */
export const requireOwnPage = (credentials: Credentials): void => {
  if (isOfOwnSite(credentials)) return;
  throw new HoldfastError(
    'forbidden',
    'another website made the browser send this; sign in on the page itself',
  );
};

const isOfOwnSite = ({ 'sec-fetch-site': site }: Credentials): boolean =>
  site === undefined || site === 'same-origin' || site === 'none';

/** Until when a session is valid; both null when a token asks. */
export interface SessionTimes {
  readonly expiresAt: string | null;
  readonly idleUntil: string | null;
  /** Until when the session may do what cannot be undone. */
  readonly provenUntil: string | null;
}

const timesOf = ({ expiresAt, idleUntil, createdAt, provenAt = createdAt }: SessionRecord): SessionTimes => ({
  expiresAt,
  idleUntil,
  provenUntil: provenUntil(provenAt),
});
const ofToken: SessionTimes = { expiresAt: null, idleUntil: null, provenUntil: null };

const after = (host: Host, milliseconds: number): string =>
  new Date(host.clock.now().getTime() + milliseconds).toISOString();

const setCookie = (
  host: Host,
  value: string,
  maxAgeSeconds: number,
  isSecure: boolean,
  name = cookieName(host),
): string =>
  // The cookie has no path, so that browsers send it to the API alone, whatever prefix a proxy adds.
  [
    `${name}=${value}`,
    `Max-Age=${maxAgeSeconds}`,
    'HttpOnly',
    'SameSite=Strict',
    ...(isSecure ? ['Secure'] : []),
  ].join('; ');

/** How long a sign-in at an issuer may take. */
const BEGUN_SECONDS = 15 * 60;
const begunName = (host: Host): string => `${cookieName(host)}-begun`;

/** The cookie of a sign-in that is begun at an issuer. @returns the value of `Set-Cookie` */
export const beginCookie = (host: Host, secret: string, isSecure: boolean): string =>
  setCookie(host, secret, BEGUN_SECONDS, isSecure, begunName(host));

/** The secret of the sign-in that this browser has begun. */
export const begunCookie = (host: Host, credentials: Credentials): string | undefined =>
  cookieOf(host, credentials, begunName(host));

/**
 * Begins a session for the sender of a token.
 *
 * @param isSecure whether the browser came by https
 * @returns the value of `Set-Cookie`
 * @throws `unauthorized` when no token was sent: a session cannot begin another one to last longer
 */
export const beginSession = async (
  host: Host,
  { id: tokenId }: Principal,
  { authorization }: Credentials,
  isSecure: boolean,
): Promise<Omit<StartedSession, 'change'>> => {
  const claim = readToken(/^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '');
  if (claim === undefined)
    throw new HoldfastError('unauthorized', 'send the token to sign in with: Authorization: Bearer <token>');
  const { change, ...started } = newSession(host, { tokenId, tokenKey: claim.key }, isSecure);
  await host.catalog.commit([change]);
  return started;
};

/** A session, valid once its change is committed, and the value of `Set-Cookie`. */
export interface StartedSession extends SessionTimes {
  readonly id: string;
  readonly cookie: string;
  readonly change: Change;
}

export const newSession = (
  host: Host,
  holder: Pick<SessionRecord, 'tokenId' | 'tokenKey' | 'personId' | 'epoch' | 'provenAt'>,
  isSecure: boolean,
): StartedSession => {
  const id = newId('session');
  const secret = newSecretText();
  const record: SessionRecord = {
    id,
    hash: hashOfSecret(secret),
    ...holder,
    createdAt: timestamp(host.clock),
    expiresAt: after(host, LIFETIME_MILLISECONDS),
    idleUntil: after(host, IDLE_MILLISECONDS),
  };
  const cookie = setCookie(host, `${id}.${secret}`, LIFETIME_MILLISECONDS / 1000, isSecure);
  return { id, ...timesOf(record), cookie, change: put('session', record, 'absent') };
};

const askedSession = async (
  host: Host,
  credentials: Credentials,
): Promise<Versioned<SessionRecord> | undefined> => {
  if (credentials.authorization !== undefined) return undefined;
  const cookie = cookieOf(host, credentials);
  return cookie === undefined ? undefined : sessionOf(host, cookie);
};

export const sessionTimes = async (host: Host, credentials: Credentials): Promise<SessionTimes> => {
  const found = await askedSession(host, credentials);
  return found === undefined ? ofToken : timesOf(found.record);
};

/** Begins the idle time of a session anew, since its person was active. */
export const renewSession = async (host: Host, credentials: Credentials): Promise<SessionTimes> => {
  const found = await askedSession(host, credentials);
  if (found === undefined) return ofToken;
  const record = { ...found.record, idleUntil: after(host, IDLE_MILLISECONDS) };
  // Another tab may renew or end the session at the same moment: the next request then sees that.
  await commitUnlessTaken(host.catalog, [put('session', record, found.version)]);
  return timesOf(record);
};

/**
 * Proves again whose the session is that asks. Nothing changes for a caller who sends a token.
 *
 * @throws `forbidden` for another proof, or none; `too_many_attempts`
 */
export const proveSession = async (
  host: Host,
  principal: Principal,
  proof: Proof,
  credentials: Credentials,
): Promise<SessionTimes> => {
  await proveIdentity(host, principal, proof);
  return markProven(host, credentials, host.clock.now());
};

/** The session that asks has proved at that moment whose it is. For a token that asks itself nothing changes. */
export const markProven = async (host: Host, credentials: Credentials, at: Date): Promise<SessionTimes> =>
  commitFresh(host.catalog, async () => {
    const found = await askedSession(host, credentials);
    if (found === undefined) return { changes: [], result: ofToken };
    const record = { ...found.record, provenAt: at.toISOString(), idleUntil: after(host, IDLE_MILLISECONDS) };
    return { changes: [put('session', record, found.version)], result: timesOf(record) };
  });

/** Ends the session that asks. @returns the value of `Set-Cookie` that makes the browser forget it */
export const endSession = async (
  host: Host,
  credentials: Credentials,
  isSecure: boolean,
): Promise<string> => {
  const found = await askedSession(host, credentials);
  if (found !== undefined) await host.catalog.commit([{ remove: 'session', id: found.record.id }]);
  return setCookie(host, '', 0, isSecure);
};

/** Removes sessions that have expired. For the sweep. */
export const forgetEndedSessions = async (host: Host): Promise<void> => {
  const now = host.clock.now().getTime();
  for await (const { id, expiresAt } of everyRecord(host, 'session')) {
    if (Date.parse(expiresAt) > now) return;
    await host.catalog.commit([{ remove: 'session', id }]);
  }
};
