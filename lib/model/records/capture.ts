/** What the tasks of a backup write down for each other; deleted when the backup has ended. */
import * as z from 'zod';
import { memberSchema } from '../../archive/format.ts';
import { idSchema } from '../ids.ts';
import { count, instant, skippedFields, warningsField } from './fields.ts';
import { componentStateSchema, errorCodeField } from './operation.ts';

/** Where a member's bytes wait until the archive is sealed; the object store makes it. */
export const pieceSchema = z.object({
  name: z.string(),
  bytes: count,
  at: z.union([count, z.string()]),
  /** CRC-32 of its bytes, for stores that check by it what they join. */
  crc32: count.optional(),
});
export type Piece = z.infer<typeof pieceSchema>;

/** A checkpoint: a finished part of a capture. `cursor` tells the kind where to go on. */
export const captureGroupSchema = z.object({
  backupId: idSchema,
  component: z.string(),
  shard: count,
  group: count,
  members: z.array(memberSchema),
  pieces: z.array(pieceSchema),
  sourceBytes: count,
  entries: count,
  ...skippedFields,
  cursor: z.unknown(),
});
export type CaptureGroup = z.infer<typeof captureGroupSchema>;

/**
 * What one task of a backup captures, as the component's kind has split it: the plan writes it, and the task reads it.
 */
export const captureWorkSchema = z.object({
  backupId: idSchema,
  component: z.string(),
  shard: count,
  shards: count,
  /** Only the kind understands it: a range of keys, a segment of a table. */
  work: z.json(),
});
export type CaptureWork = z.infer<typeof captureWorkSchema>;

/** How far the planning of a component is; the plan of a backup is all of these together. */
export const capturePlanSchema = z.object({
  backupId: idSchema,
  component: z.string(),
  /** FAILED: the component cannot be read, and its summary says why. */
  state: z.enum(['COUNTING', 'PLANNED', 'FAILED']),
  /** Where to go on, in the words of the component's kind; null at the beginning, and once it is planned. */
  cursor: z.unknown(),
  /** The numbers of the tasks that capture it. */
  tasks: z.array(count),
  /** Null when nobody knows. */
  expectedBytes: count.nullable(),
});
export type CapturePlan = z.infer<typeof capturePlanSchema>;

/** The state or result of a component's capture; one for each component and shard. */
export const captureSummarySchema = z.object({
  backupId: idSchema,
  component: z.string(),
  shard: count,
  kind: z.string(),
  state: componentStateSchema,
  capturedAt: instant,
  sourceBytes: count,
  entries: count,
  /** Counts until the last checkpoint, while the capture runs. */
  ...skippedFields,
  ...warningsField,
  details: z.record(z.string(), z.json()),
  shortError: z.string(),
  ...errorCodeField,
});
export type CaptureSummary = z.infer<typeof captureSummarySchema>;
