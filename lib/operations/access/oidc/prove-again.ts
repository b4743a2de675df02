/** Proves once more, at an issuer, whose a session of the page is. */

import type { Principal } from '../../../model/access/principal.ts';
import { issuerName } from '../../../model/config/oidc-settings.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { CompleteSignInRequest } from '../../../model/requests/oidc.ts';
import type { Host } from '../../../ports/host.ts';
import type { Credentials } from '../credentials.ts';
import { isFresh } from '../sessions/fresh-proof.ts';
import { markProven, type SessionTimes } from '../sessions/sessions.ts';
import { asPrincipal, rememberPerson } from './external-person.ts';
import { proveAtIssuer } from './page-sign-in.ts';
import { signedInAt } from './signed-in-at.ts';

/**
 * Proves again whose the session is that asks, by a sign-in at the issuer just now.
 *
 * @param source the address that asks
 * @throws `forbidden` for an answer that does not fit, is of another person, or of an earlier sign-in;
 * `too_many_attempts`, `unavailable`
 */
export const proveSessionAtIssuer = async (
  host: Host,
  principal: Principal,
  answer: CompleteSignInRequest,
  credentials: Credentials & { readonly origin?: string | undefined },
  source: string,
): Promise<SessionTimes> => {
  const jwt = await proveAtIssuer(host, answer, credentials, source).catch((thrown: unknown) => {
    // The session is still valid: only the proof is not.
    if (!(thrown instanceof HoldfastError) || thrown.code !== 'unauthorized') throw thrown;
    throw new HoldfastError('forbidden', thrown.message, { cause: thrown });
  });
  const proved = asPrincipal(jwt, []);
  if (proved.id !== principal.id)
    throw new HoldfastError(
      'forbidden',
      `${proved.name} signed in at the issuer, but the session belongs to ${principal.name}`,
    );
  const at = await signedInAt(host, jwt);
  if (at === undefined || !isFresh(host, at.toISOString()))
    throw new HoldfastError(
      'forbidden',
      `${issuerName(jwt.settings)} let you in without asking who you are; sign in there again, as proof that it is you`,
    );
  await rememberPerson(host, jwt);
  return markProven(host, credentials, at);
};
