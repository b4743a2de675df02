/** What all ways to verify an archive's members have in common. */
import type { PlacedMember } from '../container/archive-layout.ts';
import { listedEntries, openPacked } from '../container/contents.ts';
import { placeOf } from '../container/manifest-rules.ts';
import type { OpenedArchive } from '../container/open.ts';
import { framedBytes } from '../container/outer-tar.ts';
import { openSegmentOn } from '../extract/extract-stream.ts';
import type { SegmentPool } from '../segments/segment-pool.ts';

export interface Reading {
  readonly wholeFile: boolean;
  readonly identity: string | undefined;
  readonly pool: SegmentPool | undefined;
  readonly signal: AbortSignal | undefined;
  /** Told of each member that is what the manifest says. */
  readonly isGood: (member: PlacedMember) => void;
}

/** Where the last member's frame ends: manifest, signature and end blocks follow, which opening has checked. */
export const membersEnd = ({ members }: OpenedArchive): number =>
  members.reduce((sum, { size }) => sum + framedBytes(size), 0);

/** Whether a key opens it: the others say all they have to say in clear, or are for other keys. */
export const isPacked = ({ name }: PlacedMember): boolean => {
  const kind = placeOf(name)?.kind;
  return kind === 'segment' || kind === 'contents';
};

/** Decrypts and decompresses a member that is packed; its entries, where it is contents, must be its own. */
export const verifyInside = async (
  archive: OpenedArchive,
  member: PlacedMember,
  identity: string,
  pool: SegmentPool | undefined,
): Promise<void> => {
  if (!isPacked(member)) return;
  const plain =
    pool === undefined
      ? await openPacked(archive, member.name, member.plainBytes ?? 0, identity)
      : await openSegmentOn(pool, archive, member, identity);
  if (placeOf(member.name)?.kind === 'contents') listedEntries(plain, member);
};
