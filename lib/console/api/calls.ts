/** The calls of the API that the page makes, each sent with the session of the page. */
import { LONGEST_PAGE, type Paging } from '../../client/call.ts';
import * as access from '../../client/calls/access.ts';
import * as approvals from '../../client/calls/approvals.ts';
import * as audit from '../../client/calls/audit.ts';
import * as backups from '../../client/calls/backups.ts';
import * as installation from '../../client/calls/installation.ts';
import * as keys from '../../client/calls/keys.ts';
import * as notices from '../../client/calls/notices.ts';
import * as restores from '../../client/calls/restores.ts';
import * as schedules from '../../client/calls/schedules.ts';
import * as sessions from '../../client/calls/sessions.ts';
import type { ResendNotice } from '../../model/notices/notice-view.ts';
import type { DeliveryState } from '../../model/records/notice.ts';
import type { CreateTokenRequest, SessionProof } from '../../model/requests/access.ts';
import type { ApproveRequest } from '../../model/requests/approvals.ts';
import type { CreateBackupRequest } from '../../model/requests/backups.ts';
import type { CreateRestoreRequest } from '../../model/requests/restores.ts';
import type { RetentionPlanRequest } from '../../model/requests/retention.ts';
import type {
  CreateScheduleRequest,
  PreviewScheduleRequest,
  ReplaceScheduleRequest,
} from '../../model/schedules/schedule.ts';
import { ask, askChanged, askText, type Known } from './client.ts';

export type {
  AuditCheck,
  AuditPage,
  ComponentView,
  Entry,
  Session,
  Status,
} from '../../client/answers.ts';
export type { Paging } from '../../client/call.ts';
export type { AuditFilters } from '../../client/calls/audit.ts';
export type { PlannedBackup, RetentionPlan } from '../../model/retention/plan-view.ts';

interface Opening {
  readonly passphrase?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The paging of a list that a screen shows whole. */
const whole: Paging = { limit: LONGEST_PAGE };

export const signIn = (token: string) => ask(sessions.begin(token));
export const signInByPassword = (name: string, password: string) => ask(sessions.signIn(name, password));
export const listIssuers = (signal?: AbortSignal) => ask(sessions.issuers(), signal);
/** @returns the address that the browser goes to */
export const beginSignIn = (issuer: string, page: string, again = false) =>
  ask(sessions.beginAtIssuer(issuer, page, again));
export const completeSignIn = (page: string, answer: string) => ask(sessions.completeAtIssuer(page, answer));
export const acceptInvitation = (invitation: string, password: string) =>
  ask(sessions.acceptInvitation(invitation, password));
export const currentSession = (signal?: AbortSignal) => ask(sessions.current(), signal);
export const renewSession = () => ask(sessions.renew());
/** Proves again whose session this is. */
export const proveSession = (proof: SessionProof) => ask(sessions.prove(proof));
export const signOut = () => ask(sessions.end());

/** Asks for the status; the answer has none if it is still the one that the page knows. */
export const getChangedStatus = (known: Known, signal: AbortSignal) =>
  askChanged(installation.status(), known, signal);
export const listComponents = (signal?: AbortSignal) => ask(installation.components(whole), signal);
export const cancelOperation = (id: string) => ask(installation.cancel(id));

export const listBackups = (query: Paging & { readonly label?: string }, signal?: AbortSignal) =>
  ask(backups.list(query), signal);
export const getBackup = (id: string, signal?: AbortSignal) => ask(backups.show(id), signal);
export const createBackup = (body: Partial<CreateBackupRequest>, idempotencyKey: string) =>
  ask(backups.create(body, idempotencyKey));
export const holdBackup = (id: string, reason: string) => ask(backups.hold(id, reason));
export const releaseBackup = (id: string, approval: string | undefined) =>
  ask(backups.release(id, { approval }));
export const deleteBackupLater = (id: string, reason: string, approval: string | undefined) =>
  ask(backups.deleteLater(id, reason, { approval }));
export const undeleteBackup = (id: string) => ask(backups.undelete(id));
export const deleteBackup = (id: string, approval: string | undefined) =>
  ask(backups.erase(id, { approval }));
export const backupLog = (id: string, signal?: AbortSignal) => askText(backups.log(id), signal);
export const downloadBackup = (id: string) => ask(backups.download(id));
export const verifyBackup = (id: string, body: { passphrase?: string }) => ask(backups.verify(id, body));
export const getVerification = (id: string, signal?: AbortSignal) => ask(backups.verification(id), signal);
export const listContents = (
  id: string,
  query: Paging & { readonly component?: string | undefined },
  { passphrase, signal }: Opening = {},
) => ask(backups.contents(id, query, passphrase), signal);

export const createRestore = (
  id: string,
  body: Partial<CreateRestoreRequest>,
  idempotencyKey: string,
  approval?: string,
) => ask(restores.create(id, body, { approval }, idempotencyKey));
export const getRestore = (id: string, signal?: AbortSignal) => ask(restores.show(id), signal);
export const listRestores = (query: Paging, signal?: AbortSignal) => ask(restores.list(query), signal);
export const readPlan = (
  id: string,
  query: Paging & { readonly component?: string | undefined },
  signal?: AbortSignal,
) => ask(restores.plan(id, query), signal);

export const listKeys = (signal?: AbortSignal) => ask(keys.list(whole), signal);
export const createKey = (body: { default?: boolean; postQuantum?: boolean }) => ask(keys.create(body));
export const makeDefaultKey = (id: string) => ask(keys.makeDefault(id));
export const downloadKey = (id: string, password: string, approval: string | undefined) =>
  ask(keys.download(id, password, { approval }));

export const listSchedules = (signal?: AbortSignal) => ask(schedules.list(whole), signal);
export const getSchedule = (id: string, signal?: AbortSignal) => ask(schedules.show(id), signal);
export const previewSchedule = (body: Partial<PreviewScheduleRequest>, signal?: AbortSignal) =>
  ask(schedules.preview(body), signal);
export const createSchedule = (body: Partial<CreateScheduleRequest>, approval: string | undefined) =>
  ask(schedules.create(body, { approval }));
export const replaceSchedule = (
  id: string,
  body: Partial<ReplaceScheduleRequest>,
  approval: string | undefined,
) => ask(schedules.replace(id, body, { approval }));
export const pauseSchedule = (id: string) => ask(schedules.pause(id));
export const resumeSchedule = (id: string) => ask(schedules.resume(id));
export const runSchedule = (id: string, idempotencyKey: string) => ask(schedules.run(id, idempotencyKey));
export const deleteSchedule = (id: string, approval: string | undefined) =>
  ask(schedules.erase(id, { approval }));
export const planRetention = (body: Partial<RetentionPlanRequest>, signal?: AbortSignal) =>
  ask(schedules.retentionPlanBy(body), signal);

export const listTokens = (query: Paging, signal?: AbortSignal) => ask(access.tokens(query), signal);
export const createToken = (body: CreateTokenRequest) => ask(access.createToken(body));
export const revokeToken = (id: string) => ask(access.revokeToken(id));

export const listDomains = (signal?: AbortSignal) => ask(access.domains(whole), signal);
export const createDomain = (name: string) => ask(access.createDomain(name));
export const deleteDomain = (name: string, deleteKeys: boolean) => ask(access.eraseDomain(name, deleteKeys));

export const listChannels = (signal?: AbortSignal) => ask(notices.channels(), signal);
export const testChannel = (id: string) => ask(notices.testChannel(id));
export const listNotices = (query: Paging & { readonly type?: string | undefined }, signal?: AbortSignal) =>
  ask(notices.list(query), signal);
export const getNotice = (id: string, signal?: AbortSignal) => ask(notices.show(id), signal);
export const resendNotice = (id: string, body: ResendNotice) => ask(notices.resend(id, body));
export const listDeliveries = (query: Paging & { readonly state: DeliveryState }, signal?: AbortSignal) =>
  ask(notices.deliveries(query), signal);

export const listAudit = (query: Parameters<typeof audit.list>[0]) => ask(audit.list(query));
export const exportAudit = (from: string | undefined, signal?: AbortSignal) =>
  askText(audit.exported(from), signal);
export const verifyAudit = (from: number | undefined, signal?: AbortSignal) => ask(audit.check(from), signal);

export const listApprovals = (query: Paging, signal?: AbortSignal) => ask(approvals.list(query), signal);
export const getApproval = (id: string, signal?: AbortSignal) => ask(approvals.show(id), signal);
export const approvePlan = (id: string, body: ApproveRequest) => ask(approvals.approve(id, body));
export const rejectPlan = (id: string, body: { readonly reason?: string }) => ask(approvals.reject(id, body));
export const withdrawPlan = (id: string) => ask(approvals.withdraw(id));
