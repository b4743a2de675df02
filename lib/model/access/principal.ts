import type { Grant } from './permissions.ts';

/** What somebody proved who they are by. */
export type PrincipalKind = 'token' | 'person' | 'schedule' | 'trigger' | 'host';

/** Who asks. */
export interface Principal {
  /** Of the token, the person or the schedule. */
  readonly id: string;
  /** As records keep it in `createdBy`. */
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly grants: readonly Grant[];
  /** What was shown as proof, where `kind` and `id` do not say it, such as `session session-...`; never the secret. */
  readonly credential?: string;
  /** Of a session: when it last proved whose it is. */
  readonly provenAt?: string;
}
