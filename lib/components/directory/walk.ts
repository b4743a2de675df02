/**
 * Walks a directory tree: what there is, in the order of a backup. Parents come before their children, siblings by
 * the bytes of their names, so two walks of the same tree give the same.
 */
import {
  type BigIntStats,
  closeSync,
  constants,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import picomatch from 'picomatch';
import type { TreeItem } from '../../archive/capture/capture-tree.ts';
import { unreadableReason } from '../../archive/segments/seal-files.ts';
import { type ByteString, contentsNameOf, fileSystemPath } from '../../archive/tar/byte-string.ts';
import { compareInWalk } from '../../archive/tar/entry-path.ts';
import type { TarEntry, TarType } from '../../archive/tar/tar-entry.ts';

export interface WalkOptions {
  /** Globs on paths below the root; with none, everything. A folder is kept when something in it is. */
  readonly include?: readonly string[];
  /** Globs on paths below the root; an excluded folder is not entered. */
  readonly exclude?: readonly string[];
  /** Do not cross into other file systems. @default false */
  readonly oneFileSystem?: boolean;
}

/** The largest time that a date in contents can say; some file systems keep nonsense beyond. */
const MAX_SECONDS = 8_640_000_000_000n;
const NANOSECONDS = 1_000_000_000n;

type Match = (path: ByteString) => boolean;
const matcher = (globs: readonly string[] | undefined): Match | undefined => {
  if (globs === undefined || globs.length === 0) return undefined;
  const matches = picomatch([...globs], { dot: true });
  return (path) => matches(contentsNameOf(path).text);
};

const byBytes = (a: ByteString, b: ByteString): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether `path` comes in a walk at or before `after`. */
export const isAtOrBefore = (path: ByteString, after: ByteString): boolean => compareInWalk(path, after) <= 0;

const typeOf = (stats: BigIntStats): TarType | undefined => {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : undefined;
};

const specialReason = (stats: BigIntStats): string => {
  if (stats.isSocket()) return 'is a socket';
  if (stats.isFIFO()) return 'is a named pipe';
  return 'is a device node';
};

const entryOf = (path: ByteString, type: TarType, stats: BigIntStats, link: ByteString): TarEntry => {
  let seconds = stats.mtimeNs / NANOSECONDS;
  if (stats.mtimeNs < 0n && seconds * NANOSECONDS !== stats.mtimeNs) seconds -= 1n;
  const nanoseconds = stats.mtimeNs - seconds * NANOSECONDS;
  if (seconds > MAX_SECONDS || seconds < -MAX_SECONDS) seconds = 0n;
  return {
    path,
    type,
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    size: type === 'file' ? Number(stats.size) : 0,
    mtimeSeconds: Number(seconds),
    mtimeNanoseconds: Number(nanoseconds),
    link,
  };
};

interface Folder {
  readonly path: ByteString;
  readonly names: ByteString[];
  next: number;
  /** Not yet given out: nothing in it was included so far. */
  pending: TarEntry | undefined;
}

interface Linked {
  readonly path: ByteString;
  left: number;
}

class Walk {
  readonly #root: ByteString;
  readonly #include: Match | undefined;
  readonly #exclude: Match | undefined;
  readonly #device: bigint | undefined;
  /** The first path of each file that has several, until all have been met. */
  readonly #linked = new Map<string, Linked>();
  readonly #stack: Folder[] = [];

  constructor(root: ByteString, rootStats: BigIntStats, options: WalkOptions) {
    this.#root = root;
    this.#include = matcher(options.include);
    this.#exclude = matcher(options.exclude);
    this.#device = options.oneFileSystem === true ? rootStats.dev : undefined;
  }

  *items(rootStats: BigIntStats): Generator<TreeItem, void, undefined> {
    yield entryOf('.', 'directory', rootStats, '');
    // The root must be readable: a component whose root is not is unavailable, not partial.
    this.#stack.push({ path: '', names: this.#names(this.#root), next: 0, pending: undefined });
    for (let folder = this.#stack.at(-1); folder !== undefined; folder = this.#stack.at(-1)) {
      const name = folder.names[folder.next];
      folder.next += 1;
      if (name === undefined) this.#stack.pop();
      else yield* this.#visit(folder.path === '' ? name : `${folder.path}/${name}`);
    }
  }

  #names(folder: ByteString): ByteString[] {
    return readdirSync(fileSystemPath(folder), 'latin1').sort(byBytes);
  }

  #visit(path: ByteString): readonly TreeItem[] {
    if (this.#exclude?.(path) === true) return NOTHING;
    const full = `${this.#root}/${path}`;
    try {
      const stats = lstatSync(fileSystemPath(full), { bigint: true });
      const type = typeOf(stats);
      if (type === 'directory') return this.#visitFolder(path, full, stats);
      if (this.#include !== undefined && !this.#include(path)) return NOTHING;
      if (type === undefined) return [{ path, reason: specialReason(stats) }];
      if (type === 'symlink') {
        const link = readlinkSync(fileSystemPath(full), 'latin1');
        return this.#withParents(entryOf(path, type, stats, link));
      }
      return this.#withParents(
        stats.nlink > 1n ? this.#linkedFile(path, full, stats) : entryOf(path, type, stats, ''),
      );
    } catch (error) {
      return [{ path, reason: unreadableReason(error) }];
    }
  }

  #visitFolder(path: ByteString, full: ByteString, stats: BigIntStats): readonly TreeItem[] {
    const entry = entryOf(path, 'directory', stats, '');
    const wanted = this.#include === undefined || this.#include(path);
    const given = wanted ? this.#withParents(entry) : NOTHING;
    if (this.#device !== undefined && stats.dev !== this.#device) return given;
    try {
      const names = this.#names(full);
      this.#stack.push({ path, names, next: 0, pending: wanted ? undefined : entry });
      return given;
    } catch (error) {
      return [...given, { path, reason: `its contents: ${unreadableReason(error)}` }];
    }
  }

  /** The entry, after the folders above it that have not been given out. */
  #withParents(entry: TarEntry): readonly TreeItem[] {
    if (this.#include === undefined) return [entry];
    const items: TreeItem[] = [];
    for (const folder of this.#stack) {
      if (folder.pending === undefined) continue;
      items.push(folder.pending);
      folder.pending = undefined;
    }
    items.push(entry);
    return items;
  }

  /** A file with several names: the first one carries the content, the others are links to it. */
  #linkedFile(path: ByteString, full: ByteString, stats: BigIntStats): TarEntry {
    const id = `${stats.dev}:${stats.ino}`;
    const linked = this.#linked.get(id);
    if (linked !== undefined) {
      linked.left -= 1;
      if (linked.left === 0) this.#linked.delete(id);
      return entryOf(path, 'hardlink', stats, linked.path);
    }
    // Nothing may link to a name that turns out to be unreadable, so try it now; throws when it is.
    closeSync(
      openSync(fileSystemPath(full), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
    );
    this.#linked.set(id, { path, left: Number(stats.nlink) - 1 });
    return entryOf(path, 'file', stats, '');
  }
}

const NOTHING: readonly TreeItem[] = [];

/**
 * The entries below `root`, the root itself first as `.`. Mount points inside are entered like any folder.
 * Throws an error of the file system when the root is not a readable directory; everything below that cannot be read
 * comes as a skipped item.
 */
export const walk = (root: ByteString, options: WalkOptions = {}): Iterable<TreeItem> => {
  const stats = statSync(fileSystemPath(root), { bigint: true });
  return new Walk(root, stats, options).items(stats);
};
