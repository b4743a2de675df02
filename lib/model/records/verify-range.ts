/** How far each task of a verification has read its range of an archive's members. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { count } from './fields.ts';

/** One range of one pass over an archive; deleted when the operation has ended. */
export const verifyRangeSchema = z.object({
  operationId: idSchema,
  /** An operation may read two archives: the existing one, and the one that it made. */
  pass: z.string(),
  range: count,
  /** How many ranges the pass has. */
  ranges: count,
  /** SHA-256 of the manifest with these members. */
  manifestSha256: z.string(),
  /** The first member of the range, counted from 0 among those that the pass reads. */
  from: count,
  /** The member after the last one of the range. */
  to: count,
  /** How many members the pass reads. */
  members: count,
  /** All members before this one are good. */
  next: count,
  /** Bytes read and found good. */
  bytes: count,
  /** SHA-256 of the whole file, in hex; empty when several ranges make up the pass, or when it was not asked for. */
  sha256: z.string(),
  /** Why the range is not good; null while no fault is found. */
  failure: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type VerifyRange = z.infer<typeof verifyRangeSchema>;
