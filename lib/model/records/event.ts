/** Outcomes to tell: the outbox. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { count, instant } from './fields.ts';
import { stateSchema } from './operation.ts';

export const eventTypes = [
  'backup.succeeded',
  'backup.partial',
  'backup.failed',
  'backup.cancelled',
  'restore.succeeded',
  'restore.partial',
  'restore.failed',
  'restore.cancelled',
  'verify.succeeded',
  'verify.failed',
  'verify.cancelled',
  'import.succeeded',
  'import.failed',
  'import.cancelled',
  'reseal.succeeded',
  'reseal.failed',
  'reseal.cancelled',
] as const;

/** Something to tell people; an outbox row until every channel has taken it. */
export const eventSchema = z.object({
  id: idSchema,
  type: z.enum(eventTypes),
  installation: z.string(),
  at: instant,
  operationId: idSchema,
  backupId: idSchema,
  /** Of a dry run nobody is told. */
  state: stateSchema.exclude(['REFUSED']),
  shortError: z.string(),
  /** A few lines for a person. */
  summary: z.string(),
  /** Channels that have taken it. */
  delivered: z.array(z.string()),
  attempts: count,
  lastError: z.string(),
  /** Not before: the next attempt after a failed one. */
  nextAttemptAt: instant,
});
export type EventRecord = z.infer<typeof eventSchema>;
