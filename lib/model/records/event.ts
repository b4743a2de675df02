/** What an event says, and the outbox rows that carry it. */
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

/** What an event says, wherever it is stored or sent. */
export const eventContent = {
  id: idSchema,
  type: z.enum(eventTypes),
  installation: z.string(),
  at: instant,
  /** What happened, in one line. Absent in records of earlier versions, which tell of operations only. */
  title: z.string().optional(),
  /** The operation and the backup that it is about, if any. */
  operationId: idSchema.optional(),
  backupId: idSchema.optional(),
  /** How the operation ended; nobody is notified of a dry run. Absent when no operation ended. */
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
  /** What the reader should do next, a line each; absent in records of earlier versions. */
  nextSteps: z.array(z.string()).optional(),
  /**
   * E-mail addresses of people who are notified of this event whatever the rules say, such as the one who asked for it.
   */
  alsoTo: z.array(z.string()).optional(),
};

/** An outbox row: an event, until it is handed to its channels. */
export const eventSchema = z.object({
  ...eventContent,
  /** Channels that already have it; only in records of earlier versions. */
  delivered: z.array(z.string()).optional(),
});
export type EventRecord = z.infer<typeof eventSchema>;
