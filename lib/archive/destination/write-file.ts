/** In a worker: writes one restored file, so that no unfinished file ever has a final name. */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  futimesSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { type ByteString, contentsNameOf } from '../tar/byte-string.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { type Attributes, giveAttributes, isOurs } from './attributes.ts';
import { FailureList } from './entry-failures.ts';
import type { Existing } from './existing.ts';
import { type Rights, restoredMode } from './rights.ts';
import { type Staging, stagedPath, targetInTheMaking } from './staging.ts';
import { isCode, statsOf, TargetConflict, type TargetFolder } from './target-folder.ts';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const STAGE = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
/** Runs of zeros of this length are left as holes, in files of at least this size. */
const HOLE_BYTES = 64 * 1024;
/** What file systems allocate at a time, or a multiple of it: holes begin and end there. */
const BLOCK_BYTES = 4 * 1024;
const ZEROS = Buffer.alloc(BLOCK_BYTES);
const umask = process.umask();

const writeAll = (descriptor: number, bytes: Buffer, at: number): void => {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
  }
};

/**
 * Writes a piece of a new file at `at`, leaving holes for long runs of zeros: a sparse file is restored sparse. Zeros
 * at both ends are left out, too, however few: their run may go on in the next piece.
 */
export const writeSparse = (descriptor: number, bytes: Buffer, at: number): void => {
  let done = 0;
  let zerosFrom: number | undefined;
  for (let from = 0; from < bytes.length; ) {
    const end = Math.min(bytes.length, from + BLOCK_BYTES - ((at + from) % BLOCK_BYTES));
    if (isZero(bytes, from, end)) zerosFrom ??= from;
    else if (zerosFrom !== undefined) {
      if (zerosFrom === 0 || from - zerosFrom >= HOLE_BYTES) {
        writeAll(descriptor, bytes.subarray(done, zerosFrom), at + done);
        done = from;
      }
      zerosFrom = undefined;
    }
    from = end;
  }
  writeAll(descriptor, bytes.subarray(done, zerosFrom), at + done);
};

const isZero = (bytes: Buffer, from: number, end: number): boolean =>
  bytes[from] === 0 && ZEROS.compare(bytes, from, end, 0, end - from) === 0;

const OPEN_FILE_CALLS = { chown: fchownSync, chmod: fchmodSync, utimes: futimesSync };

/** Gives a finished file its owner, mode and time. Returns in words what it lacks. */
export const finishFile = (
  descriptor: number,
  entry: Attributes,
  rights: Rights,
  openedWith: number,
): string | undefined =>
  giveAttributes(descriptor, entry, rights, { isOwned: isOurs(entry), mode: openedWith }, OPEN_FILE_CALLS);

export interface FileWriterOptions extends Rights {
  readonly staging: Staging;
  readonly existing: Existing;
  /** Makes this job's staging names different from those of others. */
  readonly job: string;
}

export class FileWriter {
  readonly #options: FileWriterOptions;
  readonly #failures: FailureList;
  readonly #target: TargetFolder;

  /** @param failures records files that are written without everything that they should have. */
  constructor(options: FileWriterOptions, failures = new FailureList()) {
    this.#options = options;
    this.#failures = failures;
    this.#target = targetInTheMaking(options.staging);
  }

  /** Makes a folder that does not exist. @throws as `TargetFolder.ensureFolder` */
  folder(folder: ByteString): void {
    if (this.#options.staging.isFresh && folder !== '.') this.#target.makeFolder(folder);
    else this.#target.ensureFolder(folder);
  }

  /**
   * Writes a whole file. Returns false when one existed and was kept.
   *
   * @throws `TargetConflict`, what `TargetFolder.ensureFolder` throws, errors of the system; what existed there is then
   * unchanged.
   */
  write(entry: TarEntry, content: Buffer): boolean {
    const { staging, existing, job } = this.#options;
    this.#target.ensureParent(entry.path);
    const path = this.#target.path(entry.path);
    if (!this.#target.isFinal(entry.path)) {
      this.#failures.lack(entry.path, this.#make(path, entry, content));
      return true;
    }
    if (!staging.isFresh && !mayTake(entry.path, path, existing)) return false;
    // One name serves all files: each has left it before the next one comes.
    const staged = stagedPath(staging, job, entry.path);
    const lacking = this.#make(staged, entry, content);
    moveToName(staged, path);
    this.#failures.lack(entry.path, lacking);
    return true;
  }

  /** Makes a whole file, or none. */
  #make(path: string | Buffer, entry: TarEntry, content: Buffer): string | undefined {
    const mode = restoredMode(entry.mode, this.#options) & 0o777 & ~umask;
    const descriptor = openNew(path, mode);
    try {
      if (content.length >= HOLE_BYTES) {
        writeSparse(descriptor, content, 0);
        ftruncateSync(descriptor, content.length);
      } else if (content.length > 0) writeAll(descriptor, content, 0);
      return finishFile(descriptor, entry, this.#options, mode);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
  }

  /** Writes a piece of a file that lies in several segments, and that will move to the path of an entry. */
  stage(name: string, entry: ByteString, content: Buffer, at: number): void {
    const descriptor = openSync(stagedPath(this.#options.staging, name, entry), STAGE, 0o600);
    try {
      writeSparse(descriptor, content, at);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Gives a finished file its name. When that fails, it is removed, and what existed there is unchanged. */
export const moveToName = (staged: string | Buffer, path: string | Buffer): void => {
  try {
    renameSync(staged, path);
  } catch (error) {
    rmSync(staged, { force: true });
    throw error;
  }
};

/** If the name exists, it is another spelling of this one on a file system that ignores case: the last one stays. */
const openNew = (path: string | Buffer, mode: number): number => {
  try {
    return openSync(path, CREATE, mode);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    rmSync(path);
    return openSync(path, CREATE, mode);
  }
};

/**
 * Whether a file or a link may take the place `path`: false when what exists there stays.
 *
 * @throws `TargetConflict` when what exists there may not be replaced.
 */
export const mayTake = (name: ByteString, path: string | Buffer, existing: Existing): boolean => {
  const stats = statsOf(path);
  if (stats === undefined) return true;
  if (existing === 'skip') return false;
  const { text } = contentsNameOf(name);
  if (existing === 'refuse') {
    throw new TargetConflict(`${text} already exists; allow overwriting, or choose another target`);
  }
  if (stats.isDirectory()) {
    throw new TargetConflict(
      `${text} is a directory in the target, and a restore never replaces directories; remove it or choose another target`,
    );
  }
  return true;
};
