/** In a worker: writes one restored file, so that no half file ever stands under a final name. */
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
import { fileTime } from '../tar/file-times.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import type { Existing } from './existing.ts';
import { type Rights, restoredMode } from './rights.ts';
import { gatheredPath, type Staging, stagedPath, targetInTheMaking } from './staging.ts';
import { isCode, owner, statsOf, TargetConflict, type TargetFolder } from './target-folder.ts';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const STAGE = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
/** Runs of zeros are looked for in steps of this size, in files of at least this size. */
const HOLE_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(HOLE_BYTES);
const umask = process.umask();
const now = (): number => Date.now() / 1000;

const writeAll = (descriptor: number, bytes: Buffer, at: number): void => {
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, at + done);
  }
};

/** Writes content at `at`, leaving holes for long runs of zeros: a sparse file comes back sparse. */
export const writeSparse = (descriptor: number, bytes: Buffer, at: number): void => {
  let from = 0;
  for (let step = 0; step + HOLE_BYTES <= bytes.length; step += HOLE_BYTES) {
    if (bytes[step] !== 0 || ZEROS.compare(bytes, step, step + HOLE_BYTES) !== 0) continue;
    if (from < step) writeAll(descriptor, bytes.subarray(from, step), at + from);
    from = step + HOLE_BYTES;
  }
  if (from < bytes.length) writeAll(descriptor, bytes.subarray(from), at + from);
};

/** Whether an entry of ours, made in the staging folder, has the owner and the group that it is to have. */
export const isOurs = ({ uid, gid }: Pick<TarEntry, 'uid' | 'gid'>): boolean =>
  uid === owner.uid && gid === owner.gid;

/** Owner, mode and time of a file that is whole. The owner first: changing it takes setuid away. */
export const finishFile = (descriptor: number, entry: TarEntry, rights: Rights, openedWith: number): void => {
  const mode = restoredMode(entry.mode, rights);
  if (rights.asRoot && !isOurs(entry)) fchownSync(descriptor, entry.uid, entry.gid);
  if (mode !== openedWith) fchmodSync(descriptor, mode);
  futimesSync(descriptor, now(), fileTime(entry.mtimeSeconds, entry.mtimeNanoseconds));
};

export interface FileWriterOptions extends Rights {
  readonly staging: Staging;
  readonly existing: Existing;
  /** Makes staging names of this job unlike those of others. */
  readonly job: string;
}

export class FileWriter {
  readonly #options: FileWriterOptions;
  readonly #target: TargetFolder;

  constructor(options: FileWriterOptions) {
    this.#options = options;
    this.#target = targetInTheMaking(options.staging);
  }

  /** Makes a folder, when it is not there. Throws as `TargetFolder.ensureFolder`. */
  folder(folder: ByteString): void {
    if (this.#options.staging.isFresh && folder !== '.') this.#target.makeFolder(folder);
    else this.#target.ensureFolder(folder);
  }

  /** Writes a whole file. False when one was there and was kept. Throws `TargetConflict`, errors of the system. */
  write(entry: TarEntry, content: Buffer): boolean {
    const { staging, existing, job } = this.#options;
    this.#target.ensureParent(entry.path);
    const path = this.#target.path(entry.path);
    if (!this.#target.isFinal(entry.path)) {
      this.#make(path, entry, content);
      return true;
    }
    if (!staging.isFresh && !mayTake(entry.path, path, existing)) return false;
    // One name for all: each file has left it before the next one comes.
    const staged = stagedPath(staging, job, entry.path);
    this.#make(staged, entry, content);
    renameSync(staged, path);
    return true;
  }

  /** Leaves a whole file, or none. */
  #make(path: string | Buffer, entry: TarEntry, content: Buffer): void {
    const mode = restoredMode(entry.mode, this.#options) & 0o777 & ~umask;
    const descriptor = openNew(path, mode);
    try {
      if (content.length >= HOLE_BYTES) {
        writeSparse(descriptor, content, 0);
        ftruncateSync(descriptor, content.length);
      } else if (content.length > 0) writeAll(descriptor, content, 0);
      finishFile(descriptor, entry, this.#options, mode);
    } catch (error) {
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
  }

  /** Writes a piece of a file that lies in several segments. */
  stage(name: string, content: Buffer, at: number): void {
    const descriptor = openSync(gatheredPath(this.#options.staging, name), STAGE, 0o600);
    try {
      writeSparse(descriptor, content, at);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** A name that is there already is another spelling of this one, where the file system knows no capitals: the last one stays. */
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
 * Whether a file or a link may take the place `path`: false when what stands there stays.
 * Throws `TargetConflict` when that may not be replaced.
 */
export const mayTake = (name: ByteString, path: string | Buffer, existing: Existing): boolean => {
  const stats = statsOf(path);
  if (stats === undefined) return true;
  if (existing === 'skip') return false;
  const { text } = contentsNameOf(name);
  if (existing === 'refuse') {
    throw new TargetConflict(`${text} is there already; allow overwriting, or choose another target`);
  }
  if (stats.isDirectory()) {
    throw new TargetConflict(
      `${text} is a directory in the target, and directories are not replaced; remove it or choose another target`,
    );
  }
  return true;
};
