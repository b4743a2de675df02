import type { Home } from '../../model/access/permissions.ts';
import type { ApprovalFacts, ApprovalRecord } from '../../model/records/approval.ts';
import type { Change } from '../../ports/catalog/catalog.ts';

/** What a request says of approval. */
export interface ApprovalChoice {
  /** The id of a request for approval that others have approved. */
  readonly approvalId?: string | undefined;
  /** Why the act is done without approval. */
  readonly breakGlass?: string | undefined;
}

/** An act that is about to be done. */
export interface Proposed {
  readonly facts: ApprovalFacts;
  /** What the act is done to, such as `backups/nightly-...`. */
  readonly subject: string;
  /** The homes of the subject. */
  readonly homes: readonly Home[];
  /** The dry run that the state of the targets is taken from. */
  readonly dryRunId?: string | undefined;
}

/** The result of the guard: the act may be done. */
export interface Passed {
  /** Changes for the transaction that begins the act. */
  readonly changes: readonly Change[];
  /** The request for approval; undefined: none is needed. */
  readonly approval?: ApprovalRecord;
}
