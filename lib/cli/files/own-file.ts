/** New files for secrets: nobody else may read them, and existing files are not overwritten. */
import { open, unlink } from 'node:fs/promises';
import { isSystemError } from '../../model/errors.ts';
import { Failure } from '../failure.ts';

export interface OwnFile {
  write(text: string): Promise<void>;
  /** Closes the file, and removes it when nothing was written. */
  close(): Promise<void>;
}

/** @throws Failure `file_exists`, `place_unwritable` */
export const createOwnFile = async (path: string): Promise<OwnFile> => {
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    if (isSystemError(cause, 'EEXIST')) throw new Failure('file_exists', `${path} already exists`, { cause });
    throw unwritable(path, cause);
  });
  let isWritten = false;
  return {
    write: async (text) => {
      try {
        await file.writeFile(text);
        await file.sync();
      } catch (cause) {
        throw unwritable(path, cause);
      }
      isWritten = true;
    },
    close: async () => {
      await file.close();
      if (!isWritten) await unlink(path);
    },
  };
};

const unwritable = (path: string, cause: unknown): Failure =>
  new Failure(
    'place_unwritable',
    `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );
