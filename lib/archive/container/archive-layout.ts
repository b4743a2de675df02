/** Where each member stands. All of it follows from the manifest, so there is nothing else to read, or to believe. */
import { MANIFEST_NAME, type Manifest, type Member, SIGNATURE_NAME } from '../format.ts';
import { BLOCK_BYTES, END_BYTES, framedBytes, outerTime } from './outer-tar.ts';

export interface PlacedMember extends Member {
  /** Of the member's first byte; its tar header is the block before. */
  readonly offset: number;
}

/** `manifest.sig` is at most a block, so that it is found from the end: header, block, two zero blocks. */
export const SIGNATURE_END_BYTES = 2 * BLOCK_BYTES + END_BYTES;

export interface ArchiveLayout {
  /** Members of the manifest, in order. */
  readonly members: readonly PlacedMember[];
  readonly byName: ReadonlyMap<string, PlacedMember>;
  readonly manifestOffset: number;
  readonly archiveBytes: number;
  /** The time in all tar headers. */
  readonly time: number;
}

export const layOut = (manifest: Manifest, manifestBytes: number): ArchiveLayout => {
  let at = 0;
  const members = manifest.members.map((member) => {
    const placed = { ...member, offset: at + BLOCK_BYTES };
    at += framedBytes(member.size);
    return placed;
  });
  return {
    members,
    byName: new Map(members.map((member) => [member.name, member])),
    manifestOffset: at + BLOCK_BYTES,
    archiveBytes: at + framedBytes(manifestBytes) + SIGNATURE_END_BYTES,
    time: outerTime(manifest.createdAt),
  };
};

/** The two members that the manifest does not list, as their headers have them. */
export const manifestFrame = (manifestBytes: number) => ({ name: MANIFEST_NAME, size: manifestBytes });
export const signatureFrame = (signatureBytes: number) => ({ name: SIGNATURE_NAME, size: signatureBytes });
