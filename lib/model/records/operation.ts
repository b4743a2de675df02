/** What records of all operations share, and what exists only while an operation runs. */
import * as z from 'zod';
import { errorTable } from '../errors.ts';
import { idSchema } from '../ids.ts';
import { count, instant } from './fields.ts';
import { operationKinds } from './operation-kinds.ts';
import { domainsField } from './scope.ts';

export {
  type OperationKind,
  operationKinds,
  operationTable,
  type RecordKindOf,
  recordKindOf,
} from './operation-kinds.ts';

/** What the lock's holder is doing, for a caller that is refused. */
export const operationSchema = z.object({
  id: idSchema,
  kind: z.enum(operationKinds),
  /** The backup that is made, restored, verified, imported or sealed anew. */
  backupId: idSchema,
  startedAt: instant,
});
export type Operation = z.infer<typeof operationSchema>;

/** Only a dry run is REFUSED: its plan holds what the restore itself would refuse. */
export const stateSchema = z.enum(['IN_PROGRESS', 'SUCCESS', 'PARTIAL', 'FAILED', 'CANCELLED', 'REFUSED']);
export type State = z.infer<typeof stateSchema>;
export const isFinal = (state: State): boolean => state !== 'IN_PROGRESS';

/** A code of the closed list of errors. */
export const errorCodeSchema = z.enum(Object.keys(errorTable));
/** Null when nothing failed; absent in records of earlier versions. */
export const errorCodeField = { errorCode: errorCodeSchema.nullable().optional() };

export const componentStateSchema = z.enum([
  'PENDING',
  'IN_PROGRESS',
  'SUCCESS',
  'PARTIAL',
  'FAILED',
  'SKIPPED',
]);

export const progressSchema = z.object({
  /** The state machine's step: acquire-lock, plan-backup, capture, seal-archive, verify-archive, complete-backup. */
  step: z.string(),
  sourceBytes: count,
  entries: count,
  /** Set when the kind can tell in advance. */
  expectedBytes: count.nullable(),
  /** Who asked to end it early. */
  cancelledBy: z.string().nullable(),
  updatedAt: instant,
});
export type Progress = z.infer<typeof progressSchema>;

/** The fields of every operation's record. */
export const operationFields = {
  id: idSchema,
  ...domainsField,
  backupId: idSchema,
  state: stateSchema,
  shortError: z.string(),
  ...errorCodeField,
  createdBy: z.string(),
  createdAt: instant,
  completedAt: instant.nullable(),
  progress: progressSchema,
};

/** An operation, as long as the catalog keeps anything of its run: the sweep finds by it what a crash has left. */
export type RunRecord = Operation;

/** Lines of a run's log, kept while it runs: the archive and the log file are made from them. */
export const logChunkSchema = z.object({
  operationId: idSchema,
  at: instant,
  /** Unique in the run: the task and its line's number. */
  part: z.string(),
  lines: z.array(z.string()),
});
export type LogChunk = z.infer<typeof logChunkSchema>;
