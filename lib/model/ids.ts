import { createHash, randomUUID } from 'node:crypto';
import * as z from 'zod';

export const LABEL_RULE = 'a label has 3 to 25 characters of A-Z a-z 0-9 _ . - and does not start with ".."';
export const labelSchema = z
  .string()
  .regex(/^(?:[A-Za-z0-9_-][A-Za-z0-9_.-]|\.[A-Za-z0-9_-])[A-Za-z0-9_.-]{1,23}$/, LABEL_RULE)
  .describe(LABEL_RULE);

export const DEFAULT_LABEL = 'backup';

/** Makes `<label>-<uuid>`: a name that is readable, sorts by label, and is unique. */
export const newId = (label: string): string => `${label}-${randomUUID()}`;

/** Makes an id of that form from the SHA-256 of a text: always the same for the same text, without revealing it. */
export const idOfText = (label: string, text: string): string => {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${label}-${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
};

/** Any id of Holdfast. A path parameter in another form is refused as unknown. */
export const idSchema = z
  .string()
  .regex(
    /^(?:[A-Za-z0-9_-][A-Za-z0-9_.-]|\.[A-Za-z0-9_-])[A-Za-z0-9_.-]{1,23}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
    'not an id: an id is a label, "-" and a UUID, as the lists show it',
  );

/** The label an id was made from. */
export const labelOf = (id: string): string => id.slice(0, -37);

/** File systems allow 255 bytes in a name; the rest is for what is appended, such as `.log`. */
const MAX_FILE_NAME_BYTES = 200;
const MAX_STORED_NAME_BYTES = 255;

const FILE_NAME_RULE = `a file name is 1 to ${MAX_FILE_NAME_BYTES} bytes of UTF-8, without "/", "\\", control characters or characters that change the direction of text, and does not start with "."`;
/**
 * Cs: halves of a character, which UTF-8 cannot encode. Zl, Zp: line ends. The others change the direction of the text
 * after them.
 */
const FILE_NAME = /^(?!\.)[^/\\\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+$/u;

/** The same rule for the API's document: other languages lack Unicode classes in patterns. */
const PORTABLE_FILE_NAME =
  '^[^./\\\\\\x00-\\x1f\\x7f-\\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069][^/\\\\\\x00-\\x1f\\x7f-\\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]*$';

/** A name that a caller may choose for an archive or a log. */
export const fileNameSchema = z
  .string()
  .regex(FILE_NAME, FILE_NAME_RULE)
  .refine((name) => Buffer.byteLength(name) <= MAX_FILE_NAME_BYTES, FILE_NAME_RULE)
  .meta({ description: FILE_NAME_RULE, pattern: PORTABLE_FILE_NAME, maxLength: MAX_FILE_NAME_BYTES });

/**
 * A name that a store accepts and that leads out of no folder. It allows more than callers may choose now: names that
 * an earlier rule allowed must still be found, and deleted.
 */
export const isStorableName = (name: string): boolean =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  /^(?!\.)[^/\\\u0000-\u001f\u007f]+$/u.test(name) && Buffer.byteLength(name) <= MAX_STORED_NAME_BYTES;

/** The ending of our archives' names. They are tar files: every tool for tar opens them. */
export const ARCHIVE_EXTENSION = '.tar';
