/**
 * Walks a directory tree: what there is, in the order of a backup. Parents come before their children, siblings by
 * the bytes of their names, so two walks of the same tree give the same.
 */
import { type BigIntStats, lstatSync, readdirSync, readlinkSync, statSync } from 'node:fs';
import {
  isFarTime,
  specialReason,
  type TreeEntry,
  type TreeItem,
  treeTypeOf,
  walkedEntry,
} from '../../archive/capture/tree-item.ts';
import { MAX_PATH_BYTES, OpenFolders, openTree } from '../../archive/segments/open-folders.ts';
import { isOneFile, type SeenFile } from '../../archive/segments/seen-file.ts';
import { unreadableReason } from '../../archive/segments/unreadable-reason.ts';
import { type ByteString, fileSystemPath } from '../../archive/tar/byte-string.ts';
import { compareInWalk } from '../../archive/tar/entry-path.ts';
import { type Identity, identitiesOf, identityOf, inodeOf } from '../../archive/target/folder-identity.ts';
import { mountPoints } from '../../archive/target/mount-points.ts';
import { type FilterOptions, PathFilter } from './path-filter.ts';

export interface WalkOptions extends FilterOptions {
  /** Do not cross into other file systems. @default false */
  readonly oneFileSystem?: boolean;
  /** Folders and files that are left out wherever they are met, under whatever name or mount. @default none */
  readonly own?: readonly string[];
}

/** What a walk has to tell beside its items, once it has ended. */
export interface WalkReport {
  readonly entries: number;
  /** Of the entries, those that are no folders. */
  readonly files: number;
  /** Patterns that matched nothing. */
  readonly unusedPatterns: readonly string[];
  /** What other file systems are mounted on and was left out therefore, the first hundred; and how many there are. */
  readonly notEntered: readonly ByteString[];
  readonly notEnteredCount: number;
  /** Where something of `own` was met, the first hundred. */
  readonly own: readonly ByteString[];
  /** Entries whose times no archive can say. */
  readonly farTimes: number;
}

const NAMED = 100;

const byBytes = (a: ByteString, b: ByteString): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether `path` comes in a walk at or before `after`. */
export const isAtOrBefore = (path: ByteString, after: ByteString): boolean => compareInWalk(path, after) <= 0;

interface Folder {
  readonly path: ByteString;
  readonly names: ByteString[];
  next: number;
  /** Not yet given out: nothing in it was included so far. */
  pending: TreeEntry | undefined;
  /** Everything in it is wanted. */
  readonly wanted: boolean;
}

interface Linked {
  readonly path: ByteString;
  readonly seen: SeenFile;
  left: number;
}

class Walk {
  readonly #root: ByteString;
  #folders = new OpenFolders({ path: '', descriptor: undefined });
  readonly #filter: PathFilter;
  readonly #oneFileSystem: boolean;
  readonly #own: ReadonlySet<Identity>;
  /** A quick look: nearly no file has one of these. */
  readonly #ownInodes: ReadonlySet<bigint>;
  readonly #ownFound: ByteString[] = [];
  #device = 0n;
  /** Looked up when they are first needed. */
  #mountPoints: ReadonlySet<ByteString> | undefined;
  /** The first path of each file that has several, until all have been met. */
  readonly #linked = new Map<string, Linked>();
  readonly #stack: Folder[] = [];
  readonly #notEntered: ByteString[] = [];
  #notEnteredCount = 0;
  #entries = 0;
  #files = 0;
  #farTimes = 0;

  constructor(root: ByteString, options: WalkOptions) {
    this.#root = root;
    this.#filter = new PathFilter(options);
    this.#oneFileSystem = options.oneFileSystem ?? false;
    this.#own = identitiesOf(options.own ?? []);
    this.#ownInodes = new Set([...this.#own].map(inodeOf));
  }

  *items(): Generator<TreeItem, void, undefined> {
    using tree = openTree(this.#root);
    using folders = new OpenFolders(tree);
    this.#folders = folders;
    // The root must be readable: a component whose root is not is unavailable, not partial.
    const { stats, names } = this.#open('');
    this.#device = stats.dev;
    if (this.#isOwn('.', stats)) return;
    yield* this.#ownEntry('.', stats, true);
    this.#stack.push({ path: '', names, next: 0, pending: undefined, wanted: this.#filter.wantsAll });
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
    // Not even looked at: what is excluded may hang.
    if (this.#filter.isExcludedAnyway(path)) return NOTHING;
    const full = `${this.#root}/${path}`;
    try {
      const stats = lstatSync(fileSystemPath(full), { bigint: true });
      // By its path and not in its open folder, which is slower: if this is not the file in the tree, whoever opens that
      // one there sees the difference. What nobody opens is looked at below.
      if (stats.isFile() && stats.nlink === 1n && !this.#isMountedFile(path, stats)) {
        if (!this.#isWanted(path) || this.#isOwn(path, stats)) return NOTHING;
        return this.#withParents(walkedEntry(path, 'file', stats, ''));
      }
      // Whether it is a folder of this tree shows when it is opened; what is not to be opened is looked at below.
      if (stats.isDirectory() && !this.#isForeign(stats) && !this.#ownInodes.has(stats.ino))
        return this.#visitFolder(path);
    } catch {
      // Whatever it was: below it counts.
    }
    try {
      if (full.length > MAX_PATH_BYTES) throw new Error(TOO_LONG);
      return this.#visitSurely(path);
    } catch (error) {
      // Of what is not there nobody knows what it was.
      return this.#filter.isExcluded(path, true) || !this.#isWanted(path)
        ? NOTHING
        : [{ path, reason: reasonOf(error) }];
    }
  }

  #isWanted(path: ByteString): boolean {
    if (this.#filter.isExcluded(path, false)) return false;
    return this.#stack.at(-1)?.wanted === true || this.#filter.isIncluded(path, false);
  }

  /** Looks at what is in the folder that is open, wherever its path leads by now. Throws what the file system says. */
  #visitSurely(path: ByteString): readonly TreeItem[] {
    const name = this.#folders.nameOf(path);
    const stats = lstatSync(name, { bigint: true });
    const type = treeTypeOf(stats);
    if (type === 'directory') return this.#visitFolder(path, stats);
    if (!this.#isWanted(path)) return NOTHING;
    if (type === 'file' && this.#isMountedFile(path, stats)) return this.#notEnter(path);
    if (type === undefined) return [{ path, reason: specialReason(stats), special: true }];
    if (type === 'symlink')
      return this.#withParents(walkedEntry(path, type, stats, readlinkSync(name, 'latin1')));
    if (this.#isOwn(path, stats)) return NOTHING;
    const entry = walkedEntry(path, type, stats, '');
    return this.#withParents(stats.nlink > 1n ? this.#linkedFile(entry, stats) : entry);
  }

  /** @param seen where it has been looked at in the folder above it: one that is not entered is not opened then. */
  #visitFolder(path: ByteString, seen?: BigIntStats): readonly TreeItem[] {
    if (this.#filter.isExcluded(path, true)) return NOTHING;
    if (seen !== undefined && this.#isOwn(path, seen)) return NOTHING;
    const wanted = this.#stack.at(-1)?.wanted === true || this.#filter.isIncluded(path, true);
    if (!wanted && !this.#filter.mayIncludeBelow(path)) return NOTHING;
    if (seen !== undefined && this.#isForeign(seen)) return this.#mountPoint(path, seen, wanted);
    try {
      const { stats, names } = this.#open(path);
      if (this.#isOwn(path, stats)) return NOTHING;
      // Mounted just now: it is not entered, either.
      if (this.#isForeign(stats)) return this.#mountPoint(path, stats, wanted);
      const given = this.#ownEntry(path, stats, wanted);
      const pending = wanted ? undefined : walkedEntry(path, 'directory', stats, '');
      this.#stack.push({ path, names, next: 0, pending, wanted });
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

  /** Whether it is left out as one of `own`. Takes note of it. */
  #isOwn(path: ByteString, stats: BigIntStats): boolean {
    if (!this.#ownInodes.has(stats.ino) || !this.#own.has(identityOf(stats))) return false;
    if (this.#ownFound.length < NAMED) this.#ownFound.push(path);
    return true;
  }

  #isForeign({ dev }: BigIntStats): boolean {
    return this.#oneFileSystem && dev !== this.#device;
  }

  /** Its device alone does not tell: some file systems, such as overlays, have other ones for their files. */
  #isMountedFile(path: ByteString, stats: BigIntStats): boolean {
    if (!this.#isForeign(stats)) return false;
    this.#mountPoints ??= mountPoints();
    return this.#mountPoints.has(`${this.#root === '/' ? '' : this.#root}/${path}`);
  }

  #mountPoint(path: ByteString, stats: BigIntStats, wanted: boolean): readonly TreeItem[] {
    this.#notEnter(path);
    return this.#ownEntry(path, stats, wanted);
  }

  #notEnter(path: ByteString): readonly TreeItem[] {
    this.#notEnteredCount += 1;
    if (this.#notEntered.length < NAMED) this.#notEntered.push(path);
    return NOTHING;
  }

  #ownEntry(path: ByteString, stats: BigIntStats, wanted: boolean): readonly TreeItem[] {
    return wanted ? this.#withParents(walkedEntry(path, 'directory', stats, '')) : NOTHING;
  }

  /** The entry, after the folders above it that have not been given out. */
  #withParents(entry: TreeEntry): readonly TreeItem[] {
    this.#count(entry);
    if (this.#filter.wantsAll) return [entry];
    const items: TreeItem[] = [];
    for (const folder of this.#stack) {
      if (folder.pending === undefined) continue;
      this.#count(folder.pending);
      items.push(folder.pending);
      folder.pending = undefined;
    }
    items.push(entry);
    return items;
  }

  #count(entry: TreeEntry): void {
    this.#entries += 1;
    if (entry.type !== 'directory') this.#files += 1;
    if (isFarTime(entry)) this.#farTimes += 1;
  }

  get report(): WalkReport {
    return {
      entries: this.#entries,
      files: this.#files,
      unusedPatterns: this.#filter.unused,
      notEntered: this.#notEntered,
      notEnteredCount: this.#notEnteredCount,
      own: this.#ownFound,
      farTimes: this.#farTimes,
    };
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
const reasonOf = (error: unknown): string =>
  error instanceof Error && error.message === TOO_LONG ? TOO_LONG : unreadableReason(error);

/** The walk of a tree: its items, which can be asked for once, and then what it has to tell. */
export interface TreeWalk extends Iterable<TreeItem> {
  /** Of what was walked so far. */
  readonly report: WalkReport;
}

/**
 * The entries below `root`, the root itself first as `.`. Mount points inside are entered like any folder.
 * Throws an error of the file system when the root is not a readable directory, and `PatternError`; everything below that
 * cannot be read comes as a skipped item.
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
