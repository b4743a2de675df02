/** Requests about retention. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { labelSchema } from '../ids.ts';
import { retentionSchema } from '../retention/policy.ts';
import { MAX_PAGE, pageSchema } from './page.ts';

export const retentionPlanQuerySchema = pageSchema.extend({
  schedule: componentIdSchema.optional(),
  label: labelSchema.optional(),
});

/** A plan by rules that are not saved; without `policy`, by the saved ones. */
export const retentionPlanSchema = z.strictObject({
  schedule: componentIdSchema.optional(),
  label: labelSchema.optional(),
  policy: retentionSchema.optional(),
  skip: z.number().int().min(0).max(999_999_999).default(0),
  limit: z.number().int().min(0).max(MAX_PAGE).default(10),
});
export type RetentionPlanRequest = z.infer<typeof retentionPlanSchema>;
