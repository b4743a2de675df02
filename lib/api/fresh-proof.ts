/**
 * Requests for which a session must have proved lately whose it is: acts that cannot be undone, and those that give
 * others something that cannot be taken from them again. Each route that changes something says whether it needs a
 * proof, and why; docs/page.md has the table.
 */
import type { Principal } from '../model/access/principal.ts';
import { requireFreshProof } from '../operations/access/sessions/fresh-proof.ts';
import type { Host } from '../ports/host.ts';

/** Which requests of a route need a proof, and why. */
export interface ProofFacts {
  readonly asked: 'always' | 'never' | { readonly when: string };
  readonly why: string;
}

/** As `ProofFacts`, with a function that chooses the calls that need a proof, when not all do. */
export type FreshProof<C> =
  | { readonly asked: 'always' | 'never'; readonly why: string }
  | { readonly asked: { readonly when: string; readonly is: (call: C) => boolean }; readonly why: string };

/** For acts that cannot be undone, or not without harm. */
export const always = (why: string) => ({ asked: 'always', why }) as const;

/** For acts that harm nobody, or are undone as easily. */
export const never = (why: string) => ({ asked: 'never', why }) as const;

/** The row of the table. */
export const proofFacts = <C>({ asked, why }: FreshProof<C>): ProofFacts => ({
  asked: typeof asked === 'string' ? asked : { when: asked.when },
  why,
});

/** Whether any request of the route may need a proof. */
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

/**
 * Requires a proof if the call needs one; an act without the approval of others always does. @throws
 * `reauthentication_required`
 */
export const requireProofOf = <C extends AskedCall>(freshProof: FreshProof<C> | undefined, call: C): void => {
  const asked = freshProof?.asked ?? 'never';
  const isAsked = typeof asked === 'string' ? asked === 'always' : asked.is(call);
  if (isAsked || call.headers['holdfast-break-glass'] !== undefined)
    requireFreshProof(call.host, call.principal);
};
