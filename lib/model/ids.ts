import { randomUUID } from 'node:crypto';
import { z } from 'zod';

export const LABEL_RULE = 'a label is 3 to 25 of A-Z a-z 0-9 _ . - and does not start with ".."';
export const labelSchema = z
  .string()
  .regex(/^(?!\.\.)[A-Za-z0-9_.-]{3,25}$/, LABEL_RULE)
  .describe(LABEL_RULE);

export const DEFAULT_LABEL = 'backup';

/** `<label>-<uuid>`: so a name sorts and reads, and is unique. */
export const newId = (label: string): string => `${label}-${randomUUID()}`;

/** Any id of ours: a path parameter is refused as unknown unless it looks like one. */
export const idSchema = z
  .string()
  .regex(/^(?!\.\.)[A-Za-z0-9_.-]{3,25}-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** The label an id was made from. */
export const labelOf = (id: string): string => id.slice(0, -37);

const FILE_NAME_RULE =
  'a file name is 1 to 200 characters, without "/", "\\" or control characters, not "." or ".." and not starting with "."';
export const fileNameSchema = z
  .string()
  .min(1, FILE_NAME_RULE)
  .max(200, FILE_NAME_RULE)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
  .regex(/^(?!\.)[^/\\\u0000-\u001f\u007f]+$/u, FILE_NAME_RULE)
  .describe(FILE_NAME_RULE);

/** The ending of our archives' names. They are tar files: every tool that knows tar opens them. */
export const ARCHIVE_EXTENSION = '.tar';
