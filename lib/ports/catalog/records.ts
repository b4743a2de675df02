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
import type { CaptureGroup, CapturePlan, CaptureSummary, CaptureWork } from '../../model/records/capture.ts';
import type { EventRecord } from '../../model/records/event.ts';
import type { JoiningRecord } from '../../model/records/joining.ts';
import type { BackupKeyRecord, SealedKeyRecord, VerifyKeyRecord } from '../../model/records/keys.ts';
import type { LastBackups } from '../../model/records/last-backups.ts';
import type {
  ChannelAnswer,
  ChannelState,
  DeliveryRecord,
  NoticeRecord,
} from '../../model/records/notice.ts';
import type { LogChunk, RunRecord } from '../../model/records/operation.ts';
import type { PersonName, PersonRecord } from '../../model/records/person.ts';
import type { ResealRecord } from '../../model/records/reseal.ts';
import type { PlanPage, RestoreCheckpoint, RestoreRecord } from '../../model/records/restore.ts';
import type { RetentionState } from '../../model/records/retention.ts';
import type { ScheduleState } from '../../model/records/schedule.ts';
import type { SessionRecord } from '../../model/records/session.ts';
import type { ImportRecord, UploadPart, UploadRecord } from '../../model/records/transfer.ts';
import type { TriggerEvent } from '../../model/records/trigger.ts';
import type { VerificationRecord } from '../../model/records/verification.ts';
import type { VerifyRange } from '../../model/records/verify-range.ts';
import type { StoredSchedule } from '../../model/schedules/schedule.ts';

/** The kinds of record. Each is JSON; adapters know no more of them than `placement` says. */
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
  capturePlan: CapturePlan;
  captureWork: CaptureWork;
  captureGroup: CaptureGroup;
  captureSummary: CaptureSummary;
  restoreCheckpoint: RestoreCheckpoint;
  planPage: PlanPage;
  verifyRange: VerifyRange;
  joining: JoiningRecord;
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
 * Records that a run writes by the thousand. They are listed only by their run, as `group`; the kind `run` lists the
 * runs. All but the pages of a plan are deleted when the run has ended. The rows of the audit trail are kept in the
 * same way, by blocks.
 */
export type KindOfRun =
  | 'capturePlan'
  | 'captureWork'
  | 'captureGroup'
  | 'captureSummary'
  | 'restoreCheckpoint'
  | 'planPage'
  | 'verifyRange'
  | 'joining'
  | 'logChunk'
  | 'audit';
const kindsOfRun: ReadonlySet<RecordKind> = new Set<KindOfRun>([
  'capturePlan',
  'captureWork',
  'captureGroup',
  'captureSummary',
  'restoreCheckpoint',
  'planPage',
  'verifyRange',
  'joining',
  'logChunk',
  'audit',
]);
export const isKindOfRun = (kind: RecordKind): kind is KindOfRun => kindsOfRun.has(kind);
