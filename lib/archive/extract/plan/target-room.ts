/**
 * Whether the paths that a restore uses are short enough for the system: those in the target, and in its staging
 * folder.
 */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { canHoldOpen, HELD_BYTES } from '../../destination/hold-open.ts';
import { TargetConflict } from '../../destination/target-folder.ts';
import { type ByteString, fileSystemPath } from '../../tar/byte-string.ts';
import { MAX_PATH_BYTES } from './restorable.ts';

/** Most bytes that the staging folder and what is made in it add to the path of the folder that it is in. */
const STAGING_BYTES = 320;

export class TargetRoom {
  /** Length of the target's own path, with links on the way to it followed. */
  readonly targetBytes: number;
  #longest = 0;

  constructor(target: ByteString) {
    this.targetBytes = realBytes(target);
  }

  /** Records an entry that will lie in the target. */
  take(path: ByteString): void {
    if (path.length > this.#longest) this.#longest = path.length;
  }

  /**
   * Whether the target must be held open and used under the short name that it then has: its own path leaves no room
   * for staging folders.
   */
  needsShortName(mounts: readonly ByteString[]): boolean {
    return this.targetBytes + stagingBytes(mounts) > MAX_PATH_BYTES;
  }

  /** Whether the tree can be made in the staging folder as a whole. */
  get isEnoughForStaging(): boolean {
    const prefix = this.needsShortName([]) ? HELD_BYTES : this.targetBytes;
    return prefix + STAGING_BYTES + this.#longest <= MAX_PATH_BYTES;
  }

  /** @throws `TargetConflict` when there is no room for the staging folders themselves */
  require(mounts: readonly ByteString[]): void {
    if (!this.needsShortName(mounts)) return;
    if (canHoldOpen() && HELD_BYTES + stagingBytes(mounts) <= MAX_PATH_BYTES) return;
    throw new TargetConflict(
      `the path of the target is too long: the paths that a restore creates in it would have more than ${MAX_PATH_BYTES} bytes; choose a target with a shorter path`,
    );
  }
}

/** Bytes that the deepest staging folder adds to the target's path. */
const stagingBytes = (mounts: readonly ByteString[]): number =>
  mounts.reduce((most, { length }) => Math.max(most, length + 1), 0) + STAGING_BYTES;

/** Length of the real path, as far as the path exists; the rest is made as it is named. */
const realBytes = (path: ByteString): number => {
  try {
    return realpathSync(fileSystemPath(path), 'buffer').length;
  } catch {
    const above = dirname(path);
    return above === path ? path.length : realBytes(above) + path.length - above.length;
  }
};
