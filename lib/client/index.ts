/** What the package offers as `holdfast/client`: every call of the API with its types, and a connection that sends them. */
export type * from './answers.ts';
export type { Approved, Call, Given, Paging } from './call.ts';
export * as access from './calls/access.ts';
export * as approvals from './calls/approvals.ts';
export * as audit from './calls/audit.ts';
export * as backups from './calls/backups.ts';
export * as installation from './calls/installation.ts';
export * as keys from './calls/keys.ts';
export * as notices from './calls/notices.ts';
export * as people from './calls/people.ts';
export * as restores from './calls/restores.ts';
export * as schedules from './calls/schedules.ts';
export * as sessions from './calls/sessions.ts';
export * as uploads from './calls/uploads.ts';
export { type Connection, type ConnectOptions, connect } from './connect.ts';
export { Problem } from './problem.ts';
