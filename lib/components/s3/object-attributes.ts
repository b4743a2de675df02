/**
 * Attributes of objects in an archive: before each batch of objects a file `attributes/<n>/<path of its first>.jsonl`
 * with a line for each. `n` is 0, or more for a batch that was begun anew in another call.
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
  /** Which version of the source it was; for people. */
  versionId: text,
});

/** `%~`: no path of an object holds it. */
const NAME = /^attributes\/(\d+)\/(objects\/.*?)(?:\/%~)?\.jsonl$/s;

/** What file systems take of a name. */
const MAX_PART_BYTES = 255;

/** A name that the ending would make too long for a file becomes a folder of its own: what an object's own path can be, this can. */
export const attributesPath = (firstObjectPath: string, attempt: number): string => {
  const last = firstObjectPath.slice(firstObjectPath.lastIndexOf('/') + 1);
  const bytes = Buffer.byteLength(last);
  const fits = bytes + '.jsonl'.length <= MAX_PART_BYTES || bytes > MAX_PART_BYTES;
  return `attributes/${attempt}/${firstObjectPath}${fits ? '' : '/%~'}.jsonl`;
};

/** The object and attempt of such a path; undefined for a path of something else. */
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

/** By key. A line that says none costs no other: whoever misses a key in what comes back names its object. */
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
    // No JSON: no attributes either.
    return undefined;
  }
};
