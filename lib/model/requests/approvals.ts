/** Requests that approve what others want to do. */
import * as z from 'zod';
import { reasonSchema } from './fields.ts';

export const approveSchema = z.strictObject({
  /** The digest that was shown: a request with another digest is not approved. */
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a digest has 64 characters of 0-9 a-f, as the request for approval shows it'),
  comment: reasonSchema.optional(),
});
export type ApproveRequest = z.infer<typeof approveSchema>;

export const rejectSchema = z.strictObject({ reason: reasonSchema.optional() });
