/** What an archive holds, entry by entry, read from the contents members alone. */
import { decryptBytes } from '../age/age-header.ts';
import { ArchiveError } from '../errors.ts';
import { type ContentsEntry, contentsEntrySchema, type Member } from '../format.ts';
import { freeBuffer } from '../segments/free-buffer.ts';
import { readSealedSegment } from '../segments/read-sealed-segment.ts';
import type { SegmentPool } from '../segments/segment-pool.ts';
import { decompressFrames } from '../segments/zstd-frames.ts';
import { placeOf } from './manifest-rules.ts';
import type { OpenedArchive } from './open.ts';

/** An entry with the component it belongs to. */
export type ListedEntry = ContentsEntry & { readonly component: string };

export interface ContentsPage {
  /** Of all entries asked for, not of the page. */
  readonly total: number;
  readonly entries: readonly ListedEntry[];
}

export interface ContentsQuery {
  /** @default all components, in the manifest's order */
  readonly component?: string;
  readonly skip: number;
  readonly limit: number;
}

/**
 * A page of the contents. Reads only the members that the page touches: the manifest counts the entries of each.
 * Throws `not_in_archive` for a component that is not there, and what reading and decrypting a member throws.
 */
export const readContentsPage = async (
  archive: OpenedArchive,
  identity: string,
  { component, skip, limit }: ContentsQuery,
): Promise<ContentsPage> => {
  const members = contentsMembers(archive, component);
  const entries: ListedEntry[] = [];
  let total = 0;
  for (const member of members) {
    const count = member.entries ?? 0;
    const from = Math.max(0, skip - total);
    total += count;
    if (from >= count || entries.length >= limit) continue;
    const all = await readContentsMember(archive, member, identity);
    entries.push(...all.slice(from, from + limit - entries.length));
  }
  return { total, entries };
};

/** All entries in their order, one member in memory at a time. Throws as `readContentsPage`. */
export async function* iterateContents(
  archive: OpenedArchive,
  identity: string,
  component?: string,
): AsyncGenerator<ListedEntry, void, undefined> {
  for (const member of contentsMembers(archive, component))
    yield* await readContentsMember(archive, member, identity);
}

const contentsMembers = (archive: OpenedArchive, component: string | undefined): readonly Member[] =>
  component === undefined
    ? Object.keys(archive.manifest.components).flatMap((id) => archive.contents(id))
    : archive.contents(component);

/**
 * The entries of one contents member.
 * Throws what `readMember` and `decryptBytes` throw, `archive_bomb` for more bytes than declared, and
 * `archive_damaged` for lines that are not entries of its segments.
 */
export const readContentsMember = async (
  archive: OpenedArchive,
  { name, plainBytes = 0, entries = 0, firstSegment = 0, lastSegment = 0 }: Member,
  identity: string,
  pool?: SegmentPool,
): Promise<ListedEntry[]> => {
  const place = placeOf(name);
  if (place?.kind !== 'contents') throw new TypeError(`${name} is no contents member`);
  const plain = await openPacked(archive, name, plainBytes, identity, pool);
  const wrong = (what: string, cause?: unknown): ArchiveError =>
    new ArchiveError('archive_damaged', `${name} ${what}; the archive was not made by a sound Holdfast`, {
      cause,
    });
  if (plain.length > 0 && plain.at(-1) !== 0x0a) throw wrong('does not end in a whole line');
  const lines = plain.toString('utf8').split('\n');
  freeBuffer(plain);
  lines.pop();
  if (lines.length !== entries)
    throw wrong(`holds ${lines.length} entries where the manifest counts ${entries}`);
  return lines.map((line, index) => {
    const entry = parseEntry(line);
    if (entry === undefined) throw wrong(`holds a line ${index + 1} that is no entry`);
    // It may begin in an earlier segment: a member lists the entries that end in its segments.
    const endsIn = entry.pieces?.at(-1)?.segment ?? entry.segment;
    if (endsIn < firstSegment || endsIn > lastSegment || entry.segment > endsIn) {
      throw wrong(`holds a line ${index + 1} that speaks of another member's segments`);
    }
    if (entry.component !== undefined && entry.component !== place.component) {
      throw wrong(`holds a line ${index + 1} of another component`);
    }
    return Object.assign(entry, { component: place.component });
  });
};

const parseEntry = (line: string): ContentsEntry | undefined => {
  try {
    return contentsEntrySchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
};

/**
 * A segment or contents member: read, checked, decrypted, decompressed, and exactly as long as the manifest declares. On
 * a thread of the pool where one is given, else in this one.
 * Throws what `readMember` and `decryptBytes` throw, `archive_bomb`, `archive_damaged`.
 */
export const openPacked = async (
  archive: OpenedArchive,
  name: string,
  plainBytes: number,
  identity: string,
  pool?: SegmentPool,
): Promise<Buffer> => {
  if (pool !== undefined) {
    const segment = await readSealedSegment(archive, archive.member(name), identity);
    const { plain } = await pool.run('open-segment', { segment }, [segment.sealed.buffer]);
    return Buffer.from(plain.buffer, plain.byteOffset, plain.length);
  }
  const packed = await decryptBytes(await archive.readMember(name), { identities: [identity] });
  const plain = Buffer.allocUnsafeSlow(plainBytes);
  const found = decompressFrames(packed, plain);
  freeBuffer(packed);
  if (found === plainBytes) return plain;
  throw new ArchiveError(
    'archive_damaged',
    `${name} holds ${found} bytes where the manifest declares ${plainBytes}; the archive was not made by a sound Holdfast`,
  );
};
