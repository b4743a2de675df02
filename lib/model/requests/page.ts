/** A part of a list. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';

const wholeNumber = (fallback: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'a whole number')
    .transform(Number)
    .pipe(z.number().max(max))
    .default(fallback)
    // A query holds text; the API's document shows a number.
    .meta({ type: 'integer', minimum: 0, maximum: max, pattern: undefined });

export const MAX_PAGE = 1000;

export const pageSchema = z.strictObject({
  skip: wholeNumber(0, 999_999_999),
  limit: wholeNumber(10, MAX_PAGE),
});

/** For a list that is usually short: all of it, unless less is asked for. */
export const longPageSchema = z.strictObject({
  skip: wholeNumber(0, 999_999_999),
  limit: wholeNumber(MAX_PAGE, MAX_PAGE),
});

export const componentPageSchema = pageSchema.extend({ component: componentIdSchema.optional() });

/** A page of a list. */
export interface Page<T> {
  skip: number;
  limit: number;
  total: number;
  resources: T[];
}
