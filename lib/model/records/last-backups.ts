/** The last backups of each component and schedule, so that monitoring reads a few small records instead of all backups. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { count, instant } from './fields.ts';

export const backupResults = ['success', 'partial', 'failed', 'cancelled'] as const;
export type BackupResult = (typeof backupResults)[number];

/** A backup's result for a component or for a schedule. */
export const lastBackupSchema = z.object({
  backupId: idSchema,
  createdAt: instant,
  endedAt: instant,
  result: z.enum(backupResults),
  sourceBytes: count,
  verifiedAt: instant.nullable(),
});
export type LastBackup = z.infer<typeof lastBackupSchema>;

/** Null: there was none, or it was deleted. */
export const outlookSchema = z.object({
  /** The last one that ended, whatever its result. */
  attempt: lastBackupSchema.nullable(),
  /** The last one that is complete. */
  success: lastBackupSchema.nullable(),
  /** The last complete one whose archive exists, and was found good. */
  verified: lastBackupSchema.nullable(),
});
export type Outlook = z.infer<typeof outlookSchema>;

/**
 * The record of all components. Every commit of an outcome writes it, so its version shows whether another came
 * between.
 */
export const ALL_COMPONENTS = 'components';
export const lastBackupsOfSchedule = (scheduleId: string): string => `schedule/${scheduleId}`;

/** The record of all components, or of one schedule. */
export const lastBackupsSchema = z.object({
  /** `components`, or `schedule/<id>`. */
  id: z.string(),
  /**
   * Copied from the record of all components. A record with another generation than that one is outdated, and means
   * nothing.
   */
  generation: z.string(),
  /** False: a backup named here has changed, and all backups must be read to find the right one. */
  isWhole: z.boolean(),
  /**
   * When the newest recorded backup of all components began: a newer backup was ended by a version without this record.
   */
  newest: instant.nullable().optional(),
  /** By the id of the component or the schedule. */
  outlooks: z.record(z.string(), outlookSchema),
});
export type LastBackups = z.infer<typeof lastBackupsSchema>;
