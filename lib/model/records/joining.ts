/** How far a file of the store is that several calls of a function join. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { pieceSchema } from './capture.ts';
import { count } from './fields.ts';

/** What stands behind the members that were captured, made once: another call would make another end. */
export const archiveEndSchema = z.object({
  /** The log, where there is one, the key, the manifest and its signature. */
  piece: pieceSchema,
  members: count,
  archiveBytes: count,
  manifestSha256: z.string(),
  /** The components of which nothing comes into the archive. */
  leftOut: z.array(z.string()),
});
export type ArchiveEnd = z.infer<typeof archiveEndSchema>;

/** One joining of an operation; gone once that has ended. */
export const joiningSchema = z.object({
  operationId: idSchema,
  /** Unique among those of the operation. */
  name: z.string(),
  /** Of what is joined, as a list: where the cursor is of another list, it counts for nothing. */
  partsSha256: z.string(),
  /** Where to go on, in the store's own words; null at the beginning. */
  cursor: z.unknown(),
  /** Of a backup that is sealed. */
  end: archiveEndSchema.optional(),
});
export type JoiningRecord = z.infer<typeof joiningSchema>;
