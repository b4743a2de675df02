/**
 * Texts under names that users chose: metadata, tags. One of the names may be `__proto__`, which plain objects and
 * `z.record` lose.
 */
import * as z from 'zod';

/** Has no prototype, so that every name is only a name. `JSON.stringify` writes all of it. */
export type TextRecord = Readonly<Record<string, string>>;

export const textRecord = (pairs: Iterable<readonly [string, string]> = []): TextRecord => {
  const record: Record<string, string> = Object.create(null);
  for (const [name, text] of pairs) record[name] = text;
  return record;
};

/** What `JSON.parse` returns for such a record. */
export const textRecordSchema = z.unknown().transform((value, context): TextRecord => {
  const pairs: [string, string][] = [];
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    context.addIssue({ code: 'custom', message: 'is not an object whose values are all texts' });
  for (const [name, text] of Object.entries(Object(value)))
    if (typeof text === 'string') pairs.push([name, text]);
    else context.addIssue({ code: 'custom', message: `${JSON.stringify(name)} is not a text` });
  return textRecord(pairs);
});
