/** In a worker: reads bytes of a file on this machine. */
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { ArchiveError } from '../../errors.ts';
import type { FileRange } from '../extract-jobs.ts';

/**
 * Gives the bytes of a range to `take`, in pieces as long as `buffer`, the last one shorter.
 *
 * @throws `archive_cut` when the file ends before them; errors of the system; what `take` throws.
 */
export const readFileRange = (
  { path, offset, bytes }: FileRange,
  buffer: Uint8Array,
  take: (piece: Uint8Array) => void,
): void => {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    for (let at = offset, end = offset + bytes; at < end; ) {
      const piece = buffer.subarray(0, Math.min(buffer.length, end - at));
      for (let filled = 0; filled < piece.length; ) {
        const read = readSync(descriptor, piece, filled, piece.length - filled, at + filled);
        if (read === 0) throw new ArchiveError('archive_cut', `${path} ends before byte ${end}: it was cut`);
        filled += read;
      }
      take(piece);
      at += piece.length;
    }
  } finally {
    closeSync(descriptor);
  }
};
