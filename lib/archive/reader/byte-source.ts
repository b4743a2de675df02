import { type FileHandle, open } from 'node:fs/promises';
import { ArchiveError } from '../errors.ts';

/** Where an archive is read from: a file, an object in a store, bytes in memory. Several reads may run at once. */
export interface ByteSource {
  readonly size: number;
  /**
   * The file on this machine behind this source, where there is one: threads then read it themselves, into memory that
   * they keep, and no bytes move between threads.
   */
  readonly path?: string;
  /** How many bytes one read should ask for when much is read: a store with slow requests says more. @default 1 MiB */
  readonly readBytes?: number;
  /**
   * Exactly `length` bytes from `offset`, in memory that the caller may keep.
   *
   * @throws `archive_cut` when the source ends before them.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** For adapters: refuses a read beyond the end. */
export const requireWithin = (source: { readonly size: number }, offset: number, length: number): void => {
  if (offset < 0 || length < 0 || offset + length > source.size)
    throw endsEarly(offset + length, source.size);
};

const endsEarly = (wanted: number, size: number): ArchiveError =>
  new ArchiveError(
    'archive_cut',
    `the archive ends after ${size} bytes, where ${wanted} were expected; take another copy of it`,
  );

export const bytesSource = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read: async (offset, length) => {
    requireWithin({ size: bytes.length }, offset, length);
    return bytes.slice(offset, offset + length);
  },
});

/** Reads a file that somebody else opened and closes. `size` is what it had when this was called. */
export const fileHandleSource = async (file: FileHandle): Promise<ByteSource> => {
  const { size } = await file.stat();
  return {
    size,
    read: async (offset, length) => {
      requireWithin({ size }, offset, length);
      const bytes = Buffer.allocUnsafeSlow(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw endsEarly(offset + length, offset + done);
        done += bytesRead;
      }
      return bytes;
    },
  };
};

export interface FileSource extends ByteSource, AsyncDisposable {
  close(): Promise<void>;
}

/** Opens a file for reading. @throws what `open` of `node:fs/promises` throws */
export const openFileSource = async (path: string): Promise<FileSource> => {
  const file = await open(path, 'r');
  try {
    const close = (): Promise<void> => file.close();
    return { ...(await fileHandleSource(file)), path, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await file.close();
    throw error;
  }
};
