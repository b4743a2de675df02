/** Fields that many records have. */
import * as z from 'zod';
import { skippedSchema } from '../../archive/format.ts';

export const instant = z.iso.datetime({ offset: true });
export const count = z.number().int().nonnegative();
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex');
/**
 * What somebody may want to know and nobody has to act on, such as a pattern that matched nothing. Absent in older
 * records.
 */
export const warningsField = { warnings: z.array(z.string()).optional() };
/** What was left out, or changed while it was read: the count, and the first hundred by name. */
export const skippedFields = { skippedCount: count, skipped: z.array(skippedSchema) };
