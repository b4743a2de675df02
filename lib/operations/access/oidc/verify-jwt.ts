/**
 * Tokens of issuers: JSON Web Tokens that an issuer of the configuration has signed for this installation. What can be
 * refused without the issuer's keys is refused before they are fetched, so that strangers cannot cause many requests.
 */
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import { audiencesOf, type IssuerSettings } from '../../../model/config/oidc-settings.ts';
import type { Host } from '../../../ports/host.ts';
import { type Issuer, issuersOf } from './issuer.ts';

/** A token that was verified. */
export interface VerifiedJwt {
  readonly settings: IssuerSettings;
  readonly subject: string;
  readonly issuedAt: Date;
  readonly claims: JWTPayload;
}

const LONGEST = 16 * 1024;
/** An issuer chooses its ids of people; an id that is not printable ASCII is refused. */
const SUBJECT = /^[\x21-\x7e]{1,255}$/;
/**
 * The accepted types: of an access token by RFC 9068, of an ID token, or none. Tokens of other types have another
 * purpose.
 */
const TYPES: readonly unknown[] = [undefined, 'JWT', 'at+jwt', 'application/at+jwt'];

/** Whether the text looks like a JSON Web Token. */
export const isJwt = (text: string): boolean =>
  text.length <= LONGEST && /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(text);

/**
 * The last character of base64 may have unused bits. A token with other unused bits is refused: it would be a second
 * text of the same token.
 */
const isWrittenInOneWay = (text: string): boolean =>
  text.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);

/**
 * @param audiences one of these the token must be made for. @default those of the issuer's settings
 * @returns undefined when the token is not accepted, whatever the reason
 * @throws `unavailable` when its issuer cannot be asked
 */
export const verifyJwt = async (
  host: Pick<Host, 'askIssuer' | 'clock' | 'config' | 'log'>,
  text: string,
  audiences?: readonly string[],
): Promise<VerifiedJwt | undefined> => {
  const issuer = issuerOfJwt(issuersOf(host), text);
  if (issuer === undefined) return undefined;
  const { settings } = issuer;
  const now = host.clock.now();
  const audience = [...(audiences ?? audiencesOf(settings))];
  if (!isForUs(text, { audience, endsAfter: now.getTime() / 1000 - settings.clockSkewSeconds }))
    return undefined;
  const checks = {
    algorithms: settings.algorithms,
    issuer: settings.issuer,
    audience,
    clockTolerance: settings.clockSkewSeconds,
    currentDate: now,
    requiredClaims: ['exp', 'iat', 'sub'],
  };
  try {
    const { payload } = await jwtVerify(text, await issuer.keys(), checks);
    const { sub = '', iat = Number.NaN } = payload;
    const isFromLater = iat * 1000 > now.getTime() + settings.clockSkewSeconds * 1000;
    // A token that is bound to a key of its holder is not a bearer token: its sender would have to prove that key.
    if (isFromLater || !SUBJECT.test(sub) || payload.cnf !== undefined) return undefined;
    return { settings, subject: sub, issuedAt: new Date(iat * 1000), claims: payload };
  } catch (thrown) {
    if (isRefusal(thrown)) return undefined;
    throw issuer.unavailable(thrown);
  }
};

/** The issuer that the token names; undefined when the form of the token already rules it out. */
const issuerOfJwt = (issuers: readonly Issuer[], text: string): Issuer | undefined => {
  if (issuers.length === 0 || !isJwt(text) || !isWrittenInOneWay(text)) return undefined;
  try {
    const { alg = '', typ, kid } = decodeProtectedHeader(text);
    const claimed = decodeJwt(text).iss;
    const issuer = issuers.find(({ settings }) => settings.issuer === claimed);
    const isPossible = issuer?.settings.algorithms.some((one) => one === alg) ?? false;
    return isPossible && typeof kid === 'string' && TYPES.includes(typ) ? issuer : undefined;
  } catch {
    return undefined;
  }
};

/**
 * Whether the token says that it is for us and still valid. This is checked again once its signature is known to be
 * right.
 */
const isForUs = (
  text: string,
  { audience, endsAfter }: { readonly audience: readonly string[]; readonly endsAfter: number },
): boolean => {
  const { aud = [], exp = 0 } = decodeJwt(text);
  return exp > endsAfter && [aud].flat().some((one) => audience.includes(one));
};

/** The errors that mean a fault in the token; any other is a fault of its issuer, or of the network. */
const isRefusal = (thrown: unknown): boolean =>
  thrown instanceof errors.JOSEError &&
  !(thrown instanceof errors.JWKSTimeout || thrown instanceof errors.JWKSInvalid) &&
  thrown.code !== errors.JOSEError.code;
