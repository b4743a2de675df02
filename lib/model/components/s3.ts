import * as z from 'zod';
import { isAccessPoint, NO_ACCESS_POINT } from '../config/s3-place.ts';
import { isVisible } from '../text/visible-text.ts';
import { commonSettings } from './common-settings.ts';
import type { ComponentFacts } from './component-facts.ts';

export const s3SettingsSchema = z.strictObject({
  ...commonSettings,
  kind: z.literal('s3'),
  bucket: z
    .string()
    .min(3)
    .max(63)
    .refine((bucket) => !isAccessPoint(bucket), NO_ACCESS_POINT),
  prefix: z.string().max(1024).refine(isVisible, 'a prefix has no control characters').default(''),
});
export type S3Settings = z.infer<typeof s3SettingsSchema>;

export const s3Facts: ComponentFacts<S3Settings> = {
  host: 'aws',
  source: ({ bucket, prefix }) => ({ bucket: { bucket, prefix } }),
};
