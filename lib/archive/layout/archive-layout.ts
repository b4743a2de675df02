/** Where each member lies. All of it follows from the manifest, so nothing else need be read or trusted. */
import type { Member } from '../format.ts';
import { MANIFEST_NAME, SIGNATURE_NAME } from '../member-names.ts';
import { BLOCK_BYTES, END_BYTES } from './outer-tar.ts';

export interface PlacedMember extends Member {
  /** Offset of the member's first byte; its tar header is the block before. */
  readonly offset: number;
}

/** `manifest.sig` is at most a block, so it is found from the end: header, block, two zero blocks. */
export const SIGNATURE_END_BYTES = 2 * BLOCK_BYTES + END_BYTES;

/** The headers of the two members that the manifest does not list. */
export const manifestFrame = (manifestBytes: number) => ({ name: MANIFEST_NAME, size: manifestBytes });
export const signatureFrame = (signatureBytes: number) => ({ name: SIGNATURE_NAME, size: signatureBytes });
