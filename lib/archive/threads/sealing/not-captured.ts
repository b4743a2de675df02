/** Whether an open file is still what the walk saw, and why it is not captured where it is not. */
import { fstatSync, type Stats } from 'node:fs';
import type { ByteString } from '../../tar/byte-string.ts';
import type { TarEntry } from '../../tar/tar-entry.ts';
import { isMtimeOf } from '../seen-file.ts';
import type { EntryProblem, OpenedFile } from '../segment-jobs.ts';
import { unreadableReason } from '../unreadable-reason.ts';

/** A file is not captured: nothing of it is in the segment. */
export class NotCaptured extends Error {
  readonly problem: EntryProblem;
  /** Whether some of it has left the block, so that the segment must be begun anew without it. */
  readonly late: boolean;

  constructor(problem: EntryProblem, late = false) {
    super(problem.reason);
    this.problem = problem;
    this.late = late;
  }
}

/** Of an open file, as of one on a server that no longer knows it, even this may be refused. @throws `NotCaptured` */
export const statsIn = (path: ByteString, descriptor: number, late: boolean): Stats => {
  try {
    return fstatSync(descriptor);
  } catch (error) {
    throw new NotCaptured({ path, kind: 'skipped', reason: unreadableReason(error) }, late);
  }
};

/** Whether what was read is what the walk saw; undefined for yes. */
export const changeSince = (
  entry: TarEntry,
  now: Stats,
  missingBytes: number,
  measured: boolean,
): string | undefined => {
  if (missingBytes > 0 || (now.size < entry.size && !measured))
    return 'shrank while it was read: zeros stand in for the rest';
  if (now.size > entry.size && !measured)
    return 'grew while it was read: what was added is not in the backup';
  return isMtimeOf(entry, now.mtimeMs) ? undefined : 'was written to while it was read';
};

export interface FoundFile extends OpenedFile {
  /** Whether it was opened by its path, and may be of elsewhere. */
  readonly byPath?: true;
}

/** A file that lies in this segment as a whole, as it was captured. */
export interface SealedFile {
  readonly entry: TarEntry;
  readonly offset: number;
  readonly sha256: string;
  readonly change: string | undefined;
}
