/** Events that came for triggers. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { instant } from './fields.ts';

export const triggerEventSchema = z.object({
  /** An id made from trigger and event, by which a repeated event is recognised. */
  id: z.string(),
  triggerId: z.string(),
  receivedAt: instant,
  /** `waiting` until a backup begins for it, or is recorded as refused. */
  state: z.enum(['waiting', 'begun', 'refused']),
  /** The backup that began, or the record of the refused one. */
  backupId: idSchema.nullable(),
});
export type TriggerEvent = z.infer<typeof triggerEventSchema>;

/** @param eventId the sender's id of the event: any text */
export const triggerEventId = (triggerId: string, eventId: string): string =>
  createHash('sha256')
    .update(JSON.stringify([triggerId, eventId]))
    .digest('hex');

/** How the order of all waiting events of one trigger begins, and of no others. */
export const triggerOrder = (triggerId: string): string => `${triggerId}/`;
