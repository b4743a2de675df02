/** Destinations of a download. */
import { constants, type Stats } from 'node:fs';
import { access, type FileHandle, link, lstat, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isSystemError } from '../../model/errors.ts';
import { Failure, usageFailure } from '../failure.ts';
import { type Output, write } from '../terminal/output.ts';
import { requireOutsideDataFolder } from './outside-data-folder.ts';

export interface ArchiveSink {
  /** As the user named it. */
  readonly name: string;
  /** The file in which the bytes lie until they are committed; undefined for a stream. */
  readonly part?: string;
  /** The pieces of an earlier try, which may be reused; none for a stream. */
  kept(): AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  /** Drops what was written. False when it cannot be taken back. */
  restart(): Promise<boolean>;
  /** Gives the complete and checked file its name. */
  commit(): Promise<void>;
  /** Closes the sink; what has arrived stays for another try. */
  close(): Promise<void>;
}

interface SinkOptions {
  readonly overwrite: boolean;
  /** Removes what an earlier try has left. */
  readonly fresh: boolean;
}

/**
 * The sink for `--output`: a file, or standard output for `-`. All that can be refused is refused here, before any
 * work starts.
 *
 * @throws `file_exists`, `place_unwritable`, or a usage Failure for a terminal.
 */
export const openSink = async (
  output: Output,
  target: string,
  options: SinkOptions,
): Promise<ArchiveSink> => {
  if (target === '')
    throw usageFailure('--output names no file', 'Name one, or - for standard output: --output backup.tar');
  if (target !== '-') return openFileSink(target, options);
  if (process.stdout.isTTY)
    throw usageFailure(
      'an archive cannot be printed to a terminal',
      'Send it to a file or a pipe, or use --output FILE.',
    );
  output.yieldStandardOutput();
  return standardOutput;
};

const standardOutput: ArchiveSink = {
  name: 'standard output',
  async *kept() {},
  write: (bytes) => write(process.stdout, bytes),
  restart: async () => false,
  commit: async () => undefined,
  close: async () => undefined,
};

const openFileSink = async (path: string, { overwrite, fresh }: SinkOptions): Promise<ArchiveSink> => {
  requireOutsideDataFolder(path);
  await requireFree(path, overwrite);
  const part = `${path}.part`;
  const file = await openPart(part);
  try {
    if (fresh) await file.truncate(0);
    return new FileSink(path, part, file, overwrite);
  } catch (error) {
    await file.close();
    throw error;
  }
};

const requireFree = async (path: string, overwrite: boolean): Promise<void> => {
  const there = await lstat(path).catch((error: unknown): Stats | undefined => {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw unwritable(path, error);
  });
  if (there !== undefined && !there.isFile())
    throw new Failure('place_unwritable', `${path} is not a plain file`, {
      hint: 'Choose another name, or - for standard output.',
    });
  if (there !== undefined && !overwrite)
    throw new Failure('file_exists', `${path} already exists`, {
      hint: 'Choose another name, or replace it with --overwrite.',
    });
  await access(dirname(path), constants.W_OK).catch((error: unknown) => {
    throw unwritable(path, error);
  });
};

const openPart = async (part: string): Promise<FileHandle> => {
  const { O_CREAT, O_RDWR, O_NOFOLLOW } = constants;
  try {
    return await open(part, O_CREAT | O_RDWR | O_NOFOLLOW, 0o600);
  } catch (error) {
    throw unwritable(part, error);
  }
};

const unwritable = (path: string, cause: unknown): Failure =>
  new Failure(
    'place_unwritable',
    `${path} cannot be written: ${cause instanceof Error ? cause.message : cause}`,
    {
      cause,
    },
  );

const READ_BYTES = 1024 * 1024;

class FileSink implements ArchiveSink {
  readonly name: string;
  readonly part: string;
  readonly #file: FileHandle;
  readonly #overwrite: boolean;
  #at = 0;

  constructor(name: string, part: string, file: FileHandle, overwrite: boolean) {
    this.name = name;
    this.part = part;
    this.#file = file;
    this.#overwrite = overwrite;
  }

  async *kept(): AsyncGenerator<Uint8Array> {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#at);
      if (bytesRead === 0) return;
      this.#at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#at);
      done += bytesWritten;
      this.#at += bytesWritten;
    }
  }

  async restart(): Promise<boolean> {
    await this.#file.truncate(0);
    this.#at = 0;
    return true;
  }

  async commit(): Promise<void> {
    await this.#file.sync();
    if (this.#overwrite) await rename(this.part, this.name);
    else await this.#appearUnlessTaken();
  }

  /**
   * `link` refuses a name that was taken meanwhile; on a file system without links, only the earlier check protects it.
   */
  async #appearUnlessTaken(): Promise<void> {
    try {
      await link(this.part, this.name);
    } catch (error) {
      if (!isSystemError(error, 'EEXIST')) {
        await requireFree(this.name, false);
        await rename(this.part, this.name);
        return;
      }
      throw new Failure(
        'file_exists',
        `${this.name} was created by something else meanwhile; the download is in ${this.part}`,
        {
          hint: 'Look at both, and rename the one that you want to keep.',
        },
      );
    }
    await unlink(this.part);
  }

  async close(): Promise<void> {
    await this.#file.close();
    // Nothing has arrived, so nothing is kept for another try.
    if (this.#at === 0) await unlink(this.part).catch(() => undefined);
  }
}
