import type { Home } from '../../model/access/permissions.ts';
import type { ApprovalFacts, ApprovalRecord } from '../../model/records/approval.ts';
import type { Change } from '../../ports/catalog/catalog.ts';

/** What a request says of approval. */
export interface ApprovalChoice {
  /** Of the request for approval that others have approved. */
  readonly approvalId?: string | undefined;
  /** Why it is done without. */
  readonly breakGlass?: string | undefined;
}

/** What is about to be done. */
export interface Proposed {
  readonly facts: ApprovalFacts;
  /** Such as `backups/nightly-...`. */
  readonly subject: string;
  /** Whose it is. */
  readonly homes: readonly Home[];
  /** The dry run that the state of the targets is taken from. */
  readonly dryRunId?: string | undefined;
}

/** It may be done. */
export interface Passed {
  /** For the transaction that begins the act. */
  readonly changes: readonly Change[];
  /** The request for approval; undefined: none is wanted. */
  readonly approval?: ApprovalRecord;
}
