import * as z from 'zod';
import { count } from './fields.ts';
import { operationFields } from './operation.ts';

/** A verification of one archive, by `backup verify`. */
export const verificationSchema = z.object({
  ...operationFields,
  /** `n/t` of the segments, as in `1/5`; all of them is `1/1`. */
  subset: z.string(),
  /** Whether segments were also decrypted and decompressed, and compared with contents: each header, place and hash. */
  deep: z.boolean(),
  bytes: count,
});
export type VerificationRecord = z.infer<typeof verificationSchema>;
