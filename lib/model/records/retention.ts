/** What retention remembers of itself. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { instant } from './fields.ts';

/** One record: when all backups were last compared with the policies, and when that is due again. */
export const retentionStateSchema = z.object({
  id: z.literal('state'),
  appliedAt: instant,
  /** The last operation that had begun by then; null: none. */
  lastOperationId: idSchema.nullable(),
  /** SHA-256 of the policies used, hex. */
  policies: z.string(),
  /** When the first of the backups that wait for deletion is deleted; null: none waits. */
  nextDeletionAt: instant.nullable(),
  /** Since when the clock has not jumped: nothing is deleted until a day after that. */
  steadySince: instant,
});
export type RetentionState = z.infer<typeof retentionStateSchema>;
