/** Reads what contents say of a component of layout `stream`: one entry, made of all its segments in order. */

import { contentsWrong } from '../../contents/tree-entry.ts';
import type { ContentsEntry } from '../../format.ts';
import type { PlacedMember } from '../../layout/archive-layout.ts';
import { placeOf } from '../../member-names.ts';
import type { OpenedArchive } from '../../reader/open.ts';
import type { SegmentPool } from '../../threads/segment-pool.ts';
import { readContentsOn } from './read-contents-on.ts';

const onlyEntry = async (
  archive: OpenedArchive,
  component: string,
  identity: string,
  pool: SegmentPool,
): Promise<ContentsEntry> => {
  let only: ContentsEntry | undefined;
  const range = { from: 0, limit: 2, characters: Number.POSITIVE_INFINITY };
  // Parsed on a thread: the entry may have a piece for each of a hundred thousand segments.
  const read = readContentsOn(pool);
  for (const member of archive.contents(component))
    for (const entry of await read(archive, member, identity, range)) {
      if (only !== undefined) throw contentsWrong(`list more than one stream of ${component}`);
      only = entry;
    }
  if (only === undefined) throw contentsWrong(`do not list the stream of ${component}`);
  return only;
};

/**
 * The SHA-256 of each segment's plain bytes, by the segment's name.
 *
 * @throws `archive_damaged` unless contents list this one stream, made of exactly its segments; what reading contents
 * throws.
 */
export const streamHashes = async (
  archive: OpenedArchive,
  component: string,
  identity: string,
  pool: SegmentPool,
): Promise<ReadonlyMap<string, string>> => {
  const {
    type,
    path,
    size,
    segment,
    offset,
    sha256 = '',
    pieces,
  } = await onlyEntry(archive, component, identity, pool);
  if (type !== 'stream' || path !== archive.manifest.components[component]?.stream)
    throw contentsWrong(`list an entry that is not the stream of ${component}`);
  const segments = archive.segments(component);
  const listed = pieces ?? [{ segment, offset, bytes: size, sha256 }];
  if (listed.reduce((sum, { bytes }) => sum + bytes, 0) !== size || listed.length !== segments.length)
    throw contentsWrong(`do not list the whole stream of ${component}`);
  return new Map(
    segments.map((member, index) => {
      const piece = listed[index];
      if (piece === undefined || piece.offset !== 0 || !isOf(piece, member))
        throw contentsWrong(`list a piece of the stream of ${component} that is not a whole segment`);
      return [member.name, piece.sha256];
    }),
  );
};

const isOf = (
  { segment, bytes }: { readonly segment: number; readonly bytes: number },
  { name, plainBytes }: PlacedMember,
): boolean => {
  const place = placeOf(name);
  return place?.kind === 'segment' && place.number === segment && plainBytes === bytes;
};
