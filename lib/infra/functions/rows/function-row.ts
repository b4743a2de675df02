/** What one row says of a function: its size, what workflows try again when it fails, and every right that it has. */
import type { OperationKind } from '../../../model/records/operation.ts';
import type { RecordKind } from '../../../ports/catalog/records.ts';

/** What statemachines/retriers.json names: some errors, and how often they are tried again. */
export type RetrierName = 'TRANSIENT' | 'THROTTLED' | 'CRASHED' | 'OUT_OF_TIME' | 'LAST_RESORT';

export type RecordKinds = readonly RecordKind[];

/**
 * Which records a function may write, remove and, where it is trusted least, read. A record's partition is its kind, and
 * IAM compares it: so a function that reads other people's data cannot write itself a token.
 */
export interface RecordRights {
  readonly writes: RecordKinds;
  /** @default none */
  readonly removes?: RecordKinds;
  /** @default every kind: what reads keys reads them wrapped, and tokens hashed */
  readonly reads?: RecordKinds;
  /** Instead of reading: looks these up by their key, lists nothing and takes no part in the lock. For what strangers reach. */
  readonly looksUp?: RecordKinds;
}

export type ObjectRight =
  /** Puts the pieces of an archive into staging, while the mark of its upload is there. */
  | 'put pieces'
  /** Leaves the mark of an upload, and removes nothing. */
  | 'open uploads'
  | 'read pieces'
  | 'read archives'
  /** Puts whole objects, archives and log files: notes a multipart upload, copies pieces into it, and ends it. */
  | 'join archives'
  | 'remove archives'
  /** Reads and removes pieces and marks, and ends uploads that were noted. */
  | 'clear pieces';

/** What the encryption context says a wrapped key is for. `installation` stands for the keys that outlive an operation. */
export type KeyPurpose = 'installation' | 'archive-key' | 'operation-key' | 'schedule-ping';

export interface KeyRights {
  readonly wraps?: readonly KeyPurpose[];
  readonly unwraps?: readonly KeyPurpose[];
  readonly signs?: true;
  readonly readsPublicKey?: true;
  /** Looks whether the keys are in danger: disabled, or to be deleted. */
  readonly describes?: true;
}

export interface FunctionRow {
  readonly description: string;
  /** 1,769 MB is one whole core; less memory is a share of one. */
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /** Compresses, encrypts or extracts segments, on threads of its own: the threads' program is bundled beside it. */
  readonly segments?: true;
  /** What the bundle may weigh, threads' program included. A heavier one fails the build. @default USUAL_BUDGET_KB */
  readonly budgetKb?: number;
  /** Of the states of workflows that call it, in this order; what no workflow calls has none. */
  readonly retry?: readonly RetrierName[];
  /** Nobody waits for it: a call that fails for good goes to the dead-letter queue. */
  readonly deadLetters?: true;

  /** The configuration that was deployed: one function writes it, the page's files need none. @default 'read' */
  readonly config?: 'read' | 'write' | 'none';
  /** @default none */
  readonly records?: RecordRights;
  readonly objects?: readonly ObjectRight[];
  readonly keys?: KeyRights;
  /** What it may do with the components: their sources, and where restores go. Each kind's aws-rights.ts says how. */
  readonly components?: 'plan' | 'capture' | 'look' | 'restore';
  /** The objects of DynamoDB's exports, where a table is a component. */
  readonly exports?: 'write' | 'read';
  /** Kinds of operations of which it starts executions. */
  readonly starts?: readonly OperationKind[];
  /** Asks after the executions of whoever holds the lock, and stops those that are dead. */
  readonly looksAfterExecutions?: true;
  /** Hands events to their channels, and reads the secrets of those. */
  readonly tells?: true;
  /** Secrets that it reads: of senders to triggers, of issuers of tokens. */
  readonly secrets?: 'triggers' | 'issuers';
}
