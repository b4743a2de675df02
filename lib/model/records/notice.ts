/** What was told: a notice for each event, and a delivery for each channel of it. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { eventContent, eventTypes } from './event.ts';
import { count, instant } from './fields.ts';

/** An event that was handed to its channels. */
export const noticeSchema = z.object({
  ...eventContent,
  /** The channels that it goes to; none where no rule sends it anywhere. */
  channels: z.array(z.string()),
});
export type NoticeRecord = z.infer<typeof noticeSchema>;

export const deliveryStateSchema = z.enum(['waiting', 'delivered', 'dead']);
export type DeliveryState = z.infer<typeof deliveryStateSchema>;

/** How one notice fares at one channel. `dead`: it is not tried any more, until somebody sends it again. */
export const deliverySchema = z.object({
  noticeId: idSchema,
  channel: z.string(),
  /** Deliveries of one lane are made in turn, and wait for no other lane. */
  lane: z.string(),
  type: z.enum(eventTypes),
  state: deliveryStateSchema,
  attempts: count,
  /** What the channel answered last, or why it could not be asked. */
  lastAnswer: z.string(),
  createdAt: instant,
  /** While it waits, not before; while it is under way, when another may take it up. */
  nextAttemptAt: instant,
  /** When it was delivered, or given up. */
  endedAt: instant.nullable(),
});
export type DeliveryRecord = z.infer<typeof deliverySchema>;

export const deliveryId = (noticeId: string, channel: string): string => `${noticeId}/${channel}`;

/** A channel that was switched off, because the other side said that it is gone. */
export const channelStateSchema = z.object({
  channel: z.string(),
  disabledAt: instant,
  reason: z.string(),
});
export type ChannelState = z.infer<typeof channelStateSchema>;

/** How the last attempt at a channel went, whatever notice it was for. */
export const channelAnswerSchema = z.object({
  channel: z.string(),
  at: instant,
  delivered: z.boolean(),
  /** What the channel answered, or why it could not be asked. */
  answer: z.string(),
});
export type ChannelAnswer = z.infer<typeof channelAnswerSchema>;
