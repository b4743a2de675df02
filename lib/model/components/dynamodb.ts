import * as z from 'zod';
import { commonSettings } from './common-settings.ts';
import type { ComponentFacts } from './component-facts.ts';

export const dynamodbSettingsSchema = z.strictObject({
  ...commonSettings,
  kind: z.literal('dynamodb'),
  table: z.string().min(3).max(255),
  /**
   * For a table without point-in-time recovery, which is scanned: the share of its provisioned read capacity that the
   * scan may use, above 0 to 1. Ignored for a table on demand.
   *
   * @default all of it
   */
  readCapacityShare: z.number().gt(0).max(1).optional(),
});
export type DynamodbSettings = z.infer<typeof dynamodbSettingsSchema>;

export const dynamodbFacts: ComponentFacts<DynamodbSettings> = {
  host: 'aws',
  source: ({ table }) => ({ table }),
};
