import * as z from 'zod';

/** Names and texts as somebody else chose them. A schema of a record would leave out the name `__proto__`. */
export const textMapSchema = z.custom<Record<string, string>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === 'string'),
  'names and texts',
);
