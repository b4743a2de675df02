/** Where each member stands. All of it follows from the manifest, so there is nothing else to read, or to believe. */
import type { Member } from '../format.ts';
import { MANIFEST_NAME, SIGNATURE_NAME } from '../member-names.ts';
import { BLOCK_BYTES, END_BYTES } from './outer-tar.ts';

export interface PlacedMember extends Member {
  /** Of the member's first byte; its tar header is the block before. */
  readonly offset: number;
}

/** `manifest.sig` is at most a block, so that it is found from the end: header, block, two zero blocks. */
export const SIGNATURE_END_BYTES = 2 * BLOCK_BYTES + END_BYTES;

/** The two members that the manifest does not list, as their headers have them. */
export const manifestFrame = (manifestBytes: number) => ({ name: MANIFEST_NAME, size: manifestBytes });
export const signatureFrame = (signatureBytes: number) => ({ name: SIGNATURE_NAME, size: signatureBytes });
