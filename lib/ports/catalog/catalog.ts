/**
 * The catalog: every record of an installation, and its one lock. Both live in one place because the lock must be
 * taken, and freed, in the same transaction that writes a record's first and last state.
 */
import type { Operation } from '../../model/records/operation.ts';
import type { RecordKind, Records } from './records.ts';

/** A record with the version that `expect` compares: 1 at first, raised by every put. */
export interface Versioned<T> {
  record: T;
  version: number;
}

export interface ListOptions {
  group?: string;
  /** Those whose order begins so: of the checkpoints of a backup, one task's. */
  orderPrefix?: string;
  skip?: number;
  /** At most this many; default 1000. */
  limit?: number;
  /** Newest (highest order) first; default false. */
  descending?: boolean;
  /** False: nobody wants `total`, which is then 0. To count all of a long list takes longer than a page of it. Default true. */
  counted?: boolean;
}
export interface Listed<T> {
  total: number;
  records: T[];
}

export type Put<K extends RecordKind = RecordKind> = {
  [P in K]: { put: P; record: Records[P]; expect?: 'absent' | 'present' | number };
}[K];
export type Remove<K extends RecordKind = RecordKind> = {
  [P in K]: { remove: P; id: string; expect?: 'present' | number };
}[K];
/** One step of a commit. `expect` makes the whole commit fail with `conflict` when the record is otherwise. */
export type Change = Put | Remove;

/** A put of any kind of record, for code that is generic in the kind: the compiler cannot see that a `Put<K>` is a `Put`. */
export const put = <K extends RecordKind>(
  kind: K,
  record: Records[K],
  expect?: 'absent' | 'present' | number,
): Change => {
  const change: Put<K> = expect === undefined ? { put: kind, record } : { put: kind, record, expect };
  return change as Change;
};

/** Proof of holding the lock: writes made under it are refused (`fence_lost`) once another operation holds it. */
export interface Hold {
  operationId: string;
  fence: number;
}

export interface LockState {
  /** Rises with each taking, for ever. */
  fence: number;
  /** Undefined when free. */
  holder: (Operation & { leaseUntil: string }) | undefined;
  /** The operation that held it last, or holds it. */
  last: Operation | undefined;
}

/** Who takes the lock, and until when it holds it without a sign of life. */
export interface Taking {
  operation: Operation;
  leaseUntil: string;
}

export interface CommitOptions {
  /** Commit only while this hold stands; else `fence_lost`. */
  under?: Hold;
  /**
   * Commit only while every record put here without `expect` stands as this hold put it, by `under` or by `own`; else
   * `fence_lost`. For tasks that many run at once: each is fenced by records of its own, where `under` would have all
   * of them meet at the lock. A task's first commit is `under`; removing its records ends it.
   */
  own?: Hold;
  /** With `under`: free the lock in the same transaction. */
  release?: boolean;
  /** With `under`: prolong the lease in the same transaction. */
  leaseUntil?: string;
}

export interface Catalog {
  get<K extends RecordKind>(kind: K, id: string): Promise<Versioned<Records[K]> | undefined>;
  /** @throws RangeError for a kind of a run without its run as `group`: no host could look through all of them. */
  list<K extends RecordKind>(kind: K, options?: ListOptions): Promise<Listed<Records[K]>>;
  /**
   * All changes or none, durable when it returns. At most `MAX_CHANGES`. Repeating a commit whose answer was lost is the
   * caller's matter: read back first.
   *
   * @throws HoldfastError `conflict`, `fence_lost`, `storage_full`, `unavailable`.
   */
  commit(changes: readonly Change[], options?: CommitOptions): Promise<void>;
  /**
   * Takes the lock, and makes all changes in the same transaction; or does neither.
   *
   * @throws HoldfastError `operation_running` (details.operation: the holder) when the lock is held, however old the
   * lease is; and as `commit`
   */
  take(taking: Taking, changes: readonly Change[]): Promise<Hold>;
  lock(): Promise<LockState>;
}
