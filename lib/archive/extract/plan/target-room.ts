/** Whether the paths that a restore uses fit into what the system takes: those of the target, and those of its staging folder. */
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { canHoldOpen, HELD_BYTES } from '../../destination/hold-open.ts';
import { TargetConflict } from '../../destination/target-folder.ts';
import { type ByteString, fileSystemPath } from '../../tar/byte-string.ts';
import { MAX_PATH_BYTES } from './restorable.ts';

/** What the staging folder, and whatever is made in it, adds to the path of the folder that it is in. */
const STAGING_BYTES = 320;

export class TargetRoom {
  /** Of the target's own path, with links on the way to it followed. */
  readonly targetBytes: number;
  #longest = 0;

  constructor(target: ByteString) {
    this.targetBytes = realBytes(target);
  }

  /** Takes note of an entry that is going to lie in the target. */
  take(path: ByteString): void {
    if (path.length > this.#longest) this.#longest = path.length;
  }

  /**
   * Whether the target is to be held open and used under the short name that this gives it: its own path leaves no room
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
      `the target's own path is too long: with what a restore makes in it, it would have more than ${MAX_PATH_BYTES} bytes; choose one with a shorter path`,
    );
  }
}

/** Of the deepest staging folder, below the target. */
const stagingBytes = (mounts: readonly ByteString[]): number =>
  mounts.reduce((most, { length }) => Math.max(most, length + 1), 0) + STAGING_BYTES;

/** As far as a path exists; what does not exist yet is made as it is named. */
const realBytes = (path: ByteString): number => {
  try {
    return realpathSync(fileSystemPath(path), 'buffer').length;
  } catch {
    const above = dirname(path);
    return above === path ? path.length : realBytes(above) + path.length - above.length;
  }
};
