import type { Host } from '../../../ports/host.ts';
import { issuersOf } from './issuer.ts';
import type { VerifiedJwt } from './verify-jwt.ts';

/**
 * When the person of a token last signed in at its issuer: that may be long before the token was made, since an issuer
 * may use a session of its own. Undefined when an issuer that can tell such times did not; for an issuer that never
 * tells them, the present time counts.
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
