/** What an archive holds, entry by entry, read from the contents members alone. */
import { decryptBytes } from '../age/age-header.ts';
import { freeBuffer } from '../age/free-buffer.ts';
import { ArchiveError } from '../errors.ts';
import type { ContentsEntry, Member } from '../format.ts';
import { decompressFrames } from '../zstd/zstd-frames.ts';
import { parseContents } from './contents-lines.ts';
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
 * Throws what `openPacked` and `parseContents` throw.
 */
export const readContentsMember = async (
  archive: OpenedArchive,
  member: Member,
  identity: string,
): Promise<ListedEntry[]> => {
  const plain = await openPacked(archive, member.name, member.plainBytes ?? 0, identity);
  const entries = listedEntries(plain, member);
  freeBuffer(plain);
  return entries;
};

/** What a contents member's plain bytes list. Throws as `parseContents`. */
export const listedEntries = (plain: Buffer, member: Member): ListedEntry[] => {
  const place = placeOf(member.name);
  if (place?.kind !== 'contents') throw new TypeError(`${member.name} is no contents member`);
  const { component } = place;
  return Array.from(parseContents(plain, { ...member, component }), (entry) =>
    Object.assign(entry, { component }),
  );
};

/**
 * A segment or contents member: read, checked, decrypted, decompressed, and exactly as long as the manifest declares.
 * Throws what `readMember` and `decryptBytes` throw, `archive_bomb`, `archive_damaged`.
 */
export const openPacked = async (
  archive: OpenedArchive,
  name: string,
  plainBytes: number,
  identity: string,
): Promise<Buffer> => {
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
