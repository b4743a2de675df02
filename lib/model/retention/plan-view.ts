/** What the rules of retention would do, as the API shows it. */
import * as z from 'zod';
import { backupSchema } from '../records/backup.ts';
import { count, instant } from '../records/fields.ts';
import type { Page } from '../requests/page.ts';
import { retentionSchema } from './policy.ts';

export const plannedBackupSchema = backupSchema
  .pick({ state: true, label: true, archiveBytes: true, scheduleId: true })
  .extend({
    backupId: backupSchema.shape.id,
    /** When this installation began the backup, or imported it: the time that the rules use. */
    committedAt: instant,
    keep: z.boolean(),
    /** At least one, such as `kept: daily 3 of 7` or `removed: no rule keeps it`. */
    reasons: z.array(z.string()),
    /** When the backup is deleted, if it is marked already. */
    deleteAfter: instant.nullable(),
  });
export type PlannedBackup = z.infer<typeof plannedBackupSchema>;

/** What a plan says beside its backups. */
export const retentionSumsSchema = z.object({
  policy: retentionSchema,
  timeZone: z.string(),
  kept: count,
  removed: count,
  removedBytes: count,
});
export type RetentionPlan = Page<PlannedBackup> & z.infer<typeof retentionSumsSchema>;
