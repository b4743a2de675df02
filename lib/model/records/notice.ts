/** What was sent: a notice for each event, and a delivery for each of its channels. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { eventContent, eventTypes } from './event.ts';
import { count, instant } from './fields.ts';

/** An event that was handed to its channels. */
export const noticeSchema = z.object({
  ...eventContent,
  /** The channels that it goes to; empty when no rule sends it anywhere. */
  channels: z.array(z.string()),
});
export type NoticeRecord = z.infer<typeof noticeSchema>;

export const deliveryStateSchema = z.enum(['waiting', 'delivered', 'dead']);
export type DeliveryState = z.infer<typeof deliveryStateSchema>;

/** The state of a notice at one channel. `dead`: it is not tried any more, until somebody sends it again. */
export const deliverySchema = z.object({
  noticeId: idSchema,
  channel: z.string(),
  /** Deliveries of one lane are made in turn, and do not wait for other lanes. */
  lane: z.string(),
  type: z.enum(eventTypes),
  state: deliveryStateSchema,
  attempts: count,
  /** The channel's last answer, or why there was none. */
  lastAnswer: z.string(),
  createdAt: instant,
  /** When it is due, while it waits; when another process may take it over, while it is under way. */
  nextAttemptAt: instant,
  /** When it was delivered or given up. */
  endedAt: instant.nullable(),
});
export type DeliveryRecord = z.infer<typeof deliverySchema>;

export const deliveryId = (noticeId: string, channel: string): string => `${noticeId}/${channel}`;

/** A channel that was turned off because the other side said that it is gone. */
export const channelStateSchema = z.object({
  channel: z.string(),
  disabledAt: instant,
  reason: z.string(),
});
export type ChannelState = z.infer<typeof channelStateSchema>;

/** The result of the last attempt at a channel, for any notice. */
export const channelAnswerSchema = z.object({
  channel: z.string(),
  at: instant,
  delivered: z.boolean(),
  /** The channel's answer, or why there was none. */
  answer: z.string(),
});
export type ChannelAnswer = z.infer<typeof channelAnswerSchema>;
