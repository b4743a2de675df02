/** What is remembered of the events that came for triggers. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { instant } from './fields.ts';

export const triggerEventSchema = z.object({
  /** By trigger and event: one that comes again is known. */
  id: z.string(),
  triggerId: z.string(),
  receivedAt: instant,
  /** `waiting` until a backup begins for it, or is recorded as refused. */
  state: z.enum(['waiting', 'begun', 'refused']),
  /** The backup that began, or the record of one that was refused. */
  backupId: idSchema.nullable(),
});
export type TriggerEvent = z.infer<typeof triggerEventSchema>;

/** @param eventId As the sender calls the event: any text. */
export const triggerEventId = (triggerId: string, eventId: string): string =>
  createHash('sha256')
    .update(JSON.stringify([triggerId, eventId]))
    .digest('hex');

/** What the order of all waiting events of one trigger begins with, and of no others. */
export const triggerOrder = (triggerId: string): string => `${triggerId}/`;
