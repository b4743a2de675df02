/** What all ways to verify an archive's members have in common. */
import type { PlacedMember } from '../layout/archive-layout.ts';
import { BLOCK_BYTES, checkFrame, framedBytes, paddingBytes } from '../layout/outer-tar.ts';
import type { OpenedArchive } from '../reader/open.ts';
import type { AbortFlag } from '../threads/abort-flag.ts';

export interface Reading {
  readonly wholeFile: boolean;
  readonly signal: AbortSignal | undefined;
  /** Called with each member that is what the manifest says. */
  readonly isGood: (member: PlacedMember) => void;
  /** Called when all members have been read, before the hash of the whole file is awaited. */
  readonly openInside: (abort: AbortFlag) => Promise<void>;
}

/**
 * Offset where the last member's frame ends: manifest, signature and end blocks follow, which were checked on opening.
 */
export const membersEnd = ({ members }: OpenedArchive): number =>
  members.reduce((sum, { size }) => sum + framedBytes(size), 0);

/**
 * Whether the archive's key opens the member: the others are in clear, or for other keys. Segments and contents declare
 * plain bytes, and by the rules of manifests nothing else does.
 */
export const isPacked = ({ plainBytes }: PlacedMember): boolean => plainBytes !== undefined;

/** @throws `archive_damaged` unless a member's header and padding match the manifest */
export const verifyFrame = async ({ source, time }: OpenedArchive, member: PlacedMember): Promise<void> => {
  const header = await source.read(member.offset - BLOCK_BYTES, BLOCK_BYTES);
  const padding = await source.read(member.offset + member.size, paddingBytes(member.size));
  checkFrame(member, time, header, padding);
};
