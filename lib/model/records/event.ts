/** What people are told of: what an event says, and the outbox rows that carry it. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { eventTypes } from './event-types.ts';
import { instant } from './fields.ts';
import { stateSchema } from './operation.ts';

export {
  type EventLevel,
  type EventType,
  eventTable,
  eventTypes,
  type OtherEventType,
  otherEventTypes,
} from './event-types.ts';

/** What an event says, wherever it is kept or sent. */
export const eventContent = {
  id: idSchema,
  type: z.enum(eventTypes),
  installation: z.string(),
  at: instant,
  /** What happened, in one line. Absent in records of earlier versions, which tell of operations alone. */
  title: z.string().optional(),
  /** The operation and the backup that it is about, where it is about such. */
  operationId: idSchema.optional(),
  backupId: idSchema.optional(),
  /** How the operation ended; of a dry run nobody is told. Absent where no operation ended. */
  state: stateSchema.exclude(['REFUSED']).optional(),
  /** The schedule that it is about. */
  scheduleId: z.string().optional(),
  /** The tenant that it is about; absent: the whole installation. */
  domain: z.string().optional(),
  /** Who did it, or asked for it. */
  by: z.string().optional(),
  shortError: z.string(),
  /** A few lines for a person. */
  summary: z.string(),
  /** What whoever reads of it does next, a line each; absent in records of earlier versions. */
  nextSteps: z.array(z.string()).optional(),
  /** E-mail addresses of people who are told of this one, whatever the rules say: who asked for it, say. */
  alsoTo: z.array(z.string()).optional(),
};

/** Something to tell people: an outbox row, until it is handed to its channels. */
export const eventSchema = z.object({
  ...eventContent,
  /** Channels that have taken it already; in records of earlier versions alone. */
  delivered: z.array(z.string()).optional(),
});
export type EventRecord = z.infer<typeof eventSchema>;
