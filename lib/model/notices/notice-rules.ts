/** Which events go to which channels, as `notifications.rules` of the configuration says. */
import * as z from 'zod';
import { type EventLevel, type EventType, eventTable, eventTypes } from '../records/event.ts';

const LEVELS: readonly string[] = ['info', 'warning', 'error'] satisfies EventLevel[];

/** `*` matches any text. */
const matches = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/[\\^$.+?()[\]{}|]/g, '\\$&').replaceAll('*', '.*')}$`, 's').test(text);

const isOf = (type: EventType, pattern: string): boolean =>
  LEVELS.includes(pattern) ? eventTable[type].level === pattern : matches(pattern, type);

const EVENTS_RULE =
  'write a type of event such as backup.failed, one with * such as backup.* or *.failed, or a level: error, warning, info';

export const ruleSchema = z.strictObject({
  /** Types of events, where `*` matches any text; or a level: `error`, `warning`, `info`. */
  events: z
    .array(
      z
        .string()
        .max(64)
        .refine((pattern) => eventTypes.some((type) => isOf(type, pattern)), {
          error: ({ input }) => `${JSON.stringify(input)} is not an event: ${EVENTS_RULE}`,
        }),
    )
    .min(1),
  /**
   * Channels, where `*` matches any text: `email` means every recipient of the configuration. Empty: these events go
   * nowhere.
   */
  channels: z.array(z.string().min(1).max(320)),
});
export type NoticeRule = z.infer<typeof ruleSchema>;

/**
 * Whether a rule's channel name means this channel: a family without its members, such as `email`, means all of them.
 */
export const isChannel = (pattern: string, channel: string): boolean =>
  matches(pattern, channel) || channel.startsWith(`${pattern}:`);

/**
 * The rules where the configuration has none: errors and warnings go to every channel, and successes interrupt nobody.
 * The topic and the event bus still get them, because subscribers filter there.
 */
export const defaultRules: readonly NoticeRule[] = [
  { events: ['error', 'warning'], channels: ['*'] },
  { events: ['info'], channels: ['sns', 'eventbridge'] },
];

/**
 * Whether an event goes to a channel. The first rule that names the event decides; an event that no rule names goes
 * nowhere.
 */
export const wants = (
  rules: readonly NoticeRule[] | undefined = defaultRules,
  type: EventType,
  channel: string,
): boolean => {
  const rule = rules.find(({ events }) => events.some((pattern) => isOf(type, pattern)));
  return rule?.channels.some((pattern) => isChannel(pattern, channel)) ?? false;
};
