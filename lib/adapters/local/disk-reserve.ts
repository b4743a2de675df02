/**
 * Reserves room in the data folder, so that Holdfast itself can help a full disk: the reserve is given up when the disk
 * is full, and records can be written again, for example to remove an upload or delete a backup.
 */
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, rmSync, statfsSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSystemError } from '../../model/errors.ts';

const RESERVE_BYTES = 4 * 1024 * 1024;
/** More than file systems compress at once, so that a repeated piece takes its full room each time. */
const PIECE_BYTES = 256 * 1024;
/** With less free than this the disk counts as full: SQLite needs some room to open a database. */
const FULL_BYTES = 1024 * 1024;
/** Free room required to make the reserve, which then takes no more than a quarter of it. */
const PLENTY_BYTES = 4 * RESERVE_BYTES;

export class DiskReserve {
  readonly #path: string;

  readonly #onRelease: () => void;

  /** @param onRelease called whenever the reserve was given up */
  constructor(path: string, onRelease: () => void) {
    this.#path = path;
    this.#onRelease = onRelease;
  }

  /** Makes the reserve when there is plenty of room, and gives it up when there is none. */
  adjust(): void {
    if (this.#free() >= PLENTY_BYTES && !this.#exists()) this.#make();
    this.releaseWhenFull();
  }

  releaseWhenFull(): void {
    if (this.#free() < FULL_BYTES) this.release();
  }

  /** Gives up the reserve. True when there was one, so that there is room now. */
  release(): boolean {
    if (!this.#exists()) return false;
    rmSync(this.#path, { force: true });
    this.#onRelease();
    return true;
  }

  #exists(): boolean {
    return (statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0) > 0;
  }

  #free(): number {
    return freeBytesOf(dirname(this.#path));
  }

  /** Random bytes, because zeros would take no room on a file system that compresses. */
  #make(): void {
    const piece = randomFillSync(Buffer.alloc(PIECE_BYTES));
    try {
      const file = openSync(this.#path, 'w', 0o600);
      try {
        for (let bytes = 0; bytes < RESERVE_BYTES; bytes += writeSync(file, piece));
      } finally {
        closeSync(file);
      }
    } catch (error) {
      rmSync(this.#path, { force: true });
      if (!isSystemError(error, 'ENOSPC') && !isSystemError(error, 'EDQUOT')) throw error;
    }
  }
}

/** Bytes that this user may still write to the file system of a folder. */
export const freeBytesOf = (folder: string): number => {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
};
