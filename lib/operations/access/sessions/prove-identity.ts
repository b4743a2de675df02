/**
 * A caller who asks for something dangerous proves once more who they are: somebody else may have the session by now.
 */

import type { Principal } from '../../../model/access/principal.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { PersonRecord } from '../../../model/records/person.ts';
import type { Host } from '../../../ports/host.ts';
import { freeAttempts } from '../passwords/attempt-count.ts';
import { attemptId, countedAttempt } from '../passwords/password-attempts.ts';
import { isPassword } from '../passwords/password-hash.ts';
import { isTokenOf, readToken } from '../tokens/token-text.ts';
import { PROOF_MINUTES, requireFreshProof } from './fresh-proof.ts';

/** What a request brings as proof: a person their password, a program its token. */
export interface Proof {
  readonly token?: string | undefined;
  readonly password?: string | undefined;
}

/** @throws `forbidden` for another proof, or none; `too_many_attempts` */
export const proveIdentity = async (host: Host, principal: Principal, proof: Proof): Promise<void> => {
  if (principal.kind === 'person') return provePassword(host, principal, proof);
  const claim = readToken(proof.token ?? '');
  const record = claim && (await host.catalog.get('token', claim.key))?.record;
  if (claim !== undefined && isTokenOf(claim, record) && record.id === principal.id) return;
  throw new HoldfastError(
    'forbidden',
    'the token in the body of the request is not the one in its header: send the same API token again, as proof that you have it',
  );
};

const provePassword = async (host: Host, { id, name }: Principal, { password }: Proof): Promise<void> => {
  const person = (await host.catalog.get('person', id))?.record;
  if (password === undefined || person === undefined)
    throw new HoldfastError('forbidden', 'send your password again, as proof that it is you');
  await proveOwnPassword(host, person, name, password);
};

/**
 * As `proveIdentity`. A person who signs in at an issuer has no password here: a sign-in of the last minutes is the
 * proof.
 *
 * @throws `reauthentication_required`, `forbidden`, `too_many_attempts`
 */
export const proveOrHaveSignedIn = async (host: Host, principal: Principal, proof: Proof): Promise<void> => {
  const person = principal.kind === 'person' ? await host.catalog.get('person', principal.id) : undefined;
  if (person?.record.external === undefined) return proveIdentity(host, principal, proof);
  if (principal.provenAt !== undefined) return requireFreshProof(host, principal);
  throw new HoldfastError(
    'forbidden',
    `do this on the page, within ${PROOF_MINUTES} minutes of a sign-in at the issuer: a token of the issuer is no proof that it is you`,
  );
};

/**
 * Only a caller who is signed in as the person gets here, so that no outsider can make the person wait.
 *
 * @throws `forbidden`, `too_many_attempts`
 */
const proveOwnPassword = async (
  host: Host,
  { id, passwordHash }: PersonRecord,
  name: string,
  password: string,
): Promise<void> => {
  const pair = { id: attemptId('own password', id), free: freeAttempts.pair, whose: `of ${name}` };
  try {
    await countedAttempt(host, { pair, wide: [] }, async () => {
      if (!(await isPassword(password, passwordHash)))
        throw new HoldfastError('wrong_passphrase', 'the password is not that of the person');
    });
  } catch (thrown) {
    if (!(thrown instanceof HoldfastError) || thrown.code !== 'wrong_passphrase') throw thrown;
    throw new HoldfastError('forbidden', 'the password in the request is not yours; type it again');
  }
};
