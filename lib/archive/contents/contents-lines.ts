/** Reads the lines of a contents member, and checks them against what the manifest says of the member. */
import { isUtf8 } from 'node:buffer';
import { ArchiveError } from '../errors.ts';
import type { ContentsEntry, Member } from '../format.ts';
import { jsonExcess } from '../json-cost.ts';
import { isContentsEntry } from './contents-entry.ts';
import { contentsFault } from './contents-rules.ts';
import { plainEntry } from './plain-line.ts';

/** What the manifest says of a contents member, and which component it lists. */
export interface ContentsMember extends Pick<Member, 'name' | 'entries' | 'firstSegment' | 'lastSegment'> {
  readonly component: string;
}

/**
 * Yields the entries that a member's plain bytes list, one by one: there may be thousands, and a caller need not hold
 * them all.
 *
 * @throws `archive_damaged` for lines that are not entries of its segments.
 */
export function* parseContents(
  plain: Buffer,
  { name, component, entries = 0, firstSegment = 0, lastSegment = 0 }: ContentsMember,
): Generator<ContentsEntry, void, undefined> {
  const wrong = (what: string): ArchiveError =>
    new ArchiveError('archive_damaged', `${name} ${what}; the Holdfast that made this archive is faulty`);
  if (plain.length > 0 && plain.at(-1) !== 0x0a) throw wrong('does not end with a complete line');
  if (!isUtf8(plain)) throw wrong('is not UTF-8');
  const lines = countLines(plain, entries + 1);
  if (lines !== entries)
    throw wrong(`has ${lines > entries ? 'more' : lines} entries, and the manifest counts ${entries}`);
  let index = -1;
  for (const line of linesOf(plain)) {
    index += 1;
    const plainly = plainEntry(line);
    const entry = plainly ?? parseEntry(line);
    if (entry === undefined) throw wrong(`has a line ${index + 1} that is not an entry`);
    const fault = plainly === undefined ? contentsFault(entry) : undefined;
    if (fault !== undefined) throw wrong(`has a line ${index + 1} that ${fault}`);
    // An entry may begin in an earlier segment: a member lists the entries that end in its segments.
    const endsIn = entry.pieces?.at(-1)?.segment ?? entry.segment;
    if (endsIn < firstSegment || endsIn > lastSegment || entry.segment > endsIn) {
      throw wrong(`has a line ${index + 1} that names segments of another member`);
    }
    if (entry.component !== undefined && entry.component !== component) {
      throw wrong(`has a line ${index + 1} of another component`);
    }
    yield entry;
  }
}

const LINE_FEED = 0x0a;

const countLines = (plain: Buffer, most: number): number => {
  let lines = 0;
  for (let at = plain.indexOf(LINE_FEED); at >= 0 && lines < most; at = plain.indexOf(LINE_FEED, at + 1))
    lines += 1;
  return lines;
};

/**
 * Bytes made into text at a time. All of a member's text at once would need as much memory again, or exceed the longest
 * string.
 */
const WINDOW_BYTES = 256 * 1024;

/** Longest line that is read: a file of two million pieces, 32 TB in segments of 16 MiB. */
const MAX_LINE_BYTES = 256 * 1024 * 1024;

/**
 * Yields lines without their line feeds. The last byte must be a line feed. A line too long to be read comes as an
 * empty one.
 */
function* linesOf(plain: Buffer): Generator<string, void, undefined> {
  for (let from = 0; from < plain.length; ) {
    const last = plain.lastIndexOf(LINE_FEED, from + WINDOW_BYTES);
    const end = last >= from ? last : plain.indexOf(LINE_FEED, from);
    if (end - from > MAX_LINE_BYTES) yield '';
    else yield* plain.toString('utf8', from, end).split('\n');
    from = end + 1;
  }
}

/** Lines up to this length are cheap to parse, whatever they hold. */
const LONG_LINE = 16 * 1024;
/** Levels of nesting: an entry, its list of pieces, a piece. */
const LINE_DEPTH = 3;
/** Fewest characters that a value of an entry or a piece takes in a line, its name included. */
const CHARACTERS_PER_VALUE = 10;

/** A large file's line may be long because of its pieces; any other long line is not parsed. */
const isCostly = (line: string): boolean => {
  if (line.length <= LONG_LINE) return false;
  const values = line.length / CHARACTERS_PER_VALUE;
  return jsonExcess(Buffer.from(line), { depth: LINE_DEPTH, values }) !== undefined;
};

/**
 * A line that is written differently when it is written again says something twice, or in a form that other readers may
 * take otherwise.
 */
const parseEntry = (line: string): ContentsEntry | undefined => {
  try {
    if (isCostly(line)) return undefined;
    const value: unknown = JSON.parse(line);
    return isContentsEntry(value) && JSON.stringify(value) === line ? value : undefined;
  } catch {
    return undefined;
  }
};
