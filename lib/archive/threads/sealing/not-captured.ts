/** Checks whether an open file is still what the walk saw, and says why it is not captured otherwise. */
import { fstatSync, type Stats } from 'node:fs';
import type { ByteString } from '../../tar/byte-string.ts';
import type { TarEntry } from '../../tar/tar-entry.ts';
import { isMtimeOf } from '../seen-file.ts';
import type { EntryProblem, OpenedFile } from '../segment-jobs.ts';
import { unreadableReason } from '../unreadable-reason.ts';

/** Thrown for a file that is not captured: the segment holds nothing of it. */
export class NotCaptured extends Error {
  readonly problem: EntryProblem;
  /** Whether some of the file has left the block, so that the segment must begin anew without it. */
  readonly late: boolean;

  constructor(problem: EntryProblem, late = false) {
    super(problem.reason);
    this.problem = problem;
    this.late = late;
  }
}

/** `fstat` of an open file, which may fail when its server no longer knows it. @throws `NotCaptured` */
export const statsIn = (path: ByteString, descriptor: number, late: boolean): Stats => {
  try {
    return fstatSync(descriptor);
  } catch (error) {
    throw new NotCaptured({ path, kind: 'skipped', reason: unreadableReason(error) }, late);
  }
};

/** How the file changed since the walk saw it; undefined when it did not. */
export const changeSince = (
  entry: TarEntry,
  now: Stats,
  missingBytes: number,
  measured: boolean,
): string | undefined => {
  if (missingBytes > 0 || (now.size < entry.size && !measured))
    return 'shrank while it was read: zeros replace the rest';
  if (now.size > entry.size && !measured)
    return 'grew while it was read: the added bytes are not in the backup';
  return isMtimeOf(entry, now.mtimeMs) ? undefined : 'was changed while it was read';
};

export interface FoundFile extends OpenedFile {
  /** Whether it was opened by its path, and may lie outside the tree. */
  readonly byPath?: true;
}

/** A file that lies in this segment as a whole. */
export interface SealedFile {
  readonly entry: TarEntry;
  readonly offset: number;
  readonly sha256: string;
  readonly change: string | undefined;
}
