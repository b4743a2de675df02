/**
 * What a finished backup says about its components and its schedule. Pure; lib/operations/task/last-backups.ts stores
 * it.
 */
import { ownValue } from '../../archive/own-value.ts';
import { isAheadOf } from '../clock-skew.ts';
import type { BackupRecord } from '../records/backup.ts';
import type { BackupResult, LastBackup, Outlook } from '../records/last-backups.ts';
import { isVerified } from '../retention/plan.ts';

/** A backup's result for one component or schedule. */
export interface Seen {
  readonly last: LastBackup;
  readonly isSuccess: boolean;
  readonly isVerified: boolean;
}

export const nothingSeen: Outlook = { attempt: null, success: null, verified: null };

/**
 * Whether a backup counts: an imported one says nothing about how this installation backs up, and a time in the future
 * is wrong.
 */
export const countsHere = ({ imported, state, createdAt }: BackupRecord, now: Date): boolean =>
  !imported && state !== 'IN_PROGRESS' && !isAheadOf(createdAt, now.getTime());

const resultOf = ({ state }: BackupRecord): BackupResult => {
  if (state === 'SUCCESS') return 'success';
  if (state === 'PARTIAL') return 'partial';
  return state === 'CANCELLED' ? 'cancelled' : 'failed';
};

/** When a backup failed as a whole, it failed for each of its components. */
const resultOfComponent = (backup: BackupRecord, id: string): BackupResult => {
  const whole = resultOf(backup);
  if (whole === 'failed' || whole === 'cancelled') return whole;
  const state = ownValue(backup.components, id)?.state;
  if (state === 'SUCCESS') return 'success';
  return state === 'PARTIAL' ? 'partial' : 'failed';
};

const seen = (backup: BackupRecord, result: BackupResult, sourceBytes: number): Seen => {
  const { id: backupId, createdAt, completedAt, verifiedAt } = backup;
  const isSuccess = result === 'success';
  return {
    last: { ...{ backupId, createdAt, endedAt: completedAt ?? createdAt, result, sourceBytes }, verifiedAt },
    isSuccess,
    isVerified: isSuccess && isVerified(backup),
  };
};

export const seenOfSchedule = (backup: BackupRecord): Seen =>
  seen(backup, resultOf(backup), backup.sourceBytes);
export const seenOfComponent = (backup: BackupRecord, id: string): Seen =>
  seen(backup, resultOfComponent(backup, id), ownValue(backup.components, id)?.sourceBytes ?? 0);

/**
 * The outlook with a backup as it is seen now, for the first time or again.
 *
 * @returns undefined when the outlook's entry was this backup, which no longer fits: then all other backups must be
 * read
 */
export const outlookAfter = (outlook: Outlook, now: Seen): Outlook | undefined => {
  const attempt = newer(outlook.attempt, now.last, true);
  const success = newer(outlook.success, now.last, now.isSuccess);
  const verified = newer(outlook.verified, now.last, now.isVerified);
  return attempt === undefined || success === undefined || verified === undefined
    ? undefined
    : { attempt, success, verified };
};

const newer = (known: LastBackup | null, now: LastBackup, fits: boolean): LastBackup | null | undefined => {
  if (!fits) return known?.backupId === now.backupId ? undefined : known;
  return known === null || known.backupId === now.backupId || isBefore(known, now) ? now : known;
};

/** The order of lists of backups. */
const isBefore = (a: LastBackup, b: LastBackup): boolean =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.backupId < b.backupId);

/** The outlook with an older backup added. */
export const outlookBefore = ({ attempt, success, verified }: Outlook, older: Seen): Outlook => ({
  attempt: attempt ?? older.last,
  success: success ?? (older.isSuccess ? older.last : null),
  verified: verified ?? (older.isVerified ? older.last : null),
});

/** Whether no older backup can change the outlook. */
export const isComplete = ({ attempt, success, verified }: Outlook): boolean =>
  attempt !== null && success !== null && verified !== null;

export const tellsOf = ({ attempt, success, verified }: Outlook, backupId: string): boolean =>
  [attempt, success, verified].some((one) => one?.backupId === backupId);
