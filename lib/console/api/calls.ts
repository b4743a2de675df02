/** What the page asks the API for, each with the type of its answer. */

import type { ContentsEntry } from '../../archive/format.ts';
import type { Grant, Permission } from '../../model/access/permissions.ts';
import type { PrincipalKind } from '../../model/access/principal.ts';
import type {
  ChannelTest,
  ChannelView,
  DeliveryView,
  NoticeView,
  ResendNotice,
} from '../../model/notices/notice-view.ts';
import type { DomainView, TokenView } from '../../model/records/access.ts';
import type { ApprovalView } from '../../model/records/approval.ts';
import type { AuditRow } from '../../model/records/audit.ts';
import type { BackupView } from '../../model/records/backup.ts';
import type { BackupKeyView } from '../../model/records/keys.ts';
import type { DeliveryState, NoticeRecord } from '../../model/records/notice.ts';
import type { Operation, State } from '../../model/records/operation.ts';
import type { PlannedEntry, RestoreRecord } from '../../model/records/restore.ts';
import type { VerificationRecord } from '../../model/records/verification.ts';
import type { CreateTokenRequest, SessionProof } from '../../model/requests/access.ts';
import type { ApproveRequest } from '../../model/requests/approvals.ts';
import type { CreateBackupRequest } from '../../model/requests/backups.ts';
import type { IssuerView } from '../../model/requests/oidc.ts';
import type { Page } from '../../model/requests/page.ts';
import type { CreateRestoreRequest } from '../../model/requests/restores.ts';
import type { RetentionPlanRequest } from '../../model/requests/retention.ts';
import type { RetentionPolicy } from '../../model/retention/policy.ts';
import type {
  CreateScheduleRequest,
  PreviewScheduleRequest,
  ReplaceScheduleRequest,
} from '../../model/schedules/schedule.ts';
import type { SchedulePreview, ScheduleView } from '../../model/schedules/schedule-view.ts';
import { ask, askChanged, askText, type Known } from './client.ts';

export interface Session {
  readonly installation: string;
  readonly version: string;
  readonly principal: { readonly id: string; readonly name: string; readonly kind: PrincipalKind };
  readonly grants: readonly Grant[];
  readonly permissions: readonly Permission[];
  /** Null where no session of a page asks, but a token. */
  readonly expiresAt: string | null;
  readonly idleUntil: string | null;
  readonly provenUntil: string | null;
}

export interface Status {
  readonly state: 'IDLE' | 'BUSY';
  readonly operation: Operation | null;
  readonly last: (Operation & { state: State; shortError: string; completedAt: string | null }) | null;
  /** Other texts once something has changed that lists show, or that runs; null where nobody is told of that. */
  readonly changed: { readonly records: string; readonly progress: string } | null;
}

export interface ComponentView {
  readonly id: string;
  readonly kind: string;
  readonly domain: string;
  readonly target: string;
}

export interface Download {
  readonly url: string;
  readonly fileName: string;
  readonly bytes: number;
  readonly sha256: string;
}

export type Entry = ContentsEntry & { readonly component: string };
export type PlanPage = Page<PlannedEntry> & { readonly unlisted: number };

export interface PlannedBackup extends Pick<BackupView, 'state' | 'label' | 'archiveBytes' | 'scheduleId'> {
  readonly backupId: string;
  readonly committedAt: string;
  readonly keep: boolean;
  readonly reasons: readonly string[];
  /** It is marked already, and deleted then. */
  readonly deleteAfter: string | null;
}
export interface RetentionPlan extends Page<PlannedBackup> {
  readonly policy: RetentionPolicy;
  readonly timeZone: string;
  readonly kept: number;
  readonly removed: number;
  readonly removedBytes: number;
}

export type AuditFilters = Readonly<
  Partial<Record<'principal' | 'action' | 'subject' | 'outcome' | 'from' | 'to', string>>
>;
export interface AuditPage extends Page<AuditRow> {
  /** Where older rows begin that were not looked at. */
  readonly next: number | null;
}
export interface AuditCheck {
  readonly rows: number;
  readonly seals: number;
  readonly faults: readonly { readonly seq: number; readonly fault: string }[];
  /** The row to go on from. */
  readonly next: number | null;
}

export interface Paging {
  readonly skip?: number;
  readonly limit?: number;
}
interface Opening {
  readonly passphrase?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

export const at = encodeURIComponent;
const opening = ({ passphrase, signal }: Opening) => ({
  signal,
  headers: passphrase === undefined ? {} : { 'holdfast-passphrase': at(passphrase) },
});

/** That others have approved this very request; nothing where they did not have to. */
const approvedBy = (approvalId: string | undefined): Readonly<Record<string, string>> =>
  approvalId === undefined ? {} : { 'holdfast-approval': approvalId };

/** The token goes into a header of this one request, and is kept nowhere. */
export const signIn = (token: string) =>
  ask<Session>('sessions', { method: 'POST', headers: { authorization: `Bearer ${token}` } });
export const signInByPassword = (name: string, password: string) =>
  ask<Session>('sign-in', { method: 'POST', body: { name, password } });
export const listIssuers = (signal?: AbortSignal) =>
  ask<{ readonly resources: readonly IssuerView[] }>('issuers', { signal });
/** @returns where the browser goes */
export const beginSignIn = (issuer: string, page: string, again = false) =>
  ask<{ readonly url: string }>('issuer-sign-in', { method: 'POST', body: { issuer, page, again } });
export const completeSignIn = (page: string, answer: string) =>
  ask<Session>('issuer-session', { method: 'POST', body: { page, answer } });
export const acceptInvitation = (invitation: string, password: string) =>
  ask<void>('invitations', { method: 'POST', body: { invitation, password } });
export const currentSession = (signal?: AbortSignal) => ask<Session>('sessions/current', { signal });
export const renewSession = () => ask<Session>('sessions/current', { method: 'POST' });
/** Proves again whose the session is. */
export const proveSession = (proof: SessionProof) =>
  ask<Session>('sessions/current/proof', { method: 'POST', body: proof });
export const signOut = () => ask<void>('sessions/current', { method: 'DELETE' });

/** The status, unless it is the one that is there already. */
export const getChangedStatus = (known: Known, signal: AbortSignal) =>
  askChanged<Status>('status', known, signal);
export const listComponents = (signal?: AbortSignal) =>
  ask<Page<ComponentView>>('components', { query: { limit: 1000 }, signal });

export const listBackups = (query: Paging & { readonly label?: string }, signal?: AbortSignal) =>
  ask<Page<BackupView>>('backups', { query: { ...query }, signal });
export const getBackup = (id: string, signal?: AbortSignal) =>
  ask<BackupView>(`backups/${at(id)}`, { signal });
export const createBackup = (body: Partial<CreateBackupRequest>, idempotencyKey: string) =>
  ask<BackupView>('backups', { method: 'POST', body, headers: { 'idempotency-key': idempotencyKey } });
export const holdBackup = (id: string, reason: string) =>
  ask<BackupView>(`backups/${at(id)}/hold`, { method: 'POST', body: { reason } });
export const releaseBackup = (id: string, approvalId: string | undefined) =>
  ask<BackupView>(`backups/${at(id)}/hold`, { method: 'DELETE', headers: approvedBy(approvalId) });
export const deleteBackupLater = (id: string, reason: string, approvalId: string | undefined) =>
  ask<BackupView>(`backups/${at(id)}/removal`, {
    method: 'POST',
    body: { reason },
    headers: approvedBy(approvalId),
  });
export const undeleteBackup = (id: string) =>
  ask<BackupView>(`backups/${at(id)}/removal`, { method: 'DELETE' });
export const planRetention = (body: Partial<RetentionPlanRequest>, signal?: AbortSignal) =>
  ask<RetentionPlan>('retention/plan', { method: 'POST', body, signal });
export const deleteBackup = (id: string, approvalId: string | undefined) =>
  ask<void>(`backups/${at(id)}`, { method: 'DELETE', headers: approvedBy(approvalId) });
export const backupLog = (id: string, signal?: AbortSignal) => askText(`backups/${at(id)}/log`, { signal });
export const downloadBackup = (id: string) =>
  ask<Download>(`backups/${at(id)}/download`, { method: 'POST', body: {} });
export const verifyBackup = (id: string, body: { passphrase?: string }) =>
  ask<VerificationRecord>(`backups/${at(id)}/verify`, { method: 'POST', body });
export const listContents = (
  id: string,
  query: Paging & { readonly component?: string | undefined },
  options: Opening = {},
) => ask<Page<Entry>>(`backups/${at(id)}/contents`, { query: { ...query }, ...opening(options) });

export const createRestore = (
  id: string,
  body: Partial<CreateRestoreRequest>,
  idempotencyKey: string,
  approvalId?: string,
) =>
  ask<RestoreRecord>(`backups/${at(id)}/restores`, {
    method: 'POST',
    body,
    headers: { 'idempotency-key': idempotencyKey, ...approvedBy(approvalId) },
  });
export const getRestore = (id: string, signal?: AbortSignal) =>
  ask<RestoreRecord>(`restores/${at(id)}`, { signal });
export const listRestores = (query: Paging, signal?: AbortSignal) =>
  ask<Page<RestoreRecord>>('restores', { query: { ...query }, signal });
export const readPlan = (
  id: string,
  query: Paging & { readonly component?: string | undefined },
  signal?: AbortSignal,
) => ask<PlanPage>(`restores/${at(id)}/plan`, { query: { ...query }, signal });
export const getVerification = (id: string, signal?: AbortSignal) =>
  ask<VerificationRecord>(`verifications/${at(id)}`, { signal });
export const cancelOperation = (id: string) =>
  ask<Operation>(`operations/${at(id)}/cancel`, { method: 'POST' });

export const listKeys = (signal?: AbortSignal) =>
  ask<Page<BackupKeyView>>('keys', { query: { limit: 1000 }, signal });
export const createKey = (body: { default?: boolean; postQuantum?: boolean }) =>
  ask<BackupKeyView>('keys', { method: 'POST', body });
export const makeDefaultKey = (id: string) =>
  ask<BackupKeyView>(`keys/${at(id)}/default`, { method: 'POST' });
export const downloadKey = (id: string, password: string, approvalId: string | undefined) =>
  ask<{ fileName: string; file: string }>(`keys/${at(id)}/download`, {
    method: 'POST',
    body: { password },
    headers: approvedBy(approvalId),
  });

export const listSchedules = (signal?: AbortSignal) =>
  ask<Page<ScheduleView>>('schedules', { query: { limit: 1000 }, signal });
export const getSchedule = (id: string, signal?: AbortSignal) =>
  ask<ScheduleView>(`schedules/${at(id)}`, { signal });
export const previewSchedule = (body: Partial<PreviewScheduleRequest>, signal?: AbortSignal) =>
  ask<SchedulePreview>('schedules/preview', { method: 'POST', body, signal });
export const createSchedule = (body: Partial<CreateScheduleRequest>, approvalId: string | undefined) =>
  ask<ScheduleView>('schedules', { method: 'POST', body, headers: approvedBy(approvalId) });
export const replaceSchedule = (
  id: string,
  body: Partial<ReplaceScheduleRequest>,
  approvalId: string | undefined,
) => ask<ScheduleView>(`schedules/${at(id)}`, { method: 'PUT', body, headers: approvedBy(approvalId) });
export const pauseSchedule = (id: string) =>
  ask<ScheduleView>(`schedules/${at(id)}/pause`, { method: 'POST' });
export const resumeSchedule = (id: string) =>
  ask<ScheduleView>(`schedules/${at(id)}/resume`, { method: 'POST' });
export const runSchedule = (id: string, idempotencyKey: string) =>
  ask<BackupView>(`schedules/${at(id)}/run`, {
    method: 'POST',
    headers: { 'idempotency-key': idempotencyKey },
  });
export const deleteSchedule = (id: string, approvalId: string | undefined) =>
  ask<void>(`schedules/${at(id)}`, { method: 'DELETE', headers: approvedBy(approvalId) });

export const listTokens = (query: Paging, signal?: AbortSignal) =>
  ask<Page<TokenView>>('tokens', { query: { ...query }, signal });
export const createToken = (body: CreateTokenRequest) =>
  ask<TokenView & { readonly token: string }>('tokens', { method: 'POST', body });
export const revokeToken = (id: string) => ask<void>(`tokens/${at(id)}`, { method: 'DELETE' });

export const listDomains = (signal?: AbortSignal) =>
  ask<Page<DomainView>>('domains', { query: { limit: 1000 }, signal });
export const createDomain = (name: string) => ask<DomainView>('domains', { method: 'POST', body: { name } });
export const deleteDomain = (name: string, deleteKeys: boolean) =>
  ask<void>(`domains/${at(name)}`, { method: 'DELETE', body: { deleteKeys } });

export const listChannels = (signal?: AbortSignal) => ask<Page<ChannelView>>('channels', { signal });
export const testChannel = (id: string) => ask<ChannelTest>(`channels/${at(id)}/test`, { method: 'POST' });
export const listNotices = (query: Paging & { readonly type?: string | undefined }, signal?: AbortSignal) =>
  ask<Page<NoticeRecord>>('notices', { query: { ...query }, signal });
export const getNotice = (id: string, signal?: AbortSignal) =>
  ask<NoticeView>(`notices/${at(id)}`, { signal });
export const resendNotice = (id: string, body: ResendNotice) =>
  ask<NoticeView>(`notices/${at(id)}/resend`, { method: 'POST', body });
export const listDeliveries = (query: Paging & { readonly state: DeliveryState }, signal?: AbortSignal) =>
  ask<Page<DeliveryView>>('deliveries', { query: { ...query }, signal });

export const listAudit = (query: AuditFilters & Paging & { readonly before?: number | undefined }) =>
  ask<AuditPage>('audit', { query: { ...query } });
export const exportAudit = (from: string | undefined, signal?: AbortSignal) =>
  askText('audit/export', { query: { from }, signal });
export const verifyAudit = (from: number | undefined, signal?: AbortSignal) =>
  ask<AuditCheck>('audit/verify', { query: { from }, signal });

export const listApprovals = (query: Paging, signal?: AbortSignal) =>
  ask<Page<ApprovalView>>('approvals', { query: { ...query }, signal });
export const getApproval = (id: string, signal?: AbortSignal) =>
  ask<ApprovalView>(`approvals/${at(id)}`, { signal });
export const approvePlan = (id: string, body: ApproveRequest) =>
  ask<ApprovalView>(`approvals/${at(id)}/approve`, { method: 'POST', body });
export const rejectPlan = (id: string, body: { readonly reason?: string }) =>
  ask<ApprovalView>(`approvals/${at(id)}/reject`, { method: 'POST', body });
export const withdrawPlan = (id: string) =>
  ask<ApprovalView>(`approvals/${at(id)}/withdraw`, { method: 'POST' });
