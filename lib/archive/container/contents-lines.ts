/** The lines of a contents member: read as they are, and checked against what the manifest says of the member. */
import { isUtf8 } from 'node:buffer';
import { ArchiveError } from '../errors.ts';
import type { ContentsEntry, Member } from '../format.ts';
import { isContentsEntry } from './contents-entry.ts';
import { contentsFault } from './contents-rules.ts';

/** What the manifest says of a contents member, and which component it lists. */
export interface ContentsMember extends Pick<Member, 'name' | 'entries' | 'firstSegment' | 'lastSegment'> {
  readonly component: string;
}

/**
 * The entries that a member's plain bytes list, one by one: there may be thousands, and who reads them need not hold
 * them. Throws `archive_damaged` for lines that are not entries of its segments.
 */
export function* parseContents(
  plain: Buffer,
  { name, component, entries = 0, firstSegment = 0, lastSegment = 0 }: ContentsMember,
): Generator<ContentsEntry, void, undefined> {
  const wrong = (what: string): ArchiveError =>
    new ArchiveError('archive_damaged', `${name} ${what}; the archive was not made by a sound Holdfast`);
  if (plain.length > 0 && plain.at(-1) !== 0x0a) throw wrong('does not end in a whole line');
  if (!isUtf8(plain)) throw wrong('is not UTF-8');
  const lines = plain.toString('utf8').split('\n');
  lines.pop();
  if (lines.length !== entries)
    throw wrong(`holds ${lines.length} entries where the manifest counts ${entries}`);
  for (const [index, line] of lines.entries()) {
    const entry = parseEntry(line);
    if (entry === undefined) throw wrong(`holds a line ${index + 1} that is no entry`);
    const fault = contentsFault(entry);
    if (fault !== undefined) throw wrong(`holds a line ${index + 1} that ${fault}`);
    // It may begin in an earlier segment: a member lists the entries that end in its segments.
    const endsIn = entry.pieces?.at(-1)?.segment ?? entry.segment;
    if (endsIn < firstSegment || endsIn > lastSegment || entry.segment > endsIn) {
      throw wrong(`holds a line ${index + 1} that speaks of another member's segments`);
    }
    if (entry.component !== undefined && entry.component !== component) {
      throw wrong(`holds a line ${index + 1} of another component`);
    }
    yield entry;
  }
}

/** A line that is not what comes out when it is written again says something twice, or in a form that others may read otherwise. */
const parseEntry = (line: string): ContentsEntry | undefined => {
  try {
    const value: unknown = JSON.parse(line);
    return isContentsEntry(value) && JSON.stringify(value) === line ? value : undefined;
  } catch {
    return undefined;
  }
};
