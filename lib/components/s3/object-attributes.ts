/**
 * Attributes of objects in an archive: before each batch of objects a file `attributes/<n>/<path of its first>.jsonl`
 * with a line for each. `n` is 0, or more for a batch that another call began again.
 */
import * as z from 'zod';
import { textRecord, textRecordSchema } from '../../model/text/text-record.ts';
import type { ObjectAttributes } from '../../ports/sources/bucket-store.ts';

const text = z.string().optional();
const lineSchema = z.object({
  key: z.string(),
  contentType: text,
  contentEncoding: text,
  contentDisposition: text,
  contentLanguage: text,
  cacheControl: text,
  expires: text,
  websiteRedirect: text,
  storageClass: text,
  kmsKey: text,
  metadata: textRecordSchema.default(textRecord()),
  tags: textRecordSchema.default(textRecord()),
  /** The version of the object in the source; for people. */
  versionId: text,
});

/** No path of an object holds `%~`. */
const NAME = /^attributes\/(\d+)\/(objects\/.*?)(?:\/%~)?\.jsonl$/s;

/** Longest name in common file systems. */
const MAX_PART_BYTES = 255;

/**
 * When the ending makes a name too long for a file, the name becomes a folder: so every path of an object has an
 * attributes file.
 */
export const attributesPath = (firstObjectPath: string, attempt: number): string => {
  const last = firstObjectPath.slice(firstObjectPath.lastIndexOf('/') + 1);
  const bytes = Buffer.byteLength(last);
  const fits = bytes + '.jsonl'.length <= MAX_PART_BYTES || bytes > MAX_PART_BYTES;
  return `attributes/${attempt}/${firstObjectPath}${fits ? '' : '/%~'}.jsonl`;
};

/** The object and the attempt in such a path; undefined for another path. */
export const parseAttributesPath = (
  path: string,
): { firstObjectPath: string; attempt: number } | undefined => {
  const [, attempt, firstObjectPath] = NAME.exec(path) ?? [];
  return firstObjectPath === undefined ? undefined : { firstObjectPath, attempt: Number(attempt) };
};

export interface DescribedObject {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly attributes: ObjectAttributes;
}

export const attributesFile = (objects: readonly DescribedObject[]): Buffer =>
  Buffer.from(
    objects
      .map(({ key, versionId, attributes }) => `${JSON.stringify({ key, ...attributes, versionId })}\n`)
      .join(''),
  );

/**
 * Attributes by key. A line that cannot be read affects no other: the caller names each object whose key is missing
 * here.
 */
export const parseAttributesFile = (bytes: Uint8Array): Map<string, ObjectAttributes> =>
  new Map(Buffer.from(bytes).toString('utf8').split('\n').flatMap(parsedLine));

const parsedLine = (line: string): [string, ObjectAttributes][] => {
  const parsed = lineSchema.safeParse(jsonOf(line));
  if (!parsed.success) return [];
  const { key, versionId: _, ...attributes } = parsed.data;
  return [[key, attributes]];
};

const jsonOf = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    // Not JSON: no attributes either.
    return undefined;
  }
};
