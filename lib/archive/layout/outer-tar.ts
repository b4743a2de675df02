/**
 * The outer tar of an archive: canonical POSIX ustar. A name, a size and a time have only one header, so a reader
 * writes it anew and compares, and no byte can say anything else.
 */
import { ArchiveError } from '../errors.ts';

export const BLOCK_BYTES = 512;
/** Two zero blocks; nothing follows them. */
export const END_BYTES = 2 * BLOCK_BYTES;
/** The largest value of eleven octal digits: sizes below 8 GiB, times before the year 2242. */
export const fitsUstar = (value: number): boolean => value >= 0 && value < 8 ** 11;

/** Zero bytes from the end of a member to the next block. */
export const paddingBytes = (size: number): number => (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
/** Bytes that a member takes in the archive: header, bytes, padding. */
export const framedBytes = (size: number): number => BLOCK_BYTES + size + paddingBytes(size);

/** The modification time in all headers of an archive: its `createdAt` in whole seconds since 1970. */
export const outerTime = (createdAt: string): number => Math.floor(Date.parse(createdAt) / 1000);

/**
 * The header block of a member.
 * @param time - what `outerTime` gives.
 * @throws `RangeError` for values that ustar cannot hold: a mistake of the writer; readers check sizes and names
 * before.
 */
export const outerHeader = (name: string, size: number, time: number): Buffer => {
  if (!fitsUstar(size)) throw new RangeError(`${name}: ${size} bytes do not fit ustar`);
  if (!fitsUstar(time)) throw new RangeError(`the time ${time} does not fit ustar`);
  const { prefix, rest } = splitName(name);
  const block = Buffer.alloc(BLOCK_BYTES);
  block.write(rest, 0, 'latin1');
  block.write('0000644\x000000000\x000000000\x00', 100, 'latin1');
  block.write(octal(size, 11), 124, 'latin1');
  block.write(octal(time, 11), 136, 'latin1');
  block.write('        0', 148, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write('0000000\x000000000\x00', 329, 'latin1');
  block.write(prefix, 345, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${octal(sum, 6)}\x00 `, 148, 'latin1');
  return block;
};

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

/** A name of up to 100 bytes stays whole; a longer one is split at the last `/` that leaves a prefix of at most 155. */
const splitName = (name: string): { prefix: string; rest: string } => {
  if (!/^[\x21-\x7e]+$/.test(name)) throw new RangeError('the name of a member must be printable ASCII');
  if (name.length <= 100) return { prefix: '', rest: name };
  const slash = name.lastIndexOf('/', 155);
  const rest = name.slice(slash + 1);
  if (slash <= 0 || rest.length > 100) throw new RangeError(`the name ${name} does not fit ustar`);
  return { prefix: name.slice(0, slash), rest };
};

/** A member's bytes in the archive, in pieces that were not copied. */
export const frameMember = (
  name: string,
  bytes: readonly Uint8Array[],
  createdAt: string,
): readonly Uint8Array[] => {
  const size = bytes.reduce((sum, piece) => sum + piece.length, 0);
  return [outerHeader(name, size, outerTime(createdAt)), ...bytes, Buffer.alloc(paddingBytes(size))];
};

/**
 * The name in the first block of a file, to tell a cut archive from something else. Empty when the block is no ustar
 * header.
 */
export const outerNameOf = (block: Uint8Array): string => {
  const text = Buffer.from(block).toString('latin1');
  if (text.slice(257, 262) !== 'ustar') return '';
  return text.slice(0, 100).replace(/\0.*$/s, '');
};

/** @throws `archive_damaged` unless a member's header and padding are exactly what the format says */
export const checkFrame = (
  member: { readonly name: string; readonly size: number },
  time: number,
  header: Uint8Array,
  padding: Uint8Array,
): void => {
  if (!outerHeader(member.name, member.size, time).equals(header)) {
    throw new ArchiveError(
      'archive_damaged',
      `the tar header of ${member.name} was changed, or another member is in its place; take another copy of the archive`,
    );
  }
  if (padding.some((byte) => byte !== 0)) {
    throw new ArchiveError(
      'archive_damaged',
      `the padding after ${member.name} was changed; take another copy of the archive`,
    );
  }
};
