/**
 * What `contentsEntrySchema` says of a line of contents, checked by hand: a restore reads millions of lines, on threads
 * that would load a schema library for nothing else. `test/archive/contents/contents-entry.test.ts` compares the two.
 */
import type { ContentsEntry } from '../format.ts';
import { MAX_NAME_BASE64, MAX_NAME_CHARACTERS } from './contents-bounds.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isName: Check = (value) => typeof value === 'string' && value.length <= MAX_NAME_CHARACTERS;
const isNameBase64: Check = (value) => typeof value === 'string' && value.length <= MAX_NAME_BASE64;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
const isSegment: Check = (value) => isCount(value) && value > 0;
const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const isSha256 = matches(/^[0-9a-f]{64}$/);

const TYPES: ReadonlySet<unknown> = new Set<ContentsEntry['type']>([
  'file',
  'directory',
  'symlink',
  'hardlink',
  'stream',
  'object',
  'item',
]);

interface Shape {
  readonly checks: ReadonlyMap<string, Check>;
  readonly required: ReadonlySet<string>;
}

/** For values made by `JSON.parse`: all their properties are their own and enumerable. */
const hasShape = (value: unknown, { checks, required }: Shape): boolean => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  let found = 0;
  // Builds no list of keys: this runs for every line.
  for (const key in value) {
    if (checks.get(key)?.(Reflect.get(value, key)) !== true) return false;
    if (required.has(key)) found += 1;
  }
  return found === required.size;
};

type Piece = NonNullable<ContentsEntry['pieces']>[number];

const PIECE: Shape = {
  checks: new Map(
    Object.entries({
      segment: isSegment,
      offset: isCount,
      bytes: isCount,
      sha256: isSha256,
    } satisfies Record<keyof Piece, Check>),
  ),
  required: new Set(['segment', 'offset', 'bytes', 'sha256']),
};

const ENTRY: Shape = {
  checks: new Map(
    Object.entries({
      component: matches(/^[a-z0-9][a-z0-9_-]{0,62}$/),
      path: isName,
      pathBase64: isNameBase64,
      type: (value) => TYPES.has(value),
      size: isCount,
      mode: (value) => isCount(value) && value <= 0o7777,
      mtime: isText,
      uid: isCount,
      gid: isCount,
      link: isName,
      linkBase64: isNameBase64,
      segment: isSegment,
      offset: isCount,
      sha256: isSha256,
      pieces: (value) =>
        Array.isArray(value) && value.length >= 2 && value.every((piece) => hasShape(piece, PIECE)),
      changed: (value) => value === true,
    } satisfies Record<keyof ContentsEntry, Check>),
  ),
  required: new Set(['path', 'type', 'size', 'segment', 'offset']),
};

export const isContentsEntry = (value: unknown): value is ContentsEntry => hasShape(value, ENTRY);
