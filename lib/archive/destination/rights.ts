/** What an entry can do beyond existing: what a restore as root should ask about. */

import { NAMED_SKIPPED } from '../manifest-bounds.ts';
import type { ByteString } from '../tar/byte-string.ts';
import { contentsNameOf } from '../tar/byte-string.ts';
import type { TarType } from '../tar/tar-entry.ts';
import { owner } from './target-folder.ts';

export const SETUID = 0o4000;
export const SETGID = 0o2000;
const EXECUTABLE = 0o111;
/** Permissions and sticky: the bits of a mode that are always restored. */
const PERMISSIONS = 0o1777;

/** Which rights the person who restores has and asks for. */
export interface Rights {
  /** Set owners, and mode bits beyond the permissions. */
  readonly asRoot: boolean;
  /** Set the bits setuid and setgid, as root. */
  readonly setuid: boolean;
}

/** The mode bits that are restored: setuid and setgid only by root, who also restores the owners. */
export const restoredMode = (mode: number, { asRoot, setuid }: Rights): number =>
  asRoot && setuid ? mode : mode & PERMISSIONS;

/** Whether root leaves out bits of a mode because the restore was told to. */
export const leavesBitsOut = (mode: number, { asRoot, setuid }: Rights): boolean =>
  asRoot && !setuid && (mode & (SETUID | SETGID)) !== 0;

/** How many entries of a restore ask for what only root can give them, and how many can be run. */
export interface RightsCount {
  /** Files and directories with the bit; 0 when the restore does not run as root. */
  readonly setuid: number;
  readonly setgid: number;
  /** Entries with an owner or group other than the restore's own; 0 when it does not run as root. */
  readonly owners: number;
  /** Files that somebody can execute. */
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

  /** Counts an entry that will be made. A hard link has what its file has. */
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
