/** What retention remembers of itself. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { instant } from './fields.ts';

/** One record: when all backups were last held against the policies, and when that is due again. */
export const retentionStateSchema = z.object({
  id: z.literal('state'),
  appliedAt: instant,
  /** The last operation that had begun by then; null: none. */
  lastOperationId: idSchema.nullable(),
  /** SHA-256 of the policies that were applied, hex. */
  policies: z.string(),
  /** When the first backup that waits for it is to be deleted; null: none waits. */
  nextDeletionAt: instant.nullable(),
  /** Since when the clock has made no leap: nothing is deleted before a day of it has passed. */
  steadySince: instant,
});
export type RetentionState = z.infer<typeof retentionStateSchema>;
