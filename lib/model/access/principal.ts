import type { Grant } from './permissions.ts';

/** How somebody proved who they are. */
export type PrincipalKind = 'token' | 'person' | 'schedule' | 'trigger' | 'host';

/** The caller of a request. */
export interface Principal {
  /** Id of the token, the person or the schedule. */
  readonly id: string;
  /** The text that records keep in `createdBy`. */
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly grants: readonly Grant[];
  /** The proof, when `kind` and `id` do not say it, such as `session session-...`; never the secret. */
  readonly credential?: string;
  /** For a session: when its holder last proved who they are. */
  readonly provenAt?: string;
}
