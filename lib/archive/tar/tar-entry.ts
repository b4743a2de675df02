/** An entry of a tar stream, as it is captured and as it is read back. */
import type { ByteString } from './byte-string.ts';

export type TarType = 'file' | 'directory' | 'symlink' | 'hardlink';

export interface TarEntry {
  /** Relative to the component's root, without a leading or trailing slash; the root itself is `.`. */
  readonly path: ByteString;
  readonly type: TarType;
  /** Permission bits, setuid, setgid and sticky included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content; 0 for all but files. */
  readonly size: number;
  /** Whole seconds since 1970, rounded down. */
  readonly mtimeSeconds: number;
  /** 0 to 999,999,999 on top of them. */
  readonly mtimeNanoseconds: number;
  /** Target of a symlink, unchanged; of a hard link the path of the earlier entry. Else empty. */
  readonly link: ByteString;
}

export const TAR_BLOCK_BYTES = 512;
/** A tar stream ends with two blocks of zeros. */
export const TAR_END_BYTES = 2 * TAR_BLOCK_BYTES;

/** Bytes from a content's end to the next block. */
export const tarPaddingBytes = (size: number): number => -size & (TAR_BLOCK_BYTES - 1);

/** Content with its padding. Exact up to 2^53, where `-size & 511` still holds (bitwise operators take the low bits). */
export const tarContentBytes = (size: number): number => size + tarPaddingBytes(size % TAR_BLOCK_BYTES);

/** The sum of a header block's bytes, with its checksum field as it is. */
export const tarBlockSum = (bytes: Uint8Array, at: number): number => {
  let sum = 0;
  const end = at + TAR_BLOCK_BYTES;
  for (let i = at; i < end; i += 1) sum += bytes[i] ?? 0;
  return sum;
};
