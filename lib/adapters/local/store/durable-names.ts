/** Gives names in folders, durably and without replacing others, and removes them. */
import { link, open, rename, rmdir, unlink } from 'node:fs/promises';
import { HoldfastError, isSystemError } from '../../../model/errors.ts';

/**
 * Gives a file another name. A link, unlike a rename, never replaces anything: of two at the same time exactly one
 * succeeds.
 *
 * @throws HoldfastError `file_exists`.
 */
export const linkNew = async (from: string, to: string): Promise<void> => {
  try {
    await link(from, to);
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) throw fileExists(to, error);
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].some((code) => isSystemError(error, code)))
      throw error;
    await claimAndRename(from, to);
  }
};

/**
 * For file systems without hard links (FAT, some network shares): an empty file takes the name, and is then replaced.
 * In between, and after a crash there, the name belongs to an empty file.
 */
export const claimAndRename = async (from: string, to: string): Promise<void> => {
  try {
    await (await open(to, 'wx', 0o600)).close();
  } catch (error) {
    throw isSystemError(error, 'EEXIST') ? fileExists(to, error) : error;
  }
  try {
    await rename(from, to);
  } catch (error) {
    await unlink(to);
    throw error;
  }
};

const fileExists = (path: string, cause: unknown): HoldfastError =>
  new HoldfastError('file_exists', `${path} already exists: choose another file name`, { cause });

/** Removes a folder, unless something is in it or we may not remove it. */
export const rmdirWhenEmpty = async (folder: string): Promise<void> => {
  try {
    await rmdir(folder);
  } catch (error) {
    const expected = ['ENOENT', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EBUSY', 'EROFS', 'EACCES', 'EPERM'];
    if (!expected.some((code) => isSystemError(error, code))) throw error;
  }
};

/** Makes the names in a folder durable. */
export const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems cannot do this for folders.
    if (!isSystemError(error, 'EINVAL') && !isSystemError(error, 'ENOTSUP')) throw error;
  } finally {
    await handle.close();
  }
};
