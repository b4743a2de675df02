/** Finds out who sends a request: one way for each kind of credential. */

import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { TokenRecord } from '../../model/records/access.ts';
import type { SessionRecord } from '../../model/records/session.ts';
import type { Host } from '../../ports/host.ts';
import type { Credentials } from './credentials.ts';
import { principalOfJwt } from './oidc/external-person.ts';
import { principalOfPerson } from './people/people.ts';
import { findSessionCookie, readSession } from './sessions/sessions.ts';
import { grantsOfToken } from './tokens/find-token.ts';
import { isTokenOf, readToken } from './tokens/token-text.ts';

interface CredentialKind {
  /** The credential of this kind among the headers; undefined when there is none: then another kind is tried. */
  readonly find: (credentials: Credentials, host: Host) => string | undefined;
  /** Whose credential it is; undefined when it is not accepted, whatever the reason. */
  readonly principalOf: (host: Host, credential: string) => Promise<Principal | undefined>;
}

/** What is sent as `Authorization: Bearer`: a secret of ours, or a token of an issuer. */
const bearerToken: CredentialKind = {
  find: ({ authorization }) => /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1],
  principalOf: async (host, text) => {
    const claim = readToken(text);
    if (claim === undefined) return principalOfJwt(host, text);
    const record = (await host.catalog.get('token', claim.key))?.record;
    return isTokenOf(claim, record) ? whileItLasts(host, record) : undefined;
  },
};

const whileItLasts = (host: Host, record: TokenRecord): Principal | undefined => {
  const grants = grantsOfToken(host, record);
  return grants && { id: record.id, name: record.name, kind: 'token', grants };
};

/**
 * The page's cookie: it acts for the token or the person that the session was begun with, as long as those are valid.
 */
const sessionCookie: CredentialKind = {
  find: (credentials, host) => findSessionCookie(host, credentials),
  principalOf: async (host, cookie) => {
    const session = await readSession(host, cookie);
    const principal = session && (await holderOf(host, session));
    return principal && { ...principal, provenAt: session.provenAt ?? session.createdAt };
  },
};

const holderOf = async (host: Host, session: SessionRecord): Promise<Principal | undefined> => {
  if (session.personId !== undefined) return signedInPerson(host, session.personId, session);
  if (session.tokenKey === undefined) return undefined;
  const record = (await host.catalog.get('token', session.tokenKey))?.record;
  return record && whileItLasts(host, record);
};

const signedInPerson = async (
  host: Host,
  personId: string,
  { id, epoch }: SessionRecord,
): Promise<Principal | undefined> => {
  const person = (await host.catalog.get('person', personId))?.record;
  return person?.epoch === epoch ? person && principalOfPerson(host, person, `session ${id}`) : undefined;
};

/** A token counts before a cookie, since browsers send cookies by themselves. */
const kinds: readonly CredentialKind[] = [bearerToken, sessionCookie];

/**
 * Finds out who sends these headers.
 *
 * @throws `unauthorized`, without the reason why a credential is refused; `unavailable` when the issuer of a token
 * cannot be asked
 */
export const authenticate = async (host: Host, credentials: Credentials): Promise<Principal> => {
  for (const { find, principalOf } of kinds) {
    const credential = find(credentials, host);
    if (credential === undefined) continue;
    const principal = await principalOf(host, credential);
    if (principal !== undefined) return principal;
    throw new HoldfastError(
      'unauthorized',
      'this installation does not accept this token: it has expired, was revoked, or is of another installation',
    );
  }
  throw new HoldfastError('unauthorized', 'send a token: Authorization: Bearer <token>');
};
