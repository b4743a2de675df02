/** What an archive holds, entry by entry, read from the contents members alone. */
import { decryptBytes } from '../age/age-header.ts';
import { freeBuffer } from '../age/free-buffer.ts';
import { type ContentsMember, parseContents } from '../contents/contents-lines.ts';
import {
  type ContentsRange,
  charactersOf,
  entriesInRange,
  type ListedEntry,
} from '../contents/contents-range.ts';
import { ArchiveError } from '../errors.ts';
import type { Member } from '../format.ts';
import type { PlacedMember } from '../layout/archive-layout.ts';
import { placeOf } from '../member-names.ts';
import { Turns } from '../turns.ts';
import { decompressFrames } from '../zstd/zstd-frames.ts';
import type { OpenedArchive } from './open.ts';
import { holdMemberToBounds } from './unknown-signer.ts';

export type { ListedEntry } from '../contents/contents-range.ts';

export interface ContentsPage {
  /** The number of all entries asked for, not only of the page. */
  readonly total: number;
  /** Fewer than asked for when they are long: at least one, and some megabytes. */
  readonly entries: readonly ListedEntry[];
}

export interface ContentsQuery {
  /** @default all components, in the manifest's order */
  readonly component?: string;
  readonly skip: number;
  readonly limit: number;
}

/** Opens a contents member, and returns some of its entries. */
export type ReadContents = (
  archive: OpenedArchive,
  member: PlacedMember,
  identity: string,
  range: ContentsRange,
) => Promise<readonly ListedEntry[]>;

/** Most characters of a page: an answer of a function on AWS has at most 6 MB. */
const PAGE_CHARACTERS = 3 * 1024 * 1024;

/**
 * Reads a page of the contents. Reads only the members that the page touches: the manifest counts the entries of each.
 *
 * @throws `not_in_archive` for a component that is not there, and what reading and decrypting a member throws.
 *
 * @param read where members are opened. @default this thread
 */
export const readContentsPage = async (
  archive: OpenedArchive,
  identity: string,
  { component, skip, limit }: ContentsQuery,
  read: ReadContents = readContentsHere,
): Promise<ContentsPage> => {
  const entries: ListedEntry[] = [];
  let total = 0;
  let characters = PAGE_CHARACTERS;
  for (const member of contentsMembers(archive, component)) {
    const count = member.entries ?? 0;
    const from = Math.max(0, skip - total);
    total += count;
    if (from >= count || entries.length >= limit || characters <= 0) continue;
    const range = { from, limit: limit - entries.length, characters };
    const found = await read(archive, member, identity, range);
    for (const entry of found) characters -= charactersOf(entry);
    entries.push(...found);
    // The page ends in the middle of this member.
    if (found.length < Math.min(range.limit, count - from)) characters = 0;
  }
  return { total, entries };
};

const readContentsHere: ReadContents = async (archive, member, identity, range) => {
  const plain = await openPacked(archive, member.name, member.plainBytes ?? 0, identity);
  const entries = entriesInRange(plain, contentsMemberOf(member), range);
  freeBuffer(plain);
  return entries;
};

/** Contents members of a component, by their places among them: the first, and the one after the last. */
export interface ContentsPart {
  readonly from: number;
  readonly to: number;
}

/**
 * Yields all entries in order, with one member in memory at a time.
 *
 * @param part of `component`. @default all its members
 *
 * @throws as `readContentsPage`
 */
export async function* iterateContents(
  archive: OpenedArchive,
  identity: string,
  component?: string,
  part?: ContentsPart,
): AsyncGenerator<ListedEntry, void, undefined> {
  const turns = new Turns();
  for (const member of contentsMembers(archive, component).slice(part?.from, part?.to)) {
    const plain = await openPacked(archive, member.name, member.plainBytes ?? 0, identity);
    const contents = contentsMemberOf(member);
    for (const entry of parseContents(plain, contents)) {
      yield Object.assign(entry, { component: contents.component });
      if (turns.due) await turns.pause();
    }
    freeBuffer(plain);
  }
}

const contentsMembers = (archive: OpenedArchive, component: string | undefined): readonly PlacedMember[] =>
  component === undefined
    ? Object.keys(archive.manifest.components).flatMap((id) => archive.contents(id))
    : archive.contents(component);

/** A contents member, with the component in its name. */
export const contentsMemberOf = (member: Member): ContentsMember => {
  const place = placeOf(member.name);
  if (place?.kind !== 'contents') throw new TypeError(`${member.name} is not a contents member`);
  return { ...member, component: place.component };
};

/**
 * Reads, checks, decrypts and decompresses a segment or contents member; its length is exactly what the manifest
 * declares.
 *
 * @throws what `readMember` and `decryptBytes` throw, `archive_bomb`, `archive_damaged`; `archive_signer_unknown` for a
 * member larger than is opened for an unknown signer.
 */
export const openPacked = async (
  archive: OpenedArchive,
  name: string,
  plainBytes: number,
  identity: string,
): Promise<Buffer> => {
  holdMemberToBounds(archive, archive.member(name));
  const packed = await decryptBytes(await archive.readMember(name), { identities: [identity] });
  const plain = Buffer.allocUnsafeSlow(plainBytes);
  const found = decompressFrames(packed, plain);
  freeBuffer(packed);
  if (found === plainBytes) return plain;
  throw new ArchiveError(
    'archive_damaged',
    `${name} has ${found} bytes, and the manifest declares ${plainBytes}; the Holdfast that made this archive is faulty`,
  );
};
