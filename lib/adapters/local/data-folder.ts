/**
 * The data folder of an embedded installation, and the lock that keeps two servers out of it.
 *
 * ```
 * catalog.db          records and the operation lock (with -wal and -shm beside it while it is open)
 * installation.key    wraps the backup keys, signs the archives; 0600: of use with catalog.db only
 * archives/           the archives; .holdfast-staging/ in it holds what is not finished
 * server.json         where the running server listens
 * cli.token           the token of the command line on this machine; 0600
 * disk.reserve        room that is given up when the disk is full, so that something can still be done about that
 * process.lock        held by the running server; process.pid tells whose it is
 * ```
 */
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { makeFolders, PRIVATE_FOLDER } from '../../archive/destination/make-folders.ts';
import { HoldfastError, isSystemError } from '../../model/errors.ts';
import { DiskReserve } from './disk-reserve.ts';
import { requireOwnFolder } from './folder-trust.ts';

export class DataFolder {
  readonly path: string;
  readonly catalogFile: string;
  readonly keyFile: string;
  readonly archivesFolder: string;
  readonly serverFile: string;
  readonly cliTokenFile: string;
  readonly reserve: DiskReserve;
  readonly #lock: DatabaseSync;
  readonly #pidFile: string;

  /**
   * Makes the folder (0700) if it does not exist, leaves the mode of an existing one, and locks it for this process.
   * The operating system holds the lock, and frees it when the process ends, in whatever way.
   *
   * @param options.onFull called when the disk is full and the reserve was given up
   * @throws HoldfastError `conflict` when another process has it, `place_unwritable` when it can't be used,
   * `config_invalid` when another user of this machine could have changed it.
   */
  constructor(path: string, { onFull = () => {} }: { onFull?: () => void } = {}) {
    this.path = resolve(path);
    this.catalogFile = join(this.path, 'catalog.db');
    this.keyFile = join(this.path, 'installation.key');
    this.archivesFolder = join(this.path, 'archives');
    this.serverFile = join(this.path, 'server.json');
    this.cliTokenFile = join(this.path, 'cli.token');
    this.reserve = new DiskReserve(join(this.path, 'disk.reserve'), onFull);
    this.#pidFile = join(this.path, 'process.pid');
    makeFolder(this.path);
    requireOwnFolder(this.path);
    this.#lock = lockFile(join(this.path, 'process.lock'), this.#pidFile);
    // Done only with the lock held.
    this.reserve.releaseWhenFull();
    writePid(this.#pidFile);
  }

  /** The folder itself, and files in it that links or mounts of single files may reach. */
  get ownPaths(): string[] {
    const catalog = ['', '-wal', '-shm'].map((end) => `${this.catalogFile}${end}`);
    return [this.path, this.keyFile, this.cliTokenFile, ...catalog];
  }

  /** Frees the folder for another process. */
  close(): void {
    rmSync(this.#pidFile, { force: true });
    this.#lock.close();
  }
}

/** The file only improves a message, so a disk that is full to the last byte must not prevent the server's start. */
const writePid = (path: string): void => {
  try {
    writeFileSync(path, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    if (!isSystemError(error, 'ENOSPC') && !isSystemError(error, 'EDQUOT')) throw error;
    rmSync(path, { force: true });
  }
};

const makeFolder = (path: string): void => {
  try {
    makeFolders(path, PRIVATE_FOLDER);
  } catch (error) {
    throw unusable(path, error);
  }
};

/** Takes the file lock through SQLite, since Node has no flock: an exclusive transaction that never ends. */
const lockFile = (path: string, pidFile: string): DatabaseSync => {
  let db: DatabaseSync | undefined;
  try {
    // Made here and not by SQLite, so that nobody else can ever write to it.
    closeSync(openSync(path, 'a', 0o600));
    db = new DatabaseSync(path);
    db.exec('PRAGMA journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    return db;
  } catch (error) {
    db?.close();
    const SQLITE_BUSY = 5;
    const busy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
    if (!busy) throw unusable(path, error);
    throw new HoldfastError(
      'conflict',
      `another Holdfast ${pidIn(pidFile)}uses this data folder (${path} is locked): stop it, or name another folder with --data`,
      { cause: error },
    );
  }
};

const pidIn = (pidFile: string): string => {
  try {
    return `(process ${readFileSync(pidFile, 'utf8').trim()}) `;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return '';
    throw error;
  }
};

const whyUnusable = (cause: unknown): string => {
  if (isSystemError(cause, 'EEXIST') || isSystemError(cause, 'ENOTDIR'))
    return 'there is a file in its place, or in the place of a folder above it';
  return cause instanceof Error ? cause.message : String(cause);
};

const unusable = (path: string, cause: unknown): HoldfastError =>
  new HoldfastError(
    'place_unwritable',
    `${path} cannot be used: ${whyUnusable(cause)}; make it a folder that this user can write to, or name another one with --data`,
    { cause },
  );
