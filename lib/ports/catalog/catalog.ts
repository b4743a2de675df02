/**
 * The catalog: every record of an installation, and its one lock. Both live in one place because the lock must be
 * taken, and freed, in the same transaction that writes a record's first and last state.
 */
import { blockOf } from '../../model/audit-chain.ts';
import type {
  DomainRecord,
  IdempotencyRecord,
  PasswordAttempts,
  TokenRecord,
  TokenUse,
} from '../../model/records/access.ts';
import type { ApprovalRecord } from '../../model/records/approval.ts';
import type { AuditBlock, AuditHead, AuditPending, AuditRow, AuditSeal } from '../../model/records/audit.ts';
import type { BackupRecord, DeletionRecord } from '../../model/records/backup.ts';
import type { BackupTokenRecord } from '../../model/records/backup-token.ts';
import type { CaptureGroup, CaptureSummary, CaptureWork } from '../../model/records/capture.ts';
import type { EventRecord } from '../../model/records/event.ts';
import type { BackupKeyRecord, SealedKeyRecord, VerifyKeyRecord } from '../../model/records/keys.ts';
import type { LastBackups } from '../../model/records/last-backups.ts';
import {
  type ChannelAnswer,
  type ChannelState,
  type DeliveryRecord,
  deliveryId,
  type NoticeRecord,
} from '../../model/records/notice.ts';
import type { LogChunk, Operation, RunRecord } from '../../model/records/operation.ts';
import type { PersonName, PersonRecord } from '../../model/records/person.ts';
import type { PlanPage, RestoreCheckpoint, RestoreRecord } from '../../model/records/restore.ts';
import type { RetentionState } from '../../model/records/retention.ts';
import type { ScheduleState } from '../../model/records/schedule.ts';
import type { SessionRecord } from '../../model/records/session.ts';
import type { ImportRecord, ResealRecord, UploadPart, UploadRecord } from '../../model/records/travel.ts';
import { type TriggerEvent, triggerOrder } from '../../model/records/trigger.ts';
import type { VerificationRecord } from '../../model/records/verification.ts';
import type { VerifyRange } from '../../model/records/verify-range.ts';
import type { StoredSchedule } from '../../model/schedules/schedule.ts';

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
  verifyRange: VerifyRange;
  logChunk: LogChunk;
  token: TokenRecord;
  tokenUse: TokenUse;
  person: PersonRecord;
  personName: PersonName;
  domain: DomainRecord;
  session: SessionRecord;
  idempotency: IdempotencyRecord;
  event: EventRecord;
  notice: NoticeRecord;
  delivery: DeliveryRecord;
  channel: ChannelState;
  channelAnswer: ChannelAnswer;
  schedule: ScheduleState;
  retention: RetentionState;
  lastBackups: LastBackups;
  storedSchedule: StoredSchedule;
  triggerEvent: TriggerEvent;
  passwordAttempts: PasswordAttempts;
  audit: AuditRow;
  auditBlock: AuditBlock;
  auditHead: AuditHead;
  auditSeal: AuditSeal;
  auditPending: AuditPending;
  backupToken: BackupTokenRecord;
  approval: ApprovalRecord;
}
export type RecordKind = keyof Records;

/**
 * What a run writes by the thousand. These are listed by their run alone, as `group`; the kind `run` tells of runs. All but
 * the pages of a plan go when the run has ended. The rows of the audit trail are kept likewise, by blocks.
 */
export type KindOfRun =
  | 'captureWork'
  | 'captureGroup'
  | 'captureSummary'
  | 'restoreCheckpoint'
  | 'planPage'
  | 'verifyRange'
  | 'logChunk'
  | 'audit';
const kindsOfRun: ReadonlySet<RecordKind> = new Set<KindOfRun>([
  'captureWork',
  'captureGroup',
  'captureSummary',
  'restoreCheckpoint',
  'planPage',
  'verifyRange',
  'logChunk',
  'audit',
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
/** The group of a block of the audit trail. */
export const auditGroup = groupNumber;
const rowNumber = (seq: number): string => String(seq).padStart(12, '0');
/** The id of a row of the audit trail. */
export const auditId = (seq: number): string => `${auditGroup(blockOf(seq))}/${rowNumber(seq)}`;
/** What the order of all checkpoints of one capture task begins with, and of no others. */
export const taskOrder = (component: string, shard: number): string => `${component}/${groupNumber(shard)}/`;
/** What the order of all ranges of one pass of a verification begins with, and of no others. */
export const passOrder = (pass: string): string => `${pass}/`;
/** Tokens and people of a domain are listed together; those of the whole installation, too. */
export const tokenGroup = (domain: string | null): string =>
  domain === null ? 'installation' : `domain/${domain}`;
/** What the order of all waiting deliveries of one lane begins with, and of no others. */
export const laneOrder = (lane: string): string => `${lane} `;
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
  verifyRange: (r) => ({
    id: `${r.operationId}/${r.pass}/${r.range}`,
    group: r.operationId,
    order: passOrder(r.pass) + groupNumber(r.range),
  }),
  logChunk: (r) => ({ id: `${r.operationId}/${r.part}`, group: r.operationId, order: `${r.at}/${r.part}` }),
  // One of 0.1.0 is looked up by the hash of the whole of it; all others by their id, which is a part of them.
  token: (r) =>
    r.domain === undefined
      ? { id: r.hash, group: r.role, order: r.createdAt }
      : { id: r.id, group: tokenGroup(r.domain), order: r.createdAt },
  person: (r) => ({ id: r.id, group: tokenGroup(r.domain), order: r.createdAt }),
  personName: (r) => ({ id: r.id, group: '', order: r.id }),
  session: (r) => ({ id: r.id, group: r.personId ?? r.tokenId ?? '', order: r.expiresAt }),
  tokenUse: (r) => ({ id: r.tokenId, group: '', order: r.lastUsedAt }),
  domain: (r) => ({ id: r.name, group: '', order: r.name }),
  idempotency: (r) => ({ id: r.key, group: '', order: r.createdAt }),
  event: (r) => ({ id: r.id, group: '', order: r.at }),
  notice: (r) => ({ id: r.id, group: r.type, order: r.at }),
  delivery: (r) => ({
    id: deliveryId(r.noticeId, r.channel),
    group: r.state,
    order: r.state === 'waiting' ? laneOrder(r.lane) + r.nextAttemptAt : (r.endedAt ?? ''),
  }),
  channel: (r) => ({ id: r.channel, group: '', order: r.channel }),
  channelAnswer: (r) => ({ id: r.channel, group: '', order: r.channel }),
  schedule: (r) => ({ id: r.id, group: '', order: r.id }),
  retention: (r) => ({ id: r.id, group: '', order: '' }),
  lastBackups: (r) => ({ id: r.id, group: r.id.split('/', 1)[0] ?? '', order: r.id }),
  storedSchedule: (r) => ({ id: r.id, group: '', order: r.id }),
  triggerEvent: (r) =>
    r.state === 'waiting'
      ? { id: r.id, group: 'waiting', order: triggerOrder(r.triggerId) + r.receivedAt }
      : { id: r.id, group: 'settled', order: r.receivedAt },
  passwordAttempts: (r) => ({ id: r.id, group: '', order: r.lastAt }),
  audit: (r) => ({ id: auditId(r.seq), group: auditGroup(blockOf(r.seq)), order: rowNumber(r.seq) }),
  auditBlock: (r) => ({ id: auditGroup(r.block), group: '', order: auditGroup(r.block) }),
  auditHead: (r) => ({ id: r.id, group: '', order: '' }),
  auditSeal: (r) => ({
    id: `${rowNumber(r.seq)}/${rowNumber(r.startSeq)}`,
    group: '',
    order: rowNumber(r.seq),
  }),
  backupToken: (r) => ({ id: r.id, group: '', order: r.createdAt }),
  approval: (r) => ({ id: r.id, group: r.requestedBy.id, order: r.createdAt }),
  auditPending: (r) => ({ id: r.id, group: '', order: r.entry.endedAt }),
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
