/** Makes zstd frames by hand by RFC 8878, section 3.1.1. */
import { constants, zstdCompressSync } from 'node:zlib';

/** What our own writer makes: frames of at most 1 MiB with a declared size. */
export const zstdOf = (plain: Buffer): Buffer => {
  const frames: Buffer[] = [];
  for (let at = 0; at < plain.length; at += 1024 * 1024)
    frames.push(zstdCompressSync(plain.subarray(at, at + 1024 * 1024)));
  return Buffer.concat(frames);
};

export const zstdWithChecksum = (plain: Buffer): Buffer =>
  zstdCompressSync(plain, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

export const zstdWithoutSize = (plain: Buffer): Buffer =>
  zstdCompressSync(plain, { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } });

export interface Block {
  readonly type: 'raw' | 'rle' | 'compressed' | 'reserved';
  readonly bytes: Buffer;
  /**
   * The size that the block states; for a block of one repeated byte, the number of repeats. @default the
   * number of bytes
   */
  readonly size?: number;
  readonly last?: boolean;
}

export interface Frame {
  readonly blocks: readonly Block[];
  /** The declared content size; undefined omits it. */
  readonly content?: bigint | undefined;
  /** The window descriptor; undefined makes a single-segment frame, which needs `content`. */
  readonly window?: number | undefined;
  readonly dictionary?: number;
  /** Bits to set in addition in the frame header descriptor. */
  readonly bits?: number;
  readonly checksum?: Buffer;
}

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const TYPES = { raw: 0, rle: 1, compressed: 2, reserved: 3 } as const;

const blockBytes = ({ type, bytes, size = bytes.length }: Block, last: boolean): Buffer => {
  const header = Buffer.alloc(3);
  header.writeUIntLE((size << 3) | (TYPES[type] << 1) | (last ? 1 : 0), 0, 3);
  return Buffer.concat([header, bytes]);
};

export const frameOf = ({ blocks, content, window, dictionary, bits = 0, checksum }: Frame): Buffer => {
  const size = Buffer.alloc(content === undefined ? 0 : 8);
  if (content !== undefined) size.writeBigUInt64LE(content);
  const id = Buffer.alloc(dictionary === undefined ? 0 : 4);
  if (dictionary !== undefined) id.writeUInt32LE(dictionary);
  const descriptor =
    (content === undefined ? 0 : 0xc0) |
    (window === undefined ? 0x20 : 0) |
    (checksum === undefined ? 0 : 4) |
    (dictionary === undefined ? 0 : 3) |
    bits;
  return Buffer.concat([
    MAGIC,
    Buffer.from([descriptor, ...(window === undefined ? [] : [window])]),
    id,
    size,
    ...blocks.map((block, index) => blockBytes(block, block.last ?? index === blocks.length - 1)),
    checksum ?? Buffer.alloc(0),
  ]);
};

/** A frame of raw blocks. */
export const rawFrame = (plain: Buffer, more: Partial<Frame> = {}): Buffer => {
  const blocks: Block[] = [];
  for (let at = 0; at === 0 || at < plain.length; at += 65_536)
    blocks.push({ type: 'raw', bytes: plain.subarray(at, at + 65_536) });
  return frameOf({ blocks, content: BigInt(plain.length), ...more });
};

/** A frame of zeros: four bytes for each 128 KiB. */
export const zeroFrame = (bytes: number, more: Partial<Frame> = {}): Buffer => {
  const blocks: Block[] = [];
  for (let left = bytes; left > 0; left -= 131_072)
    blocks.push({ type: 'rle', bytes: Buffer.alloc(1), size: Math.min(left, 131_072) });
  return frameOf({ blocks, content: BigInt(bytes), window: 0x38, ...more });
};

export const EMPTY_FRAME = rawFrame(Buffer.alloc(0));

export const skippableFrame = (bytes: Buffer): Buffer => {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a50, 0);
  header.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
};
