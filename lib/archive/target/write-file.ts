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
  writeSync,
} from 'node:fs';
import { type ByteString, contentsNameOf } from '../tar/byte-string.ts';
import { fileTime } from '../tar/file-times.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { type Staging, stagingFor } from './staging.ts';
import type { Existing } from './target-folder.ts';
import { statsOf, TargetConflict, type TargetFolder } from './target-folder.ts';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const STAGE = constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW;
/** Runs of zeros are looked for in steps of this size, in files of at least this size. */
const HOLE_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(HOLE_BYTES);
const umask = process.umask();
const uid = process.geteuid?.() ?? 0;
const gid = process.getegid?.() ?? 0;
const now = (): number => Date.now() / 1000;

/** The mode bits that are restored: beyond permissions and sticky only by root, whose owners are restored with them. */
export const restoredMode = (mode: number, asRoot: boolean): number => (asRoot ? mode : mode & 0o1777);

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

/** Owner, mode and time of a file that is whole. The owner first: changing it takes setuid away. */
export const finishFile = (
  descriptor: number,
  entry: TarEntry,
  asRoot: boolean,
  openedWith: number,
): void => {
  const mode = restoredMode(entry.mode, asRoot);
  if (asRoot && (entry.uid !== uid || entry.gid !== gid)) fchownSync(descriptor, entry.uid, entry.gid);
  if (mode !== openedWith) fchmodSync(descriptor, mode);
  futimesSync(descriptor, now(), fileTime(entry.mtimeSeconds, entry.mtimeNanoseconds));
};

export interface FileWriterOptions {
  readonly folder: TargetFolder;
  readonly staging: Staging;
  readonly existing: Existing;
  /** The target was empty: there is nothing to be looked for. */
  readonly isFresh: boolean;
  readonly asRoot: boolean;
  /** Makes staging names of this job unlike those of others. */
  readonly job: string;
}

export class FileWriter {
  readonly #options: FileWriterOptions;

  constructor(options: FileWriterOptions) {
    this.#options = options;
  }

  /** Writes a whole file. False when one was there and was kept. Throws `TargetConflict`, errors of the system. */
  write(entry: TarEntry, content: Buffer): boolean {
    const { folder, staging, existing, isFresh, asRoot, job } = this.#options;
    folder.ensureParent(entry.path);
    const path = folder.path(entry.path);
    if (!isFresh && statsOf(path) !== undefined) {
      if (existing === 'skip') return false;
      requireReplaceable(entry.path, path, existing);
    }
    // One name for all: each file has left it before the next one comes.
    const staged = folder.path(`${stagingFor(staging, entry.path)}/${job}`);
    const mode = restoredMode(entry.mode, asRoot) & 0o777 & ~umask;
    const descriptor = openSync(staged, CREATE, mode);
    try {
      if (content.length >= HOLE_BYTES) {
        writeSparse(descriptor, content, 0);
        ftruncateSync(descriptor, content.length);
      } else if (content.length > 0) writeAll(descriptor, content, 0);
      finishFile(descriptor, entry, asRoot, mode);
    } finally {
      closeSync(descriptor);
    }
    renameSync(staged, path);
    return true;
  }

  /** Writes a piece of a file that lies in several segments. */
  stage(name: string, content: Buffer, at: number): void {
    const { folder, staging } = this.#options;
    const descriptor = openSync(folder.path(`${staging.name}/${name}`), STAGE, 0o600);
    try {
      writeSparse(descriptor, content, at);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** Throws `TargetConflict` unless what stands at `path` may be replaced by a file or a link. */
export const requireReplaceable = (name: ByteString, path: string | Buffer, existing: Existing): void => {
  const { text } = contentsNameOf(name);
  if (existing === 'refuse') {
    throw new TargetConflict(`${text} is there already; allow overwriting, or choose another target`);
  }
  if (statsOf(path)?.isDirectory() === true) {
    throw new TargetConflict(
      `${text} is a directory in the target, and directories are not replaced; remove it or choose another target`,
    );
  }
};
