/**
 * What a session does only while it has proved lately whose it is: what cannot be taken back, and what hands to others what
 * cannot be had back from them. Each route that changes something says which it is, and why; docs/page.md has the table.
 */
import type { Principal } from '../model/access/principal.ts';
import { requireFreshProof } from '../operations/access/sessions/fresh-proof.ts';
import type { Host } from '../ports/host.ts';

/** Of which requests of a route a proof is asked, and why. */
export interface ProofFacts {
  readonly asked: 'always' | 'never' | { readonly when: string };
  readonly why: string;
}

/** As `ProofFacts`, with the calls of a route that are asked where not all of them are. */
export type FreshProof<C> =
  | { readonly asked: 'always' | 'never'; readonly why: string }
  | { readonly asked: { readonly when: string; readonly is: (call: C) => boolean }; readonly why: string };

/** It cannot be taken back, or not without harm. */
export const always = (why: string) => ({ asked: 'always', why }) as const;

/** It harms nobody, or is taken back as easily. */
export const never = (why: string) => ({ asked: 'never', why }) as const;

/** What the table says of it. */
export const proofFacts = <C>({ asked, why }: FreshProof<C>): ProofFacts => ({
  asked: typeof asked === 'string' ? asked : { when: asked.when },
  why,
});

/** Whether some request of the route may be asked for a proof. */
export const mayWantProof = ({
  freshProof,
  takes = [],
}: {
  readonly freshProof?: ProofFacts;
  readonly takes?: readonly string[];
}): boolean =>
  (freshProof !== undefined && freshProof.asked !== 'never') || takes.includes('Holdfast-Break-Glass');

interface AskedCall {
  readonly host: Pick<Host, 'clock'>;
  readonly principal: Principal;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** What goes without the approval of others wants a proof, whatever it is. @throws `reauthentication_required` */
export const requireProofOf = <C extends AskedCall>(freshProof: FreshProof<C> | undefined, call: C): void => {
  const asked = freshProof?.asked ?? 'never';
  const isAsked = typeof asked === 'string' ? asked === 'always' : asked.is(call);
  if (isAsked || call.headers['holdfast-break-glass'] !== undefined)
    requireFreshProof(call.host, call.principal);
};
