/** The last backups of each component and schedule, so that monitoring reads a few small records instead of all backups. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { count, instant } from './fields.ts';

export const backupResults = ['success', 'partial', 'failed', 'cancelled'] as const;
export type BackupResult = (typeof backupResults)[number];

/** What is told of one backup, as it went for a component or for a schedule. */
export const lastBackupSchema = z.object({
  backupId: idSchema,
  createdAt: instant,
  endedAt: instant,
  result: z.enum(backupResults),
  sourceBytes: count,
  verifiedAt: instant.nullable(),
});
export type LastBackup = z.infer<typeof lastBackupSchema>;

/** Null: there never was one, or it was deleted. */
export const outlookSchema = z.object({
  /** The last that ended, whatever its result. */
  attempt: lastBackupSchema.nullable(),
  /** The last that holds all of it. */
  success: lastBackupSchema.nullable(),
  /** The last of those whose archive is there, and was found good. */
  verified: lastBackupSchema.nullable(),
});
export type Outlook = z.infer<typeof outlookSchema>;

/** The record of all components, which every commit of an outcome writes: its version says whether one came between. */
export const ALL_COMPONENTS = 'components';
export const lastBackupsOfSchedule = (scheduleId: string): string => `schedule/${scheduleId}`;

/** That of all components, or that of one schedule. */
export const lastBackupsSchema = z.object({
  /** `components`, or `schedule/<id>`. */
  id: z.string(),
  /** Made with the record of all components; what has another one than that is of before, and says nothing. */
  generation: z.string(),
  /** False: a backup that it told of is no longer what it was, and all backups have to be read to know what is. */
  isWhole: z.boolean(),
  /** When the newest backup began that was noted, of all components: a newer one was ended by what knows no summary. */
  newest: instant.nullable().optional(),
  /** By the component's, or the schedule's own id. */
  outlooks: z.record(z.string(), outlookSchema),
});
export type LastBackups = z.infer<typeof lastBackupsSchema>;
