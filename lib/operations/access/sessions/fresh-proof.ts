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
    `this cannot be taken back, and the session has not proved whose it is for ${PROOF_MINUTES} minutes: prove it by POST /v1/sessions/current/proof, with the password or the token that it was begun with, or what the issuer answers to a new sign-in, and then send this request again`,
  );
};
