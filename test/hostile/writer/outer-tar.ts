/** Writes the outer tar of an archive by "The outer tar" of docs/archive-format.md. */

export const BLOCK = 512;
/** Two blocks of zeros. */
export const END = Buffer.alloc(2 * BLOCK);

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

/** Writes a block's checksum: the sum of its bytes, with the checksum's own eight bytes counted as spaces. */
export const withSum = (block: Buffer): Buffer => {
  block.write('        ', 148, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return block;
};

export const outerBlock = (name: string, size: number, time: number): Buffer => {
  const slash = name.length > 100 ? name.lastIndexOf('/', 155) : -1;
  const block = Buffer.alloc(BLOCK);
  block.write(name.slice(slash + 1), 0, 100, 'latin1');
  block.write('0000644\x000000000\x000000000\x00', 100, 'latin1');
  block.write(`${octal(size, 11)}\0${octal(time, 11)}\0`, 124, 'latin1');
  block.write('0', 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write('0000000\x000000000\x00', 329, 'latin1');
  if (slash > 0) block.write(name.slice(0, slash), 345, 155, 'latin1');
  return withSum(block);
};

export const padded = (bytes: Uint8Array): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)]);

/** A member with its header and padding, as it is in the archive. */
export const framed = (name: string, bytes: Uint8Array, time: number): Buffer =>
  Buffer.concat([outerBlock(name, bytes.length, time), padded(bytes)]);
