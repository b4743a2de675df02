/**
 * Gives `node:fs` names below a tree's root, each looked up in a folder that is held open. Where the system shows open
 * folders as files (Linux, `/proc/self/fd`), no folder on the way to a name can be swapped for a link: every folder on
 * the way is opened in the one above it and never through a link. Elsewhere a name is a path, as for any other program.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { type ByteString, fileSystemPath } from '../../tar/byte-string.ts';

/** A tree's root. May go to another thread of the process while `descriptor` stays open. */
export interface TreeRoot {
  readonly path: ByteString;
  /** The open folder, where the system can look up names in one. */
  readonly descriptor: number | undefined;
}

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Folders on one way down that are open at a time; higher ones are opened again when the way leads back. */
const MAX_OPEN = 48;
/** Longest path that Linux accepts. */
export const MAX_PATH_BYTES = 4_095;

const prefixOf = (descriptor: number): ByteString => `/proc/self/fd/${descriptor}/`;

/** Opens a tree for reading. @throws an error of the file system when it is not a folder that may be read */
export const openTree = (path: ByteString): TreeRoot & Disposable => {
  // Links on the way to the root itself are followed: the configuration chose that path.
  const descriptor = openSync(fileSystemPath(path), constants.O_RDONLY | constants.O_DIRECTORY);
  if (isAt(fstatSync(descriptor), prefixOf(descriptor)))
    return { path, descriptor, [Symbol.dispose]: () => closeSync(descriptor) };
  closeSync(descriptor);
  return { path, descriptor: undefined, [Symbol.dispose]: () => {} };
};

/** A folder on the way down. */
interface Level {
  readonly name: ByteString;
  /** Undefined while it is closed to make room for folders below it. */
  descriptor: number | undefined;
  /** State of the open folder, which stays the same; undefined until it is first needed. */
  stats: FolderStats | undefined;
  /** Whether its path led to it when last checked; undefined: not checked yet, or its path may not be used any more. */
  isAtPath: boolean | undefined;
}

type FolderStats = Pick<Stats, 'dev' | 'ino' | 'uid' | 'mode'>;

const WRITABLE_BY_OTHERS = 0o022;

export class OpenFolders implements Disposable {
  readonly #root: TreeRoot;
  readonly #top: Level;
  readonly #levels: Level[] = [];
  /** Folders whose path once led elsewhere. */
  readonly #swapped = new Set<ByteString>();
  /** The folder that `#prefix` leads to, below the root; undefined until a folder is entered. */
  #folder: ByteString | undefined;
  #prefix: ByteString = '';

  constructor(root: TreeRoot) {
    this.#root = root;
    this.#top = { name: '', descriptor: root.descriptor, stats: undefined, isAtPath: undefined };
  }

  /**
   * The name of `path` for `node:fs`, whatever exists there; use it before the next call. Cheap for successive names in
   * one folder.
   *
   * @throws an error of the file system when a folder above it is gone, or is no folder any more.
   */
  nameOf(path: ByteString): string | Buffer {
    const slash = path.lastIndexOf('/');
    const folder = this.#folder;
    if (folder?.length !== Math.max(slash, 0) || !path.startsWith(folder))
      this.#enter(path.slice(0, Math.max(slash, 0)));
    return fileSystemPath(this.#prefix + path.slice(slash + 1));
  }

  /** The folder at `path` itself, empty for the root. @throws as `nameOf`, and when it may not be read */
  folder(path: ByteString): string | Buffer {
    if (path !== this.#folder) this.#enter(path);
    return fileSystemPath(this.#prefix);
  }

  /**
   * The state of the folder at `path`.
   *
   * @throws as `folder`.
   * @param seen what was at its path before: when that is this folder, `isAtPath` need not look.
   */
  statsOf(path: ByteString, seen?: BigIntStats): BigIntStats {
    const name = this.folder(path);
    const level = this.#level;
    if (level.descriptor === undefined) return statSync(name, { bigint: true });
    const stats = fstatSync(level.descriptor, { bigint: true });
    const [dev, ino] = [Number(stats.dev), Number(stats.ino)];
    level.stats = { dev, ino, uid: Number(stats.uid), mode: Number(stats.mode) };
    if (seen?.ino === stats.ino && seen.dev === stats.dev) level.isAtPath = this.#mayUsePath(path);
    return stats;
  }

  /**
   * Whether names of a folder may be looked up by its path, which the system does faster: nobody but root and ourselves
   * can put something else in the place of a folder on the way, and the path leads to the folder that is open. Rely on
   * what was found only if `isStillAtPath` says so afterwards.
   *
   * @throws as `folder`.
   */
  isAtPath(folder: ByteString): boolean {
    if (folder !== this.#folder) this.#enter(folder);
    const level = this.#level;
    level.isAtPath ??= this.#mayUsePath(folder) && this.#leadsTo(folder);
    return level.isAtPath;
  }

  /** Checks the path once more. When something else was at a folder's path, that path is not used again. */
  isStillAtPath(folder: ByteString): boolean {
    if (folder === this.#folder && this.#leadsTo(folder)) return true;
    this.#swapped.add(folder);
    if (folder === this.#folder) this.#level.isAtPath = false;
    return false;
  }

  get #level(): Level {
    return this.#levels.at(-1) ?? this.#top;
  }

  #enter(folder: ByteString): void {
    this.#folder = undefined;
    const { descriptor } = this.#root;
    if (descriptor === undefined) this.#prefix = this.#pathOf(folder);
    else this.#prefix = prefixOf(this.#descend(descriptor, folder === '' ? [] : folder.split('/')));
    this.#folder = folder;
  }

  #pathOf(folder: ByteString): ByteString {
    return folder === '' ? `${this.#root.path}/` : `${this.#root.path}/${folder}/`;
  }

  #mayUsePath(folder: ByteString): boolean {
    return !this.#swapped.has(folder) && isGuarded(this.#top) && this.#levels.every(isGuarded);
  }

  /** Whether a folder's path leads to the folder that is open. */
  #leadsTo(folder: ByteString): boolean {
    const open = statsOf(this.#level);
    return open !== undefined && isAt(open, this.#pathOf(folder));
  }

  #descend(root: number, names: readonly ByteString[]): number {
    let shared = 0;
    while (shared < names.length && this.#levels[shared]?.name === names[shared]) shared += 1;
    for (const { descriptor } of this.#levels.splice(shared))
      if (descriptor !== undefined) closeSync(descriptor);
    // Starts at the deepest shared folder that is open, and goes down from it.
    let at = shared;
    while (at > 0 && this.#levels[at - 1]?.descriptor === undefined) at -= 1;
    let above = this.#levels[at - 1]?.descriptor ?? root;
    for (const name of names.slice(at)) {
      const descriptor = openSync(fileSystemPath(prefixOf(above) + name), FOLDER_FLAGS);
      const level = this.#levels[at];
      if (level === undefined) this.#levels.push({ name, descriptor, stats: undefined, isAtPath: undefined });
      else Object.assign(level, { descriptor, stats: undefined, isAtPath: undefined });
      at += 1;
      above = descriptor;
      this.#closeAbove(at - MAX_OPEN);
    }
    return above;
  }

  #closeAbove(depth: number): void {
    const level = this.#levels[depth - 1];
    if (level?.descriptor === undefined) return;
    // Whether others can change the folder must be known before it is closed.
    statsOf(level);
    closeSync(level.descriptor);
    level.descriptor = undefined;
  }

  [Symbol.dispose](): void {
    for (const { descriptor } of this.#levels.splice(0)) if (descriptor !== undefined) closeSync(descriptor);
    this.#folder = undefined;
  }
}

const statsOf = (level: Level): FolderStats | undefined => {
  if (level.descriptor !== undefined) level.stats ??= fstatSync(level.descriptor);
  return level.stats;
};

/**
 * Whether nobody but root and ourselves can replace what is in the folder. Write rights by an access control list show
 * in the group's bits, too.
 */
const isGuarded = (level: Level): boolean => {
  const stats = statsOf(level);
  return (
    stats !== undefined &&
    (stats.uid === 0 || stats.uid === process.geteuid?.()) &&
    (stats.mode & WRITABLE_BY_OTHERS) === 0
  );
};

const isAt = ({ ino, dev }: FolderStats, path: ByteString): boolean => {
  try {
    const there = statSync(fileSystemPath(path));
    return ino === there.ino && dev === there.dev;
  } catch {
    return false;
  }
};
