/**
 * zstd as independent frames of one block of plain bytes each. Joined they are one valid zstd file for every decoder;
 * here they keep the memory small, and each call has its whole input and output in memory, which is libzstd's fastest
 * way.
 */
import { constants, createZstdDecompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { ArchiveError } from '../errors.ts';
import { type ZstdBinding, zstdBindingOf } from './zstd-binding.ts';

/** Most plain bytes of a frame. Chosen by measurement: see `docs/performance.md`. */
export const FRAME_PLAIN_BYTES = 1024 * 1024;

/** More than compression can add to a segment of `plainBytes` bytes at worst. */
export const frameOverheadBytes = (plainBytes: number): number =>
  (plainBytes >>> 8) + 64 * (Math.ceil(plainBytes / FRAME_PLAIN_BYTES) + 1) + 1024;

/** Longest frame that `plainBytes` bytes can make. */
export const compressBound = (plainBytes: number): number => plainBytes + (plainBytes >>> 8) + 512;

/** Makes one frame, which declares its size. It has no checksum of zstd's own: the member's SHA-256 is stronger. */
export const compressFrame = (plain: Uint8Array, level: number): Buffer =>
  zstdCompressSync(plain, {
    // Room for the worst case in one piece: libzstd then compresses straight into it.
    chunkSize: Math.max(64, compressBound(plain.length)),
    params: { [constants.ZSTD_c_compressionLevel]: level },
  });

const MAGIC = 0xfd2fb528;
const malformed = (what: string, cause?: unknown): ArchiveError =>
  new ArchiveError('archive_damaged', `compressed bytes ${what}; take another copy of the archive`, {
    cause,
  });

interface Frame {
  readonly end: number;
  /** Undefined when the frame does not declare it. */
  readonly plainBytes: number | undefined;
}

/** Blocks skipped, or frames decompressed, between two calls of `look`. */
const STEPS_PER_LOOK = 1024;

/** Where the frame at `at` ends, and how much it holds: RFC 8878, section 3.1.1. */
const frameAt = (bytes: Buffer, at: number, look: () => void): Frame => {
  if (at + 6 > bytes.length || bytes.readUInt32LE(at) !== MAGIC) throw malformed('are not a zstd frame');
  const descriptor = bytes[at + 4] ?? 0;
  const singleSegment = (descriptor & 0x20) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] ?? 0;
  const sizeAt = at + 5 + (singleSegment ? 0 : 1) + dictionaryBytes;
  let place = sizeAt + sizeBytes;
  if (place > bytes.length) throw malformed('are cut');
  let plainBytes: number | undefined;
  if (sizeBytes === 8) plainBytes = Number(bytes.readBigUInt64LE(sizeAt));
  else if (sizeBytes > 0) plainBytes = bytes.readUIntLE(sizeAt, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
  let blocks = 0;
  for (let last = false; !last; ) {
    if (place + 3 > bytes.length) throw malformed('are cut');
    const header = bytes.readUIntLE(place, 3);
    const type = (header >>> 1) & 3;
    if (type === 3) throw malformed('have a block of a reserved type');
    last = (header & 1) === 1;
    place += 3 + (type === 1 ? 1 : header >>> 3);
    blocks += 1;
    if (blocks % STEPS_PER_LOOK === 0) look();
  }
  const end = place + ((descriptor & 4) === 0 ? 0 : 4);
  if (end > bytes.length) throw malformed('are cut');
  return { end, plainBytes };
};

/**
 * Most frames of a member of `plainBytes` bytes: two for each block of a tar, and some. Most writers make far fewer.
 */
export const maxFrames = (plainBytes: number): number => 1024 + Math.ceil(plainBytes / 256);

/**
 * Decompresses all frames of `bytes` into `out` and returns how many bytes they gave.
 *
 * @throws `archive_bomb` when that is more than `out` holds, or when there are more frames than that takes;
 * `archive_damaged` for bytes that are no zstd; what `look` throws, which is called now and then.
 */
export const decompressFrames = (bytes: Buffer, out: Buffer, look: () => void = () => {}): number => {
  const most = maxFrames(out.length);
  let written = 0;
  let frames = 0;
  for (let at = 0; at < bytes.length; ) {
    const frame = frameAt(bytes, at, look);
    frames += 1;
    if (frames > most) throw tooManyFrames(most, out.length);
    if (frames % STEPS_PER_LOOK === 0) look();
    if (frame.plainBytes !== undefined && frame.plainBytes > out.length - written) throw bomb(out.length);
    written += decompressFrame(bytes.subarray(at, frame.end), frame, out, written);
    at = frame.end;
  }
  return written;
};

let kept: ZstdBinding | undefined;

/**
 * Frames that declare their size, as all of ours do, are decompressed straight into place. So are others, as far as
 * there is room: a context of its own would take a hundred times as long as an empty frame needs.
 */
const decompressFrame = (frame: Buffer, { plainBytes }: Frame, out: Buffer, at: number): number => {
  kept ??= workingBinding();
  if (kept === undefined) return decompressSlowly(frame, out, at);
  const binding = kept;
  // If this throws, the context is in an unknown state, so the next frame gets a new one.
  kept = undefined;
  const written =
    plainBytes === undefined
      ? decompressUndeclared(binding, frame, out, at)
      : decompressDeclared(binding, frame, out.subarray(0, at + plainBytes), at);
  kept = binding;
  return written;
};

const decompressDeclared = (binding: ZstdBinding, frame: Buffer, out: Buffer, at: number): number => {
  const result = binding.run(constants.ZSTD_e_continue, frame, out, at);
  if (result?.inputLeft === 0 && result.written === out.length - at) return result.written;
  throw malformed('do not decompress');
};

const oneByte = Buffer.alloc(1);

const decompressUndeclared = (binding: ZstdBinding, frame: Buffer, out: Buffer, at: number): number => {
  const result = binding.run(constants.ZSTD_e_continue, frame, out, at);
  if (result === undefined) throw malformed('do not decompress');
  const { written, inputLeft } = result;
  if (inputLeft === 0 && written < out.length - at) return written;
  // There is no more room. Only by asking for another byte can it be known whether that was all.
  const rest = binding.run(constants.ZSTD_e_continue, frame.subarray(frame.length - inputLeft), oneByte, 0);
  if (rest === undefined) throw malformed('do not decompress');
  if (rest.written > 0) throw bomb(out.length);
  if (rest.inputLeft > 0) throw malformed('do not decompress');
  return written;
};

const workingBinding = (): ZstdBinding | undefined => {
  const binding = zstdBindingOf(createZstdDecompress());
  const plain = Buffer.from('holdfast '.repeat(100));
  const frame = zstdCompressSync(plain);
  const out = Buffer.alloc(plain.length);
  const works = (): boolean =>
    binding?.run(constants.ZSTD_e_continue, frame, out.fill(0), 0)?.inputLeft === 0 && out.equals(plain);
  return works() && works() ? binding : undefined;
};

const decompressSlowly = (frame: Buffer, out: Buffer, at: number): number => {
  try {
    const plain = zstdDecompressSync(frame, { maxOutputLength: Math.max(1, out.length - at) });
    if (plain.length > out.length - at) throw bomb(out.length);
    return plain.copy(out, at);
  } catch (cause) {
    if (cause instanceof ArchiveError) throw cause;
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE')
      throw bomb(out.length);
    throw malformed('do not decompress', cause);
  }
};

const tooManyFrames = (most: number, plainBytes: number): ArchiveError =>
  new ArchiveError(
    'archive_bomb',
    `a segment of ${plainBytes} bytes is cut into more than ${most} frames; do not trust this archive`,
  );

const bomb = (limit: number): ArchiveError =>
  new ArchiveError(
    'archive_bomb',
    `a segment has more than the ${limit} bytes that the manifest declares; do not trust this archive`,
  );
