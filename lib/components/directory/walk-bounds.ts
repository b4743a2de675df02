/** Where a walk ends: at Holdfast's own files, and at other file systems if the settings say so. */
import type { BigIntStats } from 'node:fs';
import {
  type Identity,
  identitiesOf,
  identityOf,
  inodeOf,
} from '../../archive/destination/folder-identity.ts';
import { mountPoints } from '../../archive/destination/mount-points.ts';
import { NAMED_SKIPPED } from '../../archive/manifest-bounds.ts';
import type { ByteString } from '../../archive/tar/byte-string.ts';

export interface BoundsOptions {
  /** Stay within one file system. @default false */
  readonly oneFileSystem?: boolean;
  /** Folders and files that are left out wherever the walk meets them, under any name or mount. @default none */
  readonly own?: readonly string[];
}

/** What a walk left out at these bounds. */
export interface BoundsReport {
  /** The first hundred mount points of other file systems that the walk did not enter. */
  readonly notEntered: readonly ByteString[];
  readonly notEnteredCount: number;
  /** The first hundred paths at which the walk met something of `own`. */
  readonly own: readonly ByteString[];
}

export class WalkBounds {
  readonly #root: ByteString;
  readonly #oneFileSystem: boolean;
  readonly #own: ReadonlySet<Identity>;
  /** For a quick check: nearly no file has one of these numbers. */
  readonly #ownInodes: ReadonlySet<bigint>;
  readonly #ownFound: ByteString[] = [];
  readonly #notEntered: ByteString[] = [];
  #notEnteredCount = 0;
  #device = 0n;
  /** Read when first needed. */
  #mountPoints: ReadonlySet<ByteString> | undefined;

  constructor(root: ByteString, { oneFileSystem = false, own = [] }: BoundsOptions) {
    this.#root = root;
    this.#oneFileSystem = oneFileSystem;
    this.#own = identitiesOf(own);
    this.#ownInodes = new Set([...this.#own].map(inodeOf));
  }

  /** Sets the file system of the walk's root. */
  begin({ dev }: BigIntStats): void {
    this.#device = dev;
  }

  /** Whether something in `own` has this inode number, on any device. */
  mayBeOwn({ ino }: BigIntStats): boolean {
    return this.#ownInodes.has(ino);
  }

  /** Whether this entry is something of `own`; records the path if it is. */
  isOwn(path: ByteString, stats: BigIntStats): boolean {
    if (!this.mayBeOwn(stats) || !this.#own.has(identityOf(stats))) return false;
    if (this.#ownFound.length < NAMED_SKIPPED) this.#ownFound.push(path);
    return true;
  }

  /** Whether the entry is on another file system, and the walk stays within one. */
  isForeign({ dev }: BigIntStats): boolean {
    return this.#oneFileSystem && dev !== this.#device;
  }

  /**
   * Whether a file is mounted over this one, from another file system. The device alone does not show it: some file
   * systems, such as overlays, give their files other devices.
   */
  isMountedFile(path: ByteString, stats: BigIntStats): boolean {
    if (!this.isForeign(stats)) return false;
    this.#mountPoints ??= mountPoints();
    return this.#mountPoints.has(`${this.#root === '/' ? '' : this.#root}/${path}`);
  }

  /** Records a mount point that the walk does not enter. */
  notEnter(path: ByteString): void {
    this.#notEnteredCount += 1;
    if (this.#notEntered.length < NAMED_SKIPPED) this.#notEntered.push(path);
  }

  get report(): BoundsReport {
    return { notEntered: this.#notEntered, notEnteredCount: this.#notEnteredCount, own: this.#ownFound };
  }
}
