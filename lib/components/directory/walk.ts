/**
 * Walks a directory tree: what there is, in the order of a backup. Parents come before their children, siblings by
 * the bytes of their names, so two walks of the same tree give the same.
 */
import { type BigIntStats, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import picomatch from 'picomatch';
import {
  specialReason,
  type TreeEntry,
  type TreeItem,
  treeTypeOf,
  walkedEntry,
} from '../../archive/capture/tree-item.ts';
import { MAX_PATH_BYTES, OpenFolders, openTree } from '../../archive/segments/open-folders.ts';
import { isOneFile, type SeenFile } from '../../archive/segments/seen-file.ts';
import { unreadableReason } from '../../archive/segments/unreadable-reason.ts';
import { type ByteString, contentsNameOf, fileSystemPath } from '../../archive/tar/byte-string.ts';
import { compareInWalk } from '../../archive/tar/entry-path.ts';

export interface WalkOptions {
  /** Globs on paths below the root; with none, everything. A folder is kept when something in it is. */
  readonly include?: readonly string[];
  /** Globs on paths below the root; an excluded folder is not entered. */
  readonly exclude?: readonly string[];
  /** Do not cross into other file systems. @default false */
  readonly oneFileSystem?: boolean;
}

type Match = (path: ByteString) => boolean;
const matcher = (globs: readonly string[] | undefined): Match | undefined => {
  if (globs === undefined || globs.length === 0) return undefined;
  const matches = picomatch([...globs], { dot: true });
  return (path) => matches(contentsNameOf(path).text);
};

const byBytes = (a: ByteString, b: ByteString): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether `path` comes in a walk at or before `after`. */
export const isAtOrBefore = (path: ByteString, after: ByteString): boolean => compareInWalk(path, after) <= 0;

interface Folder {
  readonly path: ByteString;
  readonly names: ByteString[];
  next: number;
  /** Not yet given out: nothing in it was included so far. */
  pending: TreeEntry | undefined;
}

interface Linked {
  readonly path: ByteString;
  readonly seen: SeenFile;
  left: number;
}

class Walk {
  readonly #root: ByteString;
  readonly #folders: OpenFolders;
  readonly #include: Match | undefined;
  readonly #exclude: Match | undefined;
  readonly #oneFileSystem: boolean;
  #device = 0n;
  /** The first path of each file that has several, until all have been met. */
  readonly #linked = new Map<string, Linked>();
  readonly #stack: Folder[] = [];

  constructor(root: ByteString, folders: OpenFolders, options: WalkOptions) {
    this.#root = root;
    this.#folders = folders;
    this.#include = matcher(options.include);
    this.#exclude = matcher(options.exclude);
    this.#oneFileSystem = options.oneFileSystem ?? false;
  }

  *items(): Generator<TreeItem, void, undefined> {
    // The root must be readable: a component whose root is not is unavailable, not partial.
    const { stats, names } = this.#open('');
    this.#device = stats.dev;
    yield walkedEntry('.', 'directory', stats, '');
    this.#stack.push({ path: '', names, next: 0, pending: undefined });
    for (let folder = this.#stack.at(-1); folder !== undefined; folder = this.#stack.at(-1)) {
      const name = folder.names[folder.next];
      folder.next += 1;
      if (name === undefined) this.#stack.pop();
      else yield* this.#visit(folder.path === '' ? name : `${folder.path}/${name}`);
    }
  }

  #open(path: ByteString): { stats: BigIntStats; names: ByteString[] } {
    const folder = this.#folders.folder(path);
    return {
      stats: statSync(folder, { bigint: true }),
      names: readdirSync(folder, 'latin1').sort(byBytes),
    };
  }

  #visit(path: ByteString): readonly TreeItem[] {
    if (this.#exclude?.(path) === true) return NOTHING;
    const full = `${this.#root}/${path}`;
    try {
      const stats = lstatSync(fileSystemPath(full), { bigint: true });
      // By its path and not in its open folder, which is slower: if this is not the file in the tree, whoever opens that
      // one there sees the difference. What nobody opens is looked at below.
      if (stats.isFile() && stats.nlink === 1n) return this.#fileOf(path, stats);
    } catch {
      // Whatever it was: below it counts.
    }
    if (full.length > MAX_PATH_BYTES) return [{ path, reason: TOO_LONG }];
    try {
      return this.#visitSurely(path);
    } catch (error) {
      return [{ path, reason: unreadableReason(error) }];
    }
  }

  #fileOf(path: ByteString, stats: BigIntStats): readonly TreeItem[] {
    if (this.#include !== undefined && !this.#include(path)) return NOTHING;
    return this.#withParents(walkedEntry(path, 'file', stats, ''));
  }

  /** Looks at what is in the folder that is open, wherever its path leads by now. Throws what the file system says. */
  #visitSurely(path: ByteString): readonly TreeItem[] {
    const name = this.#folders.nameOf(path);
    const stats = lstatSync(name, { bigint: true });
    const type = treeTypeOf(stats);
    if (type === 'directory') return this.#visitFolder(path, stats);
    if (this.#include !== undefined && !this.#include(path)) return NOTHING;
    if (type === undefined) return [{ path, reason: specialReason(stats) }];
    if (type === 'symlink')
      return this.#withParents(walkedEntry(path, type, stats, readlinkSync(name, 'latin1')));
    const entry = walkedEntry(path, type, stats, '');
    return this.#withParents(stats.nlink > 1n ? this.#linkedFile(entry, stats) : entry);
  }

  #visitFolder(path: ByteString, seen: BigIntStats): readonly TreeItem[] {
    const wanted = this.#include === undefined || this.#include(path);
    if (this.#oneFileSystem && seen.dev !== this.#device) return this.#ownEntry(path, seen, wanted);
    try {
      const { stats, names } = this.#open(path);
      // Mounted just now: it is not entered, either.
      if (this.#oneFileSystem && stats.dev !== this.#device) return this.#ownEntry(path, stats, wanted);
      const given = this.#ownEntry(path, stats, wanted);
      const pending = wanted ? undefined : walkedEntry(path, 'directory', stats, '');
      this.#stack.push({ path, names, next: 0, pending });
      return given;
    } catch (error) {
      const now = lstatSync(this.#folders.nameOf(path), { bigint: true });
      // Another thing took its place between two calls.
      if (!now.isDirectory()) return this.#visitSurely(path);
      return [
        ...this.#ownEntry(path, now, wanted),
        { path, reason: `its contents: ${unreadableReason(error)}` },
      ];
    }
  }

  #ownEntry(path: ByteString, stats: BigIntStats, wanted: boolean): readonly TreeItem[] {
    return wanted ? this.#withParents(walkedEntry(path, 'directory', stats, '')) : NOTHING;
  }

  /** The entry, after the folders above it that have not been given out. */
  #withParents(entry: TreeEntry): readonly TreeItem[] {
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

  /**
   * A file with several names: the first one carries the content, the others are links to it. By its number alone a file
   * is not known: when its last name is removed, that goes to the next new file.
   */
  #linkedFile(entry: TreeEntry, stats: BigIntStats): TreeEntry {
    const { path, seen } = entry;
    if (seen === undefined) return entry;
    const id = `${stats.dev}:${stats.ino}`;
    const linked = this.#linked.get(id);
    if (linked !== undefined && isOneFile(linked.seen, seen)) {
      linked.left -= 1;
      if (linked.left === 0) this.#linked.delete(id);
      return walkedEntry(path, 'hardlink', stats, linked.path);
    }
    this.#linked.set(id, { path, seen, left: Number(stats.nlink) - 1 });
    return entry;
  }
}

const NOTHING: readonly TreeItem[] = [];
const TOO_LONG = `has a path of more than ${MAX_PATH_BYTES} bytes, which the system does not take`;

function* itemsBelow(root: ByteString, options: WalkOptions): Generator<TreeItem, void, undefined> {
  using tree = openTree(root);
  using folders = new OpenFolders(tree);
  yield* new Walk(root, folders, options).items();
}

/**
 * The entries below `root`, the root itself first as `.`. Mount points inside are entered like any folder.
 * Throws an error of the file system when the root is not a readable directory; everything below that cannot be read
 * comes as a skipped item.
 */
export const walk = (root: ByteString, options: WalkOptions = {}): Iterable<TreeItem> => {
  statSync(fileSystemPath(root));
  return itemsBelow(root, options);
};
