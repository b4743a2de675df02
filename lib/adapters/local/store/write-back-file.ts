/**
 * A file that reaches the disk while it is written. The kernel likes to keep gigabytes in memory and would make the
 * last fsync wait for all of it; asking for write-back every so often, without waiting, keeps that fsync short.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { failedWrite } from './file-errors.ts';

const WRITE_BACK_BYTES = 64 * 1024 * 1024;
const COPY_BUFFER_BYTES = 4 * 1024 * 1024;

export class WriteBackFile {
  readonly path: string;
  readonly #file: FileHandle;
  #unsynced = 0;
  #writeBack: Promise<void> | undefined;
  #writeBackError: unknown;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  /** Flags as of open(2): `wx+` for a new file, `r+` for one that is there. */
  static async open(path: string, flags: 'wx+' | 'r+'): Promise<WriteBackFile> {
    return new WriteBackFile(path, await open(path, flags, 0o600));
  }

  async size(): Promise<number> {
    return (await this.#file.stat()).size;
  }

  /** Writes all of the bytes. @throws HoldfastError `storage_full`. */
  async write(bytes: readonly Uint8Array[], position: number): Promise<void> {
    this.#refuseAfterFailedWriteBack();
    try {
      this.#startWriteBack(await writeFully(this.#file, bytes, position));
    } catch (error) {
      throw failedWrite(error, this.path);
    }
  }

  /** Copies a range of another file. Returns how many bytes came: fewer than asked when the source ends before. */
  async copyFrom(source: FileHandle, offset: number, length: number, position: number): Promise<number> {
    const buffer = new Uint8Array(Math.min(length, COPY_BUFFER_BYTES));
    let copied = 0;
    while (copied < length) {
      const chunk = buffer.subarray(0, Math.min(buffer.byteLength, length - copied));
      const bytes = await readFully(source, chunk, offset + copied);
      if (bytes === 0) break;
      await this.write([chunk.subarray(0, bytes)], position + copied);
      copied += bytes;
    }
    return copied;
  }

  /** Reads until the buffer is full or the file ends; returns how many bytes came. */
  read(buffer: Uint8Array, position: number): Promise<number> {
    return readFully(this.#file, buffer, position);
  }

  /** As copyFrom, out of this very file. */
  copyTo(target: WriteBackFile, offset: number, length: number, position: number): Promise<number> {
    return target.copyFrom(this.#file, offset, length, position);
  }

  truncate(bytes: number): Promise<void> {
    return this.#file.truncate(bytes);
  }

  /** All that was written is on the disk when it resolves. */
  async sync(): Promise<void> {
    await this.#writeBack;
    this.#refuseAfterFailedWriteBack();
    try {
      await this.#file.sync();
    } catch (error) {
      throw failedWrite(error, this.path);
    }
  }

  async close(): Promise<void> {
    await this.#writeBack;
    await this.#file.close();
  }

  #startWriteBack(bytes: number): void {
    this.#unsynced += bytes;
    if (this.#unsynced < WRITE_BACK_BYTES || this.#writeBack) return;
    this.#unsynced = 0;
    this.#writeBack = this.#file
      .datasync()
      // Linux reports a failed write-back once; kept, so that neither the next write nor the last sync passes over it.
      .catch((error: unknown) => {
        this.#writeBackError = error;
      })
      .finally(() => {
        this.#writeBack = undefined;
      });
  }

  #refuseAfterFailedWriteBack(): void {
    if (this.#writeBackError !== undefined) throw failedWrite(this.#writeBackError, this.path);
  }
}

/** A single call may write less than it was given, near a full disk for one. Returns the bytes written: all. */
const writeFully = async (
  file: FileHandle,
  bytes: readonly Uint8Array[],
  position: number,
): Promise<number> => {
  let left = bytes.filter(({ byteLength }) => byteLength > 0);
  let written = 0;
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left, position + written);
    if (bytesWritten === 0) throw new Error('the file takes no more bytes');
    written += bytesWritten;
    left = unwritten(left, bytesWritten);
  }
  return written;
};

const unwritten = (buffers: readonly Uint8Array[], bytes: number): Uint8Array[] => {
  let skip = bytes;
  return buffers.flatMap((buffer) => {
    const done = Math.min(skip, buffer.byteLength);
    skip -= done;
    return done === buffer.byteLength ? [] : [buffer.subarray(done)];
  });
};

/** Reads until the buffer is full or the file ends; returns how many bytes came. */
export const readFully = async (file: FileHandle, buffer: Uint8Array, position: number): Promise<number> => {
  let filled = 0;
  while (filled < buffer.byteLength) {
    const { bytesRead } = await file.read(buffer, filled, buffer.byteLength - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
};
