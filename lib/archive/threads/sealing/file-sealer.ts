/** In a worker: plain bytes of a segment, gathered in a block that is compressed whenever it is full. */
import { createHash, hash } from 'node:crypto';
import { readSync } from 'node:fs';
import type { TarEntry } from '../../tar/tar-entry.ts';
import { tarHeaderBytes, writeTarHeader } from '../../tar/tar-writer.ts';
import { FRAME_PLAIN_BYTES } from '../../zstd/zstd-frames.ts';
import type { FilePiece, SealedPiece } from '../segment-jobs.ts';
import type { SegmentSealer } from '../segment-sealer.ts';
import { unreadableReason } from '../unreadable-reason.ts';

/** Files up to this size are never cut by a frame's end: one read, one hash. */
export const WHOLE_FILE_BYTES = 256 * 1024;

/** The block of plain bytes. Kept between jobs: a worker does one at a time. */
const block = Buffer.allocUnsafeSlow(FRAME_PLAIN_BYTES);

export class FileSealer {
  readonly #sealer: SegmentSealer;
  #used = 0;
  /** The error that cut the last read short, if one did. */
  readError: string | undefined;

  constructor(sealer: SegmentSealer) {
    this.#sealer = sealer;
  }

  /** Offset of the next byte in the segment's plain bytes. */
  get offset(): number {
    return this.#sealer.plainBytes + this.#used;
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#sealer.add(block.subarray(0, this.#used));
    this.#used = 0;
  }

  /** Makes sure that `bytes`, at most a block, can be added and taken back. */
  reserve(bytes: number): void {
    if (this.#used + bytes > block.length) this.#flush();
  }

  /** Takes back what was added since `offset` had this value. All of that must have been reserved in one call. */
  takeBack(offset: number): void {
    this.#used = offset - this.#sealer.plainBytes;
  }

  zeros(bytes: number): void {
    this.reserve(bytes);
    block.fill(0, this.#used, this.#used + bytes);
    this.#used += bytes;
  }

  header(entry: TarEntry): void {
    this.reserve(tarHeaderBytes(entry));
    this.#used = writeTarHeader(entry, block, this.#used);
  }

  /**
   * Reads up to `bytes` behind what the block holds, which has room for them, and does not add them. `from` null: from
   * the file's present position. Returns how many bytes came.
   */
  #read(descriptor: number, from: number | null, bytes: number): number {
    let got = 0;
    this.readError = undefined;
    try {
      while (got < bytes) {
        const at = from === null ? null : from + got;
        const read = readSync(descriptor, block, this.#used + got, bytes - got, at);
        if (read === 0) break;
        got += read;
      }
    } catch (error) {
      this.readError = unreadableReason(error);
    }
    return got;
  }

  /** Adds a file's first `bytes`, which must have been reserved, as far as they exist. Returns how many were added. */
  small(descriptor: number, from: 0 | null, bytes: number): number {
    const got = this.#read(descriptor, from, bytes);
    this.#used += got;
    return got;
  }

  /** The hash of what was added since `offset` had this value; all of it must be in the block. */
  sha256Since(offset: number): string {
    return hash('sha256', block.subarray(offset - this.#sealer.plainBytes, this.#used));
  }

  /** Writes the header at `offset` anew. It must be as long as the old one. */
  headerAgain(entry: TarEntry, offset: number): void {
    writeTarHeader(entry, block, offset - this.#sealer.plainBytes);
  }

  /**
   * Counts the bytes that a file still gives from its present position, until its end or `readError`. Adds none of
   * them.
   */
  count(descriptor: number, throwIfAborted: () => void): number {
    this.reserve(WHOLE_FILE_BYTES);
    for (let bytes = 0; ; ) {
      const got = this.#read(descriptor, null, WHOLE_FILE_BYTES);
      bytes += got;
      if (got < WHOLE_FILE_BYTES) return bytes;
      throwIfAborted();
    }
  }

  /** Adds all bytes of a piece, with zeros for those that cannot be read. */
  piece({ descriptor, from, bytes }: FilePiece): SealedPiece {
    if (bytes <= WHOLE_FILE_BYTES) this.reserve(bytes);
    const offset = this.offset;
    const sha256 = createHash('sha256');
    let missingBytes = 0;
    let readError: string | undefined;
    for (let done = 0; done < bytes; ) {
      if (this.#used === block.length) this.#flush();
      const length = Math.min(bytes - done, block.length - this.#used);
      const got = this.#read(descriptor, from + done, length);
      if (got < length) block.fill(0, this.#used + got, this.#used + length);
      sha256.update(block.subarray(this.#used, this.#used + length));
      this.#used += length;
      missingBytes += length - got;
      readError ??= this.readError;
      done += length;
    }
    return { offset, bytes, sha256: sha256.digest('hex'), missingBytes, readError };
  }

  finish(): ReturnType<SegmentSealer['finish']> {
    // A segment of which nothing could be captured is one empty frame: a decoder refuses a file without frames.
    if (this.offset === 0) this.#sealer.add(block.subarray(0, 0));
    this.#flush();
    return this.#sealer.finish();
  }
}
