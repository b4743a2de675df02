/** What an entry can do beyond being there: what a restore as root should be asked about. */

import { NAMED_SKIPPED } from '../manifest-bounds.ts';
import type { ByteString } from '../tar/byte-string.ts';
import { contentsNameOf } from '../tar/byte-string.ts';
import type { TarType } from '../tar/tar-entry.ts';
import { owner } from './target-folder.ts';

export const SETUID = 0o4000;
export const SETGID = 0o2000;
const EXECUTABLE = 0o111;
/** Permissions and sticky: what is restored of a mode in any case. */
const PERMISSIONS = 0o1777;

/** Who restores, and what he is to be given. */
export interface Rights {
  /** Set owners, and mode bits beyond the permissions. */
  readonly asRoot: boolean;
  /** Set the bits setuid and setgid, as root. */
  readonly setuid: boolean;
}

/** The mode bits that are restored: setuid and setgid by root only, whose owners are restored with them. */
export const restoredMode = (mode: number, { asRoot, setuid }: Rights): number =>
  asRoot && setuid ? mode : mode & PERMISSIONS;

/** Whether root would have set bits of a mode that he was told to leave out. */
export const leavesBitsOut = (mode: number, { asRoot, setuid }: Rights): boolean =>
  asRoot && !setuid && (mode & (SETUID | SETGID)) !== 0;

/** How many entries of a restore ask for what only root can give them, and how many can be run. */
export interface RightsCount {
  /** Files and directories with the bit; none where it is not root who restores. */
  readonly setuid: number;
  readonly setgid: number;
  /** Entries that get another owner or group than the ones of who restores; none where that is not root. */
  readonly owners: number;
  /** Files that somebody may run. */
  readonly executables: number;
}

export class RightsCounter {
  readonly #asRoot: boolean;
  #setuid = 0;
  #setgid = 0;
  #owners = 0;
  #executables = 0;

  constructor(asRoot: boolean) {
    this.#asRoot = asRoot;
  }

  /** Counts an entry that is to be made. A hard link has what its file has. */
  add(type: TarType, mode: number, uid: number, gid: number): void {
    if (type === 'hardlink') return;
    if (type === 'file' && (mode & EXECUTABLE) !== 0) this.#executables += 1;
    if (!this.#asRoot) return;
    if (uid !== owner.uid || gid !== owner.gid) this.#owners += 1;
    if (type === 'symlink') return;
    if ((mode & SETUID) !== 0) this.#setuid += 1;
    if ((mode & SETGID) !== 0) this.#setgid += 1;
  }

  get count(): RightsCount {
    const [setuid, setgid, owners, executables] = [
      this.#setuid,
      this.#setgid,
      this.#owners,
      this.#executables,
    ];
    return { setuid, setgid, owners, executables };
  }
}

/** Entries that were restored without setuid or setgid, though they have it. */
export interface BitsLeftOut {
  readonly count: number;
  /** The first hundred, as text. */
  readonly paths: readonly string[];
}

export class LeftOutBuilder {
  readonly #paths: string[] = [];
  #count = 0;

  add(path: ByteString): void {
    this.#count += 1;
    if (this.#paths.length < NAMED_SKIPPED) this.#paths.push(contentsNameOf(path).text);
  }

  addAll({ count, paths }: BitsLeftOut): void {
    this.#count += count;
    this.#paths.push(...paths.slice(0, NAMED_SKIPPED - this.#paths.length));
  }

  build(): BitsLeftOut {
    return { count: this.#count, paths: this.#paths };
  }
}
