/** `triggers` of the configuration: what starts a backup besides people and schedules. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { secretSchema } from '../components/common-settings.ts';
import { labelSchema } from '../ids.ts';
import { waitMinutesSchema } from '../schedules/wait-minutes.ts';

/** The `source` of Holdfast's own events on the bus. */
export const EVENT_SOURCE = 'holdfast';
/** Longest pattern that EventBridge accepts. */
const LONGEST_PATTERN = 2048;
const SOURCE_RULE = `a pattern must name its sources, as texts or as {"prefix": "..."}, and none of them may match "${EVENT_SOURCE}": the event of each backup would start the next one`;

const common = {
  id: componentIdSchema,
  label: labelSchema.optional(),
  /** @default all components */
  components: z.array(componentIdSchema).min(1).optional(),
  waitMinutes: waitMinutesSchema,
} as const;

const sourceMatchSchema = z.union([z.string(), z.strictObject({ prefix: z.string().min(1) })], SOURCE_RULE);
type SourceMatch = z.infer<typeof sourceMatchSchema>;

const matchesUs = (match: SourceMatch): boolean =>
  typeof match === 'string' ? match === EVENT_SOURCE : EVENT_SOURCE.startsWith(match.prefix);

/** A pattern in EventBridge's own JSON, as in `{"source": ["aws.s3"], "detail-type": ["Object Created"]}`. */
export const eventPatternSchema = z
  .looseObject({ source: z.array(sourceMatchSchema).min(1, SOURCE_RULE) })
  .refine(({ source }) => !source.some(matchesUs), { path: ['source'], message: SOURCE_RULE })
  .refine((pattern) => JSON.stringify(pattern).length <= LONGEST_PATTERN, {
    message: `EventBridge allows patterns of at most ${LONGEST_PATTERN} characters`,
  });
export type EventPattern = z.input<typeof eventPatternSchema>;

/** How many triggers one installation may have. */
export const MAX_TRIGGERS = 100;

export const triggerSchema = z.discriminatedUnion('kind', [
  /** A request signed by Standard Webhooks, to `POST /v1/triggers/ID`. Any of the secrets may have signed it. */
  z.strictObject({ ...common, kind: z.literal('webhook'), secrets: z.array(secretSchema).min(1).max(4) }),
  /** An event on the account's default bus in EventBridge. */
  z.strictObject({ ...common, kind: z.literal('event'), pattern: eventPatternSchema }),
  /** A message on an SNS topic. */
  z.strictObject({
    ...common,
    kind: z.literal('topic'),
    topicArn: z
      .string()
      .regex(
        /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/,
        'not the ARN of an SNS topic that a function can subscribe to: it cannot be a FIFO topic',
      ),
  }),
]);
export type TriggerSettings = z.infer<typeof triggerSchema>;

/** Triggers that an embedded installation ignores. */
export const triggerWarnings = (triggers: readonly TriggerSettings[]): string[] =>
  triggers
    .filter(({ kind }) => kind !== 'webhook')
    .map(
      ({ id, kind }) =>
        `trigger "${id}" is of kind ${kind}, which only an installation on AWS receives; here it starts nothing`,
    );
