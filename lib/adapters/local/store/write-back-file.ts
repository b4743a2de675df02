/**
 * A file that reaches the disk while it is written. The kernel may keep gigabytes in memory, and the last fsync would
 * wait for all of it; regular requests for write-back, without waiting, keep that fsync short.
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

  /** Flags of open(2): `wx+` for a new file, `r+` for an existing one. */
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

  /** Copies a range of another file. Returns the number of bytes: fewer than asked for when the source ends before. */
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

  /** Reads until the buffer is full or the file ends; returns the number of bytes. */
  read(buffer: Uint8Array, position: number): Promise<number> {
    return readFully(this.#file, buffer, position);
  }

  /** Like `copyFrom`, but out of this file. */
  copyTo(target: WriteBackFile, offset: number, length: number, position: number): Promise<number> {
    return target.copyFrom(this.#file, offset, length, position);
  }

  truncate(bytes: number): Promise<void> {
    return this.#file.truncate(bytes);
  }

  /** Everything written so far is on the disk when it resolves. */
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
      // Linux reports a failed write-back once; it is kept, so that neither the next write nor the last sync misses it.
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

/** A single call may write less than it was given, for example near a full disk. Returns the bytes written: all. */
const writeFully = async (
  file: FileHandle,
  bytes: readonly Uint8Array[],
  position: number,
): Promise<number> => {
  let left = bytes.filter(({ byteLength }) => byteLength > 0);
  let written = 0;
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left, position + written);
    if (bytesWritten === 0) throw new Error('the file accepts no more bytes');
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

/** Reads until the buffer is full or the file ends; returns the number of bytes. */
export const readFully = async (file: FileHandle, buffer: Uint8Array, position: number): Promise<number> => {
  let filled = 0;
  while (filled < buffer.byteLength) {
    const { bytesRead } = await file.read(buffer, filled, buffer.byteLength - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
};
