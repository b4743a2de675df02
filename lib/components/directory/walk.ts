/**
 * Walks a directory tree in the order of a backup. Parents come before their children, siblings by the bytes of their
 * names, so two walks of the same tree give the same.
 */
import { type BigIntStats, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import { specialReason, type TreeItem, treeTypeOf, walkedEntry } from '../../archive/capture/tree-item.ts';
import { type ByteString, fileSystemPath } from '../../archive/tar/byte-string.ts';
import { compareInWalk } from '../../archive/tar/entry-path.ts';
import { MAX_PATH_BYTES, OpenFolders, openTree } from '../../archive/threads/sealing/open-folders.ts';
import { unreadableReason } from '../../archive/threads/unreadable-reason.ts';
import { type EntryCount, type Folder, FolderStack, nextPath } from './folder-stack.ts';
import { LinkedFiles } from './linked-files.ts';
import { type FilterOptions, PathFilter } from './path-filter.ts';
import { type BoundsOptions, type BoundsReport, WalkBounds } from './walk-bounds.ts';

export interface WalkOptions extends FilterOptions, BoundsOptions {}

/** What a walk reports besides its items, once it has ended. */
export interface WalkReport extends BoundsReport, EntryCount {
  /** Patterns that matched nothing. */
  readonly unusedPatterns: readonly string[];
}

const byBytes = (a: ByteString, b: ByteString): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether `path` comes in a walk at or before `after`. */
export const isAtOrBefore = (path: ByteString, after: ByteString): boolean => compareInWalk(path, after) <= 0;

/** A name with what `lstat` said of it. */
interface Looked {
  readonly path: ByteString;
  readonly stats: BigIntStats;
  /** The target of a symlink, else empty. */
  readonly link: ByteString;
  /** As in `SeenFile`. */
  readonly guarded: boolean;
}

/** Names looked at before the first of them is yielded. */
const ROW_NAMES = 256;

class Walk {
  readonly #root: ByteString;
  #folders = new OpenFolders({ path: '', descriptor: undefined });
  readonly #filter: PathFilter;
  readonly #bounds: WalkBounds;
  readonly #linked = new LinkedFiles();
  readonly #stack: FolderStack;

  constructor(root: ByteString, options: WalkOptions) {
    this.#root = root;
    this.#filter = new PathFilter(options);
    this.#stack = new FolderStack(!this.#filter.wantsAll);
    this.#bounds = new WalkBounds(root, options);
  }

  *items(): Generator<TreeItem, void, undefined> {
    using tree = openTree(this.#root);
    using folders = new OpenFolders(tree);
    this.#folders = folders;
    // The root must be readable: a component whose root is not is unavailable, not partial.
    const { stats, names } = this.#open('');
    this.#bounds.begin(stats);
    if (this.#bounds.isOwn('.', stats)) return;
    yield* this.#ownEntry('.', stats, true);
    this.#stack.push({ path: '', names, wanted: this.#filter.wantsAll, pending: undefined });
    for (let folder = this.#stack.top; folder !== undefined; folder = this.#stack.top) {
      const { ahead } = folder;
      folder.ahead = undefined;
      if (ahead !== undefined) yield* this.#visit(ahead.path, ahead.stats);
      else if (folder.next === folder.names.length) this.#stack.pop();
      else yield* this.#isAtPath(folder) ? this.#visitRow(folder) : this.#visit(nextPath(folder));
    }
  }

  #isAtPath({ path }: Folder): boolean {
    try {
      return this.#folders.isAtPath(path);
    } catch {
      // The entries in it are named one by one.
      return false;
    }
  }

  /**
   * Visits the next entries of a folder, up to the next folder in it. They are looked at by path, which is faster, and
   * yielded once the path is seen to lead there still. A folder is visited alone, because only opening it shows what it
   * is; so is an entry that could not be looked at.
   */
  #visitRow(folder: Folder): readonly TreeItem[] {
    const from = folder.next;
    const row: Looked[] = [];
    while (folder.next < folder.names.length && row.length < ROW_NAMES) {
      const path = nextPath(folder);
      if (this.#filter.isExcludedAnyway(path)) continue;
      const looked = this.#lookByPath(path);
      if (looked?.stats.isDirectory() === false) row.push(looked);
      else if (row.length === 0) return this.#visit(path, looked?.stats);
      else {
        folder.ahead = { path, stats: looked?.stats };
        break;
      }
    }
    if (row.length === 0 || this.#folders.isStillAtPath(folder.path))
      return row.flatMap((looked) => this.#itemsOf(looked));
    folder.next = from;
    folder.ahead = undefined;
    folder.isSwapped = true;
    return NOTHING;
  }

  #lookByPath(path: ByteString): Looked | undefined {
    const name = fileSystemPath(`${this.#root}/${path}`);
    try {
      const stats = lstatSync(name, { bigint: true });
      return { path, stats, link: stats.isSymbolicLink() ? readlinkSync(name, 'latin1') : '', guarded: true };
    } catch {
      // The entry is looked at once more, and that result counts.
      return undefined;
    }
  }

  #open(path: ByteString, byPath?: BigIntStats): { stats: BigIntStats; names: ByteString[] } {
    const folder = this.#folders.folder(path);
    return {
      stats: this.#folders.statsOf(path, byPath),
      names: readdirSync(folder, 'latin1').sort(byBytes),
    };
  }

  /** @param seen the entry's state, if it has just been looked at by its path */
  #visit(path: ByteString, seen?: BigIntStats): readonly TreeItem[] {
    // Not even looked at: an excluded entry may hang.
    if (this.#filter.isExcludedAnyway(path)) return NOTHING;
    if (this.#stack.top?.isSwapped === true) return this.#visitOrName(path);
    try {
      const stats = seen ?? lstatSync(fileSystemPath(`${this.#root}/${path}`), { bigint: true });
      // Looked at by its path and not in its open folder, which would be slower: if this is not the file in the tree,
      // opening that one shows the difference. Entries that are not opened are looked at below.
      if (stats.isFile() && stats.nlink === 1n && !this.#bounds.isMountedFile(path, stats)) {
        if (!this.#isWanted(path) || this.#bounds.isOwn(path, stats)) return NOTHING;
        return this.#stack.give(walkedEntry(path, 'file', stats, ''));
      }
      // Opening it shows whether it is a folder of this tree; folders that are not opened are looked at below.
      if (stats.isDirectory() && !this.#bounds.isForeign(stats) && !this.#bounds.mayBeOwn(stats))
        return this.#visitFolder(path, { byPath: stats });
    } catch {
      // The error does not matter here: the look below decides.
    }
    return this.#visitOrName(path);
  }

  #visitOrName(path: ByteString): readonly TreeItem[] {
    try {
      if (this.#root.length + 1 + path.length > MAX_PATH_BYTES) throw new Error(TOO_LONG);
      return this.#visitSurely(path);
    } catch (error) {
      // The type of a missing entry is not known.
      return this.#filter.isExcluded(path, true) || !this.#isWanted(path)
        ? NOTHING
        : [{ path, reason: reasonOf(error) }];
    }
  }

  #isWanted(path: ByteString): boolean {
    if (this.#filter.isExcluded(path, false)) return false;
    return this.#stack.top?.wanted === true || this.#filter.isIncluded(path, false);
  }

  /**
   * Looks at an entry in the open folder, wherever the folder's path leads by now.
   *
   * @throws errors of the file system
   */
  #visitSurely(path: ByteString): readonly TreeItem[] {
    const name = this.#folders.nameOf(path);
    const stats = lstatSync(name, { bigint: true });
    const link = stats.isSymbolicLink() ? readlinkSync(name, 'latin1') : '';
    return this.#itemsOf({ path, stats, link, guarded: false });
  }

  /** The items for an entry that surely lies in a folder of this tree. */
  #itemsOf({ path, stats, link, guarded }: Looked): readonly TreeItem[] {
    const type = treeTypeOf(stats);
    if (type === 'directory') return this.#visitFolder(path, { seen: stats });
    if (!this.#isWanted(path)) return NOTHING;
    if (type === 'file' && this.#bounds.isMountedFile(path, stats)) {
      this.#bounds.notEnter(path);
      return NOTHING;
    }
    if (type === undefined) return [{ path, reason: specialReason(stats), special: true }];
    if (type === 'symlink') return this.#stack.give(walkedEntry(path, type, stats, link));
    if (this.#bounds.isOwn(path, stats)) return NOTHING;
    const entry = walkedEntry(path, type, stats, '', guarded);
    return this.#stack.give(stats.nlink > 1n ? this.#linked.entryOf(entry, stats) : entry);
  }

  /**
   * @param seen the folder's state, if it was looked at in the folder above it: then it is opened only to be entered
   * @param byPath the state of what was at its path
   */
  #visitFolder(
    path: ByteString,
    { seen, byPath }: { readonly seen?: BigIntStats; readonly byPath?: BigIntStats },
  ): readonly TreeItem[] {
    if (this.#filter.isExcluded(path, true)) return NOTHING;
    if (seen !== undefined && this.#bounds.isOwn(path, seen)) return NOTHING;
    const wanted = this.#stack.top?.wanted === true || this.#filter.isIncluded(path, true);
    if (!wanted && !this.#filter.mayIncludeBelow(path)) return NOTHING;
    if (seen !== undefined && this.#bounds.isForeign(seen)) return this.#mountPoint(path, seen, wanted);
    try {
      const { stats, names } = this.#open(path, byPath);
      if (this.#bounds.isOwn(path, stats)) return NOTHING;
      // Mounted just now, so it is not entered, either.
      if (this.#bounds.isForeign(stats)) return this.#mountPoint(path, stats, wanted);
      const given = this.#ownEntry(path, stats, wanted);
      const pending = wanted ? undefined : walkedEntry(path, 'directory', stats, '');
      this.#stack.push({ path, names, wanted, pending });
      return given;
    } catch (error) {
      const now = lstatSync(this.#folders.nameOf(path), { bigint: true });
      // Another thing took its place between the two calls.
      if (!now.isDirectory()) return this.#visitSurely(path);
      return [
        ...this.#ownEntry(path, now, wanted),
        { path, reason: `its contents: ${unreadableReason(error)}` },
      ];
    }
  }

  #mountPoint(path: ByteString, stats: BigIntStats, wanted: boolean): readonly TreeItem[] {
    this.#bounds.notEnter(path);
    return this.#ownEntry(path, stats, wanted);
  }

  #ownEntry(path: ByteString, stats: BigIntStats, wanted: boolean): readonly TreeItem[] {
    return wanted ? this.#stack.give(walkedEntry(path, 'directory', stats, '')) : NOTHING;
  }

  get report(): WalkReport {
    return {
      ...this.#bounds.report,
      ...this.#stack.count,
      unusedPatterns: this.#filter.unused,
    };
  }
}

const NOTHING: readonly TreeItem[] = [];
const TOO_LONG = `has a path of more than ${MAX_PATH_BYTES} bytes, which the system does not allow`;
const reasonOf = (error: unknown): string =>
  error instanceof Error && error.message === TOO_LONG ? TOO_LONG : unreadableReason(error);

/** A tree's walk: its items, which can be iterated once, and a report. */
export interface TreeWalk extends Iterable<TreeItem> {
  /** What was walked so far. */
  readonly report: WalkReport;
}

/**
 * Walks the entries below `root`, the root itself first as `.`. Mount points inside are entered like any folder.
 *
 * @throws an error of the file system when the root is not a readable directory, and `PatternError`; entries below it
 * that cannot be read come as skipped items.
 */
export const walk = (root: ByteString, options: WalkOptions = {}): TreeWalk => {
  statSync(fileSystemPath(root));
  const walking = new Walk(root, options);
  return {
    [Symbol.iterator]: () => walking.items(),
    get report() {
      return walking.report;
    },
  };
};
