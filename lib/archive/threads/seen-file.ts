/** What a walk saw of a file, to compare with what is opened later under its name. */
import type { BigIntStats, Stats } from 'node:fs';
import type { TarEntry } from '../tar/tar-entry.ts';

export interface SeenFile {
  readonly device: number;
  readonly inode: number;
  readonly changeMilliseconds: number;
  /** 0 when the file system does not know. */
  readonly birthMilliseconds: number;
  /** Whether it has, or had, other names. */
  readonly linked: boolean;
  /**
   * Whether it surely lies in the tree, and nobody but root and ourselves can replace a folder above it: then it is
   * opened by its path. @default false
   */
  readonly guarded?: boolean | undefined;
}

/** With the precision of `Stats`: within a quarter of a microsecond. */
const milliseconds = (nanoseconds: bigint): number => Number(nanoseconds) / 1e6;
/** Doubles keep today's milliseconds to within a quarter of a microsecond; the kernel's own steps are far larger. */
const TIME_STEP_MILLISECONDS = 0.001;

/** The last second that a time in contents can say; its negative is the first. File systems may keep times beyond. */
export const MAX_MTIME_SECONDS = 8_640_000_000_000;

/** Whether a time of `Stats` is that of an entry, which is limited to the range of contents. */
export const isMtimeOf = (
  { mtimeSeconds, mtimeNanoseconds }: Pick<TarEntry, 'mtimeSeconds' | 'mtimeNanoseconds'>,
  now: number,
): boolean => {
  const most = MAX_MTIME_SECONDS * 1000;
  const said = Math.min(most, Math.max(-most, now));
  return isSameTime(said, mtimeSeconds * 1000 + mtimeNanoseconds / 1e6);
};

const isSameTime = (a: number, b: number): boolean => Math.abs(a - b) < TIME_STEP_MILLISECONDS;

/** Numbers beyond 2^53 are rounded, here as in `Stats`: the times beside them make up for that. */
export const seenFileOf = (stats: BigIntStats, guarded = false): SeenFile => ({
  device: Number(stats.dev),
  inode: Number(stats.ino),
  changeMilliseconds: milliseconds(stats.ctimeNs),
  birthMilliseconds: milliseconds(stats.birthtimeNs),
  linked: stats.nlink > 1n,
  guarded,
});

/**
 * `same`: this very file. `unsure`: a file with that inode number which has changed since, on a file system that does
 * not say when files were made: the number may belong to a new file. `other`: something else.
 */
type Likeness = 'same' | 'unsure' | 'other';

const likenessBy = (
  seen: SeenFile,
  device: number,
  inode: number,
  change: number,
  birth: number,
): Likeness => {
  if (device !== seen.device || inode !== seen.inode) return 'other';
  if (isSameTime(change, seen.changeMilliseconds)) return 'same';
  if (birth === 0 || seen.birthMilliseconds === 0) return 'unsure';
  return isSameTime(birth, seen.birthMilliseconds) ? 'same' : 'other';
};

/**
 * Whether the opened file is the one with that index in a `SeenFilesBuilder`. A file with other names, or opened by a
 * path that may have led elsewhere, must be the same for sure: hard links were found by inode number.
 */
export const isStillAt = (numbers: Float64Array, index: number, now: Stats, byPath = false): boolean => {
  const at = index * FIELDS;
  const device = numbers[at] ?? Number.NaN;
  if (Number.isNaN(device)) return true;
  if (device !== now.dev || numbers[at + 1] !== now.ino || !now.isFile()) return false;
  const change = numbers[at + 2] ?? 0;
  if (isSameTime(now.ctimeMs, change)) return true;
  const linked = byPath || isLinkedAt(numbers, index);
  const seen = {
    device,
    inode: now.ino,
    changeMilliseconds: change,
    birthMilliseconds: numbers[at + 3] ?? 0,
    linked,
  };
  return isSureEnough(seen, likenessBy(seen, now.dev, now.ino, now.ctimeMs, now.birthtimeMs));
};

/** Whether the file has other names, as far as is known. */
export const isLinkedAt = (numbers: Float64Array, index: number): boolean =>
  (flagsAt(numbers, index) & LINKED) !== 0;

/** Whether the file may be opened by its path. */
export const isGuardedAt = (numbers: Float64Array, index: number): boolean =>
  (flagsAt(numbers, index) & GUARDED) !== 0;

const flagsAt = (numbers: Float64Array, index: number): number => numbers[index * FIELDS + 4] ?? 0;

/** Whether the file seen now is the one seen before: for sure if it has other names. */
export const isSeenStill = (seen: SeenFile, now: SeenFile): boolean =>
  isSureEnough(seen, likenessOf(seen, now));

/** Whether two names, seen one after the other, are names of one file. */
export const isOneFile = (seen: SeenFile, now: SeenFile): boolean => likenessOf(seen, now) === 'same';

const likenessOf = (seen: SeenFile, now: SeenFile): Likeness =>
  likenessBy(seen, now.device, now.inode, now.changeMilliseconds, now.birthMilliseconds);

const isSureEnough = ({ linked }: SeenFile, like: Likeness): boolean =>
  like === 'same' || (like === 'unsure' && !linked);

const FIELDS = 5;
const LINKED = 1;
const GUARDED = 2;

/** The seen files of a run, in order, in a form that crosses to a worker cheaply. */
export class SeenFilesBuilder {
  #numbers = new Float64Array(64 * FIELDS);
  #count = 0;

  /** @param seen undefined for a file that nobody saw before it was opened. */
  add(seen: SeenFile | undefined): void {
    const at = this.#count * FIELDS;
    if (at === this.#numbers.length) {
      const grown = new Float64Array(2 * at);
      grown.set(this.#numbers);
      this.#numbers = grown;
    }
    const numbers = this.#numbers;
    this.#count += 1;
    numbers[at] = seen?.device ?? Number.NaN;
    numbers[at + 4] = (seen?.linked === false ? 0 : LINKED) + (seen?.guarded === true ? GUARDED : 0);
    if (seen === undefined) return;
    numbers[at + 1] = seen.inode;
    numbers[at + 2] = seen.changeMilliseconds;
    numbers[at + 3] = seen.birthMilliseconds;
  }

  build(): Float64Array<ArrayBuffer> {
    return this.#numbers.slice(0, this.#count * FIELDS);
  }
}
