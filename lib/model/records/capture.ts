/** What the tasks of a backup write down for each other; gone once it has ended. */
import * as z from 'zod';
import { memberSchema } from '../../archive/format.ts';
import { idSchema } from '../ids.ts';
import { count, instant, skippedFields, warningsField } from './fields.ts';
import { componentStateSchema, errorCodeField } from './operation.ts';

/** Where the bytes of a member wait until the archive is sealed; made by the object store. */
export const pieceSchema = z.object({
  name: z.string(),
  bytes: count,
  at: z.union([count, z.string()]),
  /** CRC-32 of its bytes, where the store proves by it what it joins. */
  crc32: count.optional(),
});
export type Piece = z.infer<typeof pieceSchema>;

/** A finished part of a capture: a checkpoint. `cursor` tells the kind where to go on. */
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

/** What one task of a backup captures, as the component's kind has cut it: written by the plan, read by the task. */
export const captureWorkSchema = z.object({
  backupId: idSchema,
  component: z.string(),
  shard: count,
  shards: count,
  /** The kind's own: a range of keys, a segment of a table. */
  work: z.json(),
});
export type CaptureWork = z.infer<typeof captureWorkSchema>;

/** How a component's capture stands or ended; one a component and shard. */
export const captureSummarySchema = z.object({
  backupId: idSchema,
  component: z.string(),
  shard: count,
  kind: z.string(),
  state: componentStateSchema,
  capturedAt: instant,
  sourceBytes: count,
  entries: count,
  /** Up to the last checkpoint, until it ends. */
  ...skippedFields,
  ...warningsField,
  details: z.record(z.string(), z.json()),
  shortError: z.string(),
  ...errorCodeField,
});
export type CaptureSummary = z.infer<typeof captureSummarySchema>;
