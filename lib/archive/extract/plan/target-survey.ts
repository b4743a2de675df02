/** What exists in the target, and what a restore of an entry would therefore do. Changes nothing. */
import { lstatSync, opendirSync, realpathSync, type Stats, statSync } from 'node:fs';
import type { Existing } from '../../destination/existing.ts';
import { type Identity, identitiesOf, identityOf } from '../../destination/folder-identity.ts';
import { mountPoints } from '../../destination/mount-points.ts';
import { type ByteString, fileSystemPath } from '../../tar/byte-string.ts';
import { parentOf } from '../../tar/entry-path.ts';
import type { TarType } from '../../tar/tar-entry.ts';

export interface Decision {
  readonly action: 'create' | 'overwrite' | 'skip' | 'refuse';
  readonly reason?: string;
}

const CREATE: Decision = { action: 'create' };
const KEPT_ROOT: Decision = {
  action: 'skip',
  reason:
    'existed before the restore, and keeps its own mode, owner and time (--root-attributes restores them)',
};

export interface SurveyOptions {
  /** Whether a target that exists gets the mode, the owner and the time of the archive's root. @default true */
  readonly rootAttributes?: boolean | undefined;
  /** Folders that nothing is restored into, wherever in the target they are. @default none */
  readonly own?: readonly string[] | undefined;
}

/** Reads one name only: there may be millions. */
const isEmpty = (folder: ByteString): boolean => {
  try {
    using names = opendirSync(fileSystemPath(folder));
    return names.readSync() === null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true;
    throw error;
  }
};

const deviceOf = (folder: ByteString): number | undefined => {
  const stats = lstatSync(fileSystemPath(folder), { throwIfNoEntry: false });
  return stats?.isDirectory() === true ? stats.dev : undefined;
};

export class TargetSurvey {
  readonly #target: ByteString;
  /** Whether the target is empty, so that no path in it need be looked at. */
  readonly isEmpty: boolean;
  /** Paths below which nothing can exist: new folders, and things that are no folders. */
  readonly #bare = new Set<ByteString>();
  readonly #blocked = new Set<ByteString>();
  readonly #devices = new Map<ByteString, number | undefined>();
  readonly #mounts: ByteString[] = [];
  readonly #keepsRoot: boolean;
  readonly #own: ReadonlySet<Identity>;
  readonly #isOwn = new Map<ByteString, boolean>([['', false]]);
  /** Absolute paths of mount points, links followed. */
  readonly #mountPoints: ReadonlySet<ByteString>;
  readonly #realTarget: ByteString;

  constructor(target: ByteString, { rootAttributes = true, own = [] }: SurveyOptions = {}) {
    this.#target = target;
    this.isEmpty = isEmpty(target);
    const root = statSync(fileSystemPath(target), { throwIfNoEntry: false });
    this.#devices.set('', root?.dev);
    this.#keepsRoot = !rootAttributes && root !== undefined;
    this.#own = this.isEmpty ? new Set() : identitiesOf(own);
    this.#mountPoints = this.isEmpty ? new Set() : mountPoints();
    const real = this.isEmpty ? target : realpathSync(fileSystemPath(target), 'buffer').toString('latin1');
    this.#realTarget = real === '/' ? '' : real;
  }

  /** Folders of `own` that entries would lie in, or be. */
  get ownFolders(): readonly ByteString[] {
    return [...this.#isOwn].flatMap(([folder, isOwn]) =>
      isOwn && this.#isOwn.get(parentOf(folder)) !== true ? [folder] : [],
    );
  }

  /** Whether an entry would lie in a folder of `own`, or is itself one of them. */
  isOwn(path: ByteString, type: TarType): boolean {
    if (this.#own.size === 0 || path === '.') return false;
    return this.#isOwnFolder(type === 'directory' ? path : parentOf(path));
  }

  #isOwnFolder(folder: ByteString): boolean {
    const known = this.#isOwn.get(folder);
    if (known !== undefined) return known;
    const above = parentOf(folder);
    const isOwn = this.#isOwnFolder(above) || (!this.#bare.has(above) && this.#standsForOwn(folder));
    this.#isOwn.set(folder, isOwn);
    return isOwn;
  }

  #standsForOwn(folder: ByteString): boolean {
    try {
      const path = fileSystemPath(`${this.#target}/${folder}`);
      const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
      return stats !== undefined && this.#own.has(identityOf(stats));
    } catch {
      // A path that cannot be looked at counts as not ours: writing there reports what is wrong.
      return false;
    }
  }

  /** Folders that will be written to and are mount points, the longest path first. */
  get mounts(): readonly ByteString[] {
    return this.#mounts.toSorted((a, b) => b.length - a.length);
  }

  /**
   * The device of a folder; undefined for what does not exist or is no folder, and below it: a link leads out of the
   * target.
   */
  #deviceOf(folder: ByteString): number | undefined {
    if (this.#devices.has(folder)) return this.#devices.get(folder);
    const above = this.#deviceOf(parentOf(folder));
    const device = above === undefined ? undefined : deviceOf(`${this.#target}/${folder}`);
    if (device !== undefined && (device !== above || this.#isMountPoint(folder))) this.#mounts.push(folder);
    this.#devices.set(folder, device);
    return device;
  }

  /** True also where a folder of the same file system is mounted: nothing can be moved or linked across that either. */
  #isMountPoint(folder: ByteString): boolean {
    return this.#mountPoints.size > 0 && this.#mountPoints.has(`${this.#realTarget}/${folder}`);
  }

  /**
   * Whether something that is no folder is on the way into a folder, so that nothing is looked up through a link. The
   * archive need not list the folder.
   */
  #isBlocked(folder: ByteString): boolean {
    if (this.#blocked.has(folder)) return true;
    if (this.#bare.has(folder) || this.#deviceOf(folder) !== undefined) return false;
    const isBlocked = this.#isBlocked(parentOf(folder)) || this.#statsOf(folder) !== undefined;
    (isBlocked ? this.#blocked : this.#bare).add(folder);
    return isBlocked;
  }

  /**
   * What exists at a path; looks only where something can exist. The folder that the path is in must not be blocked.
   */
  #statsOf(path: ByteString): Stats | undefined {
    if (this.#bare.has(parentOf(path))) return undefined;
    return lstatSync(fileSystemPath(`${this.#target}/${path}`), { throwIfNoEntry: false });
  }

  decide(path: ByteString, type: TarType, existing: Existing): Decision {
    if (path === '.' && this.#keepsRoot) return KEPT_ROOT;
    if (this.isEmpty) return CREATE;
    if (path === '.') return { action: existing === 'overwrite' ? 'overwrite' : 'skip' };
    const isFolder = type === 'directory';
    if (this.#isBlocked(parentOf(path))) {
      if (isFolder) this.#blocked.add(path);
      return { action: 'refuse', reason: 'the path above it is not a directory in the target' };
    }
    const stats = this.#statsOf(path);
    if (stats === undefined) {
      if (isFolder) this.#bare.add(path);
      return CREATE;
    }
    if (isFolder) {
      if (stats.isDirectory()) return { action: existing === 'overwrite' ? 'overwrite' : 'skip' };
      this.#blocked.add(path);
      const what = stats.isSymbolicLink() ? 'a symlink' : 'no directory';
      return { action: 'refuse', reason: `it is ${what} in the target, and a directory in the archive` };
    }
    if (existing === 'skip') return { action: 'skip' };
    if (existing === 'refuse') return { action: 'refuse', reason: 'it is there already' };
    if (!stats.isDirectory()) return { action: 'overwrite' };
    return {
      action: 'refuse',
      reason: 'it is a directory in the target, and a restore never replaces directories',
    };
  }
}
