/** Makes a sentence, with the next step, of the operating system's error for a folder or file. */
import { HoldfastError, isSystemError } from '../../../model/errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder: create it, or mount the file system that belongs there',
  ENOTDIR: 'it is not a folder',
  EACCES: 'this user may not write there: change the owner or the mode of the folder',
  EPERM: 'the system forbids writing there: change the owner or the attributes of the folder',
  EROFS: 'it lies on a read-only file system: mount it writable',
  ELOOP: 'its symbolic links form a loop',
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: free some space',
  ESTALE: 'the network file system no longer has it: mount it again',
  EIO: 'the disk reports an input/output error',
};

/** `place_unwritable` for a folder that refused a test write, or `storage_full`. Other errors stay unchanged. */
export const unwritablePlace = (thrown: unknown, place: string): unknown => {
  if (thrown instanceof HoldfastError || !(thrown instanceof Error) || !('code' in thrown)) return thrown;
  const code = String(thrown.code);
  const reason = reasons[code];
  if (reason === undefined) return thrown;
  if (isDiskFull(thrown))
    return new HoldfastError('storage_full', `${place} cannot take a backup: ${reason}`, { cause: thrown });
  return new HoldfastError('place_unwritable', `${place} cannot take a backup: ${reason} (${code})`, {
    details: { place },
    cause: thrown,
  });
};

export const isDiskFull = (thrown: unknown): boolean =>
  isSystemError(thrown, 'ENOSPC') || isSystemError(thrown, 'EDQUOT') || isSystemError(thrown, 'EFBIG');

/** `storage_full` for a write that found no room; other errors stay unchanged. */
export const failedWrite = (thrown: unknown, path: string): unknown =>
  isDiskFull(thrown)
    ? new HoldfastError(
        'storage_full',
        `the disk is full: ${path} could not be written; free some space and start again`,
        {
          cause: thrown,
        },
      )
    : thrown;
