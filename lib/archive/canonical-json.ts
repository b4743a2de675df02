import type * as z from 'zod';
import { ArchiveError } from './errors.ts';
import { cutText } from './manifest-bounds.ts';

/**
 * Writes the one serialisation of a JSON member: keys in the order of its schema, no white space, one line feed at the
 * end.
 *
 * @throws `ZodError` when the value does not fit the schema.
 */
export const canonicalJson = <T>(schema: z.ZodType<T>, value: T): Buffer => serialise(schema.parse(value));

const serialise = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a JSON member. Refuses a text other than the one that its value would be written as: each value has one text.
 *
 * @throws `archive_format_unsupported` when it names another format, `archive_damaged` otherwise.
 */
export const parseCanonicalJson = <T>(schema: z.ZodType<T>, bytes: Uint8Array, name: string): T => {
  const damaged = (what: string, cause?: unknown): ArchiveError =>
    new ArchiveError('archive_damaged', `${name} ${what}; take another copy of the archive`, { cause });
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw damaged('is not JSON', cause);
  }
  refuseOtherFormat(value, name);
  try {
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const where = cutText(issue?.path.join('.') ?? '', 200);
      throw damaged(`does not follow the archive format: ${where}: ${cutText(issue?.message ?? '', 200)}`);
    }
    if (!serialise(parsed.data).equals(bytes)) throw damaged('is not written in its canonical form');
    return parsed.data;
  } catch (thrown) {
    // A text that is nested too deep for the stack, or is longer than a string can be.
    throw thrown instanceof RangeError ? damaged('cannot be read', thrown) : thrown;
  }
};

/** @throws `archive_format_unsupported` when the value names another format */
export const refuseOtherFormat = (value: unknown, name: string): void => {
  if (typeof value !== 'object' || value === null || !('format' in value)) return;
  if (typeof value.format !== 'number' || value.format === 1) return;
  throw new ArchiveError(
    'archive_format_unsupported',
    `${name} has archive format ${value.format}, and this version reads format 1; use a version of Holdfast that reads it`,
  );
};
