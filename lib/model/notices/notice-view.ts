/** Notices, deliveries and channels as the API shows them. */
import * as z from 'zod';
import { eventTypes } from '../records/event.ts';
import { count, instant } from '../records/fields.ts';
import { deliverySchema, deliveryStateSchema, noticeSchema } from '../records/notice.ts';
import { pageSchema } from '../requests/page.ts';

export const deliveryViewSchema = deliverySchema.omit({ lane: true });
export type DeliveryView = z.infer<typeof deliveryViewSchema>;

/** A notice with its deliveries. */
export const noticeViewSchema = noticeSchema.extend({ deliveries: z.array(deliveryViewSchema) });
export type NoticeView = z.infer<typeof noticeViewSchema>;

export const channelViewSchema = z.object({
  /** The name in rules and commands. */
  id: z.string(),
  /** Where the channel leads, without secrets. */
  target: z.string(),
  /** Where its secrets are, as the configuration names them; their values are never shown. */
  secrets: z.array(z.string()),
  /** False: the other side said that it is gone. A test that is delivered turns the channel on again. */
  enabled: z.boolean(),
  disabledAt: instant.nullable(),
  reason: z.string(),
  /** Deliveries waiting for the channel. */
  waiting: count,
  /** Its answer to the last attempt, or why there was none; empty before the first attempt. */
  lastAnswer: z.string(),
  lastAnsweredAt: instant.nullable(),
  /** Whether that attempt was delivered. */
  lastDelivered: z.boolean().nullable(),
});
export type ChannelView = z.infer<typeof channelViewSchema>;

export const channelTestSchema = z.object({
  /** The notice's id, since a test is a notice, too. */
  noticeId: z.string(),
  channel: z.string(),
  delivered: z.boolean(),
  /** The channel's answer, or why there was none. */
  answer: z.string(),
});
export type ChannelTest = z.infer<typeof channelTestSchema>;

export const listNoticesSchema = pageSchema.extend({ type: z.enum(eventTypes).optional() });
export const listDeliveriesSchema = pageSchema.extend({ state: deliveryStateSchema.default('dead') });
export const channelIdSchema = z
  .string()
  .min(1)
  .max(330)
  .describe('A channel, as the list of channels names it: `log`, `email:ops@example.com`, `webhook:ops`.');
export const resendNoticeSchema = z.strictObject({
  /** Without it: every channel where the delivery is dead. */
  channel: channelIdSchema.optional(),
});
export type ResendNotice = z.infer<typeof resendNoticeSchema>;
