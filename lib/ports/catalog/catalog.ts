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
  /** Lists only records whose order begins with this, such as one task's checkpoints of a backup. */
  orderPrefix?: string;
  skip?: number;
  /** Most records to return. @default 1000 */
  limit?: number;
  /** Newest (highest order) first. @default false */
  descending?: boolean;
  /**
   * False: `total` is not needed, and is 0. Counting all of a long list takes longer than a page of it.
   *
   * @default true
   */
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
/** One step of a commit. `expect` makes the whole commit fail with `conflict` when the record's state is another. */
export type Change = Put | Remove;

/**
 * Makes a put of any kind of record, for code that is generic in the kind: the compiler cannot see that a `Put<K>` is a
 * `Put`.
 */
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
  /** Rises each time the lock is taken, and never falls. */
  fence: number;
  /** Undefined when the lock is free. */
  holder: (Operation & { leaseUntil: string }) | undefined;
  /** The operation that holds the lock, or held it last. */
  last: Operation | undefined;
}

/** The operation that takes the lock, and how long it holds the lock without renewing its lease. */
export interface Taking {
  operation: Operation;
  leaseUntil: string;
}

export interface CommitOptions {
  /** Commit only while this hold is valid; else `fence_lost`. */
  under?: Hold;
  /**
   * Commit only while every record put here without `expect` is as this hold put it, by `under` or by `own`; else
   * `fence_lost`. For many tasks that run at once: each is fenced by its own records, while `under` would make all of
   * them wait for the lock. A task's first commit is `under`; removing its records ends it.
   */
  own?: Hold;
  /** With `under`: free the lock in the same transaction. */
  release?: boolean;
  /** With `under`: extend the lease in the same transaction. */
  leaseUntil?: string;
}

export interface Catalog {
  get<K extends RecordKind>(kind: K, id: string): Promise<Versioned<Records[K]> | undefined>;
  /** @throws RangeError for a kind of a run without its run as `group`: no host could search all runs */
  list<K extends RecordKind>(kind: K, options?: ListOptions): Promise<Listed<Records[K]>>;
  /**
   * Makes all changes or none, at most `MAX_CHANGES`; they are durable when it returns. After a lost answer the caller
   * decides whether to repeat the commit: read the records first.
   *
   * @throws HoldfastError `conflict`, `fence_lost`, `storage_full`, `unavailable`.
   */
  commit(changes: readonly Change[], options?: CommitOptions): Promise<void>;
  /**
   * Takes the lock and makes all changes in one transaction, or does neither.
   *
   * @throws HoldfastError `operation_running` (details.operation: the holder) when the lock is held, however old the
   * lease is; and as `commit`
   */
  take(taking: Taking, changes: readonly Change[]): Promise<Hold>;
  lock(): Promise<LockState>;
}
