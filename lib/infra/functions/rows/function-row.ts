/** What one row says of a function: its size, the retries of workflows after a failure, and every right that it has. */
import type { OperationKind } from '../../../model/records/operation.ts';
import type { RecordKind } from '../../../ports/catalog/records.ts';

/** A name in statemachines/retriers.json: some errors, and how often they are tried again. */
export type RetrierName = 'TRANSIENT' | 'THROTTLED' | 'CRASHED' | 'OUT_OF_TIME' | 'LAST_RESORT';

export type RecordKinds = readonly RecordKind[];

/**
 * Which records a function may write, remove and, if it is trusted least, read. A record's partition is its kind, and
 * IAM checks it: so a function that reads other people's data cannot write itself a token.
 */
export interface RecordRights {
  readonly writes: RecordKinds;
  /** @default none */
  readonly removes?: RecordKinds;
  /** @default every kind: keys are stored wrapped, and tokens hashed */
  readonly reads?: RecordKinds;
  /**
   * Instead of reading: looks these up by their key, lists nothing and does not use the lock. For functions that
   * strangers reach.
   */
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

/** The purpose of a wrapped key in its encryption context. `installation` means the keys that outlive an operation. */
export type KeyPurpose = 'installation' | 'archive-key' | 'operation-key' | 'schedule-ping';

export interface KeyRights {
  readonly wraps?: readonly KeyPurpose[];
  readonly unwraps?: readonly KeyPurpose[];
  readonly signs?: true;
  readonly readsPublicKey?: true;
  /** Whether it checks if the keys are in danger: disabled, or scheduled for deletion. */
  readonly describes?: true;
}

export interface FunctionRow {
  readonly description: string;
  /** Memory in MB: 1,769 MB is one whole core; less memory gets a share of one. */
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  /**
   * Whether it compresses, encrypts or extracts segments on threads: then the threads' program is bundled beside it.
   */
  readonly segments?: true;
  /**
   * The largest allowed bundle, including the threads' program. A larger one fails the build. @default USUAL_BUDGET_KB
   */
  readonly budgetKb?: number;
  /** The retriers of the workflow states that call it, in this order; a function that no workflow calls has none. */
  readonly retry?: readonly RetrierName[];
  /** Whether it is called without waiting: a call that fails for good goes to the dead-letter queue. */
  readonly deadLetters?: true;

  /**
   * Its right to the deployed configuration: one function writes it, the function of the page's files needs none.
   * @default 'read'
   */
  readonly config?: 'read' | 'write' | 'none';
  /** @default none */
  readonly records?: RecordRights;
  readonly objects?: readonly ObjectRight[];
  readonly keys?: KeyRights;
  /** What it may do with the components' sources and the targets of restores. Each kind's aws-rights.ts says how. */
  readonly components?: 'plan' | 'capture' | 'look' | 'restore';
  /** Its rights to the objects of DynamoDB's exports, if a table is a component. */
  readonly exports?: 'write' | 'read';
  /** Kinds of operations whose executions it starts. */
  readonly starts?: readonly OperationKind[];
  /** Whether it reads the state of the lock holder's execution, and stops a dead one. */
  readonly looksAfterExecutions?: true;
  /** Whether it delivers events to their channels, and reads the channels' secrets. */
  readonly tells?: true;
  /** The secrets that it reads: of senders to triggers, of issuers of tokens. */
  readonly secrets?: 'triggers' | 'issuers';
}
