/**
 * An act that cannot be undone is refused to a session that was left open: its person must have proved their identity
 * within the last minutes, by the password or the token that it was begun with.
 */

import type { Principal } from '../../../model/access/principal.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { Host } from '../../../ports/host.ts';

export const PROOF_MINUTES = 10;

/** Until when a proof of this moment counts. */
export const provenUntil = (provenAt: string): string =>
  new Date(Date.parse(provenAt) + PROOF_MINUTES * 60_000).toISOString();

/** Whether a proof of this moment still counts. */
export const isFresh = ({ clock }: Pick<Host, 'clock'>, provenAt: string): boolean =>
  clock.now().getTime() < Date.parse(provenUntil(provenAt));

/** A caller who sends a token with the request proves their identity each time. @throws `reauthentication_required` */
export const requireFreshProof = (host: Pick<Host, 'clock'>, { provenAt }: Principal): void => {
  if (provenAt === undefined || isFresh(host, provenAt)) return;
  throw new HoldfastError(
    'reauthentication_required',
    `this cannot be undone, and the last proof of identity of this session is older than ${PROOF_MINUTES} minutes: send a new one to POST /v1/sessions/current/proof, with the password or the token that the session was started with, or with the answer of the issuer to a new sign-in; then send this request again`,
  );
};
