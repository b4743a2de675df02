/** What a token's claims mean here: its holder's roles and name. A claim that no rule names gives no role. */
import { ownValue } from '../../archive/own-value.ts';
import type { ClaimPath, IssuerSettings } from '../config/oidc-settings.ts';
import type { PersonGrant } from '../records/person.ts';
import { isVisible } from '../text/visible-text.ts';

export type Claims = Readonly<Record<string, unknown>>;

const MOST_NAME_CHARACTERS = 100;

const isObject = (value: unknown): value is Claims =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const claimOf = (claims: Claims, path: ClaimPath): unknown => {
  let value: unknown = claims;
  for (const name of typeof path === 'string' ? [path] : path)
    value = isObject(value) ? ownValue(value, name) : undefined;
  return value;
};

/**
 * An e-mail address counts only once the issuer has verified it: otherwise anybody could name the address of another.
 */
const isProven = (claims: Claims, path: ClaimPath): boolean =>
  [path].flat().join() !== 'email' || claims.email_verified === true;

/** The roles that the claims give, each once. */
export const grantsOfClaims = (
  { roles }: Pick<IssuerSettings, 'roles'>,
  claims: Claims,
): readonly PersonGrant[] => {
  const grants = new Map<string, PersonGrant>();
  for (const { claim, value, role, domain = null } of roles) {
    const held = claimOf(claims, claim);
    const isHeld = held === value || (Array.isArray(held) && held.includes(value));
    if (isHeld && isProven(claims, claim)) grants.set(JSON.stringify([role, domain]), { role, domain });
  }
  return [...grants.values()];
};

/**
 * The name of a token's holder, with the issuer's id, so that nobody of an issuer is taken for a person of this
 * installation.
 */
export const nameOfClaims = (
  { nameClaim, id }: Pick<IssuerSettings, 'nameClaim' | 'id'>,
  claims: Claims,
): string => {
  const tried: ClaimPath[] =
    nameClaim === undefined ? ['preferred_username', 'email', 'name', 'sub'] : [nameClaim, 'sub'];
  const names = tried.map((path) => claimOf(claims, path));
  const name = names.find((one): one is string => typeof one === 'string' && isName(one)) ?? '?';
  return `${name.trim()} (${id})`;
};

const isName = (text: string): boolean =>
  text.trim() !== '' && text.length <= MOST_NAME_CHARACTERS && isVisible(text);

/** The person's e-mail address, if the issuer has verified it. */
export const mailOfClaims = ({ email, email_verified: isVerified }: Claims): string | null =>
  isVerified === true && typeof email === 'string' && email.length <= 254 && isVisible(email) ? email : null;
