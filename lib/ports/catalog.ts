/**
 * The catalog: every record of an installation, and its one lock. Both live in one place because the lock must be
 * taken, and freed, in the same transaction that writes a record's first and last state.
 */
import type { IdempotencyRecord, PasswordAttempts, TokenRecord } from '../model/records/access.ts';
import type { BackupRecord, DeletionRecord } from '../model/records/backup.ts';
import type { CaptureGroup, CaptureSummary, CaptureWork } from '../model/records/capture.ts';
import type { EventRecord } from '../model/records/event.ts';
import type { BackupKeyRecord, SealedKeyRecord, VerifyKeyRecord } from '../model/records/keys.ts';
import type { LogChunk, Operation, RunRecord } from '../model/records/operation.ts';
import type { PlanPage, RestoreCheckpoint, RestoreRecord } from '../model/records/restore.ts';
import type { ScheduleState } from '../model/records/schedule.ts';
import type { ImportRecord, ResealRecord, UploadPart, UploadRecord } from '../model/records/travel.ts';
import type { VerificationRecord } from '../model/records/verification.ts';

/** The kinds of record. Each is JSON; adapters need to know no more of them than `placement` tells. */
export interface Records {
  backup: BackupRecord;
  deletion: DeletionRecord;
  restore: RestoreRecord;
  verification: VerificationRecord;
  import: ImportRecord;
  reseal: ResealRecord;
  upload: UploadRecord;
  uploadPart: UploadPart;
  key: BackupKeyRecord;
  verifyKey: VerifyKeyRecord;
  sealedKey: SealedKeyRecord;
  run: RunRecord;
  captureWork: CaptureWork;
  captureGroup: CaptureGroup;
  captureSummary: CaptureSummary;
  restoreCheckpoint: RestoreCheckpoint;
  planPage: PlanPage;
  logChunk: LogChunk;
  token: TokenRecord;
  idempotency: IdempotencyRecord;
  event: EventRecord;
  schedule: ScheduleState;
  passwordAttempts: PasswordAttempts;
}
export type RecordKind = keyof Records;

/**
 * What a run writes by the thousand. These are listed by their run alone, as `group`; the kind `run` tells of runs. All but
 * the pages of a plan go when the run has ended.
 */
export type KindOfRun =
  | 'captureWork'
  | 'captureGroup'
  | 'captureSummary'
  | 'restoreCheckpoint'
  | 'planPage'
  | 'logChunk';
const kindsOfRun: ReadonlySet<RecordKind> = new Set<KindOfRun>([
  'captureWork',
  'captureGroup',
  'captureSummary',
  'restoreCheckpoint',
  'planPage',
  'logChunk',
]);
export const isKindOfRun = (kind: RecordKind): kind is KindOfRun => kindsOfRun.has(kind);

/**
 * Where a record stands in lists: its id, the group it can be listed by (a backup's label, a capture's backup),
 * and its order within kind and group. Lists go by `order`, then id.
 */
export interface Placement {
  id: string;
  group: string;
  order: string;
}
const groupNumber = (n: number): string => String(n).padStart(8, '0');
/** What the order of all checkpoints of one capture task begins with, and of no others. */
export const taskOrder = (component: string, shard: number): string => `${component}/${groupNumber(shard)}/`;
export const placements: { readonly [K in RecordKind]: (record: Records[K]) => Placement } = {
  backup: (r) => ({ id: r.id, group: r.label, order: r.createdAt }),
  deletion: (r) => ({ id: r.backupId, group: '', order: r.startedAt }),
  restore: (r) => ({ id: r.id, group: r.backupId, order: r.createdAt }),
  verification: (r) => ({ id: r.id, group: r.backupId, order: r.createdAt }),
  import: (r) => ({ id: r.id, group: r.backupId, order: r.createdAt }),
  reseal: (r) => ({ id: r.id, group: r.backupId, order: r.createdAt }),
  upload: (r) => ({ id: r.id, group: '', order: r.createdAt }),
  uploadPart: (r) => ({
    id: `${r.uploadId}/${r.number}`,
    group: r.uploadId,
    order: groupNumber(r.number),
  }),
  key: (r) => ({ id: r.id, group: `${r.scope}/${r.domain}`, order: r.createdAt }),
  verifyKey: (r) => ({ id: r.id, group: r.installation, order: r.addedAt }),
  sealedKey: (r) => ({ id: r.ownerId, group: r.ownerId, order: '' }),
  run: (r) => ({ id: r.id, group: '', order: r.startedAt }),
  captureWork: (r) => ({
    id: `${r.backupId}/${r.component}/${r.shard}`,
    group: r.backupId,
    order: taskOrder(r.component, r.shard),
  }),
  captureGroup: (r) => ({
    id: `${r.backupId}/${r.component}/${r.shard}/${r.group}`,
    group: r.backupId,
    order: taskOrder(r.component, r.shard) + groupNumber(r.group),
  }),
  captureSummary: (r) => ({
    id: `${r.backupId}/${r.component}/${r.shard}`,
    group: r.backupId,
    order: `${r.component}/${groupNumber(r.shard)}`,
  }),
  restoreCheckpoint: (r) => ({
    id: `${r.restoreId}/${r.component}`,
    group: r.restoreId,
    order: r.component,
  }),
  planPage: (r) => ({
    id: `${r.restoreId}/${r.component}/${r.page}`,
    group: r.restoreId,
    order: `${r.component}/${groupNumber(r.page)}`,
  }),
  logChunk: (r) => ({ id: `${r.operationId}/${r.part}`, group: r.operationId, order: `${r.at}/${r.part}` }),
  token: (r) => ({ id: r.hash, group: r.role, order: r.createdAt }),
  idempotency: (r) => ({ id: r.key, group: '', order: r.createdAt }),
  event: (r) => ({ id: r.id, group: '', order: r.at }),
  schedule: (r) => ({ id: r.id, group: '', order: r.id }),
  passwordAttempts: (r) => ({ id: r.id, group: '', order: r.lastAt }),
};

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

export const placementOf = <K extends RecordKind>(kind: K, record: Records[K]): Placement =>
  placements[kind](record);

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

export interface CommitOptions {
  /** Take the lock for this operation. Fails with `operation_running` (details.operation: the holder) when held, however old the lease. */
  take?: { operation: Operation; leaseUntil: string };
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
   * All changes or none, durable when it returns. At most 25 changes. Resolves to the hold when `take` was asked.
   * Repeating a commit whose answer was lost is the caller's matter: read back first.
   *
   * @throws HoldfastError `conflict`, `operation_running`, `fence_lost`, `storage_full`, `unavailable`.
   */
  commit(
    changes: readonly Change[],
    options: CommitOptions & { take: NonNullable<CommitOptions['take']> },
  ): Promise<Hold>;
  commit(changes: readonly Change[], options?: CommitOptions): Promise<void>;
  lock(): Promise<LockState>;
}
