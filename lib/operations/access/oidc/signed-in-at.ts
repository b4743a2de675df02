import type { Host } from '../../../ports/host.ts';
import { issuersOf } from './issuer.ts';
import type { VerifiedJwt } from './verify-jwt.ts';

/**
 * When whoever a token is of last signed in at its issuer: that may have been long before the token was made, since an
 * issuer lets people in whom it knows. Undefined where an issuer that tells such times did not tell it; one that never tells
 * them is taken at its word now.
 */
export const signedInAt = async (
  host: Pick<Host, 'askIssuer' | 'clock' | 'config' | 'log'>,
  { settings, claims }: VerifiedJwt,
): Promise<Date | undefined> => {
  const now = host.clock.now();
  const { auth_time: told } = claims;
  if (typeof told === 'number' && told >= 0) return new Date(Math.min(told * 1000, now.getTime()));
  const metadata = await issuersOf(host)
    .find((one) => one.settings.id === settings.id)
    ?.metadata();
  const tells = metadata?.claims_supported;
  return Array.isArray(tells) && tells.includes('auth_time') ? undefined : now;
};
