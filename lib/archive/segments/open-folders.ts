/**
 * Names below a tree's root for `node:fs`, each looked up in a folder that is held open. Where the system shows open
 * folders as files (Linux, `/proc/self/fd`), what leads to a name cannot be swapped for a link meanwhile: every folder on
 * the way is opened in the one above it and never through a link. Elsewhere a name is a path, as for any other program.
 */
import { closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { type ByteString, fileSystemPath } from '../tar/byte-string.ts';

/** A tree's root. May go to another thread of the process, as long as `descriptor` stays open. */
export interface TreeRoot {
  readonly path: ByteString;
  /** The open folder, where names can be looked up in one. */
  readonly descriptor: number | undefined;
}

const FOLDER_FLAGS = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** So many folders of one way down are open at a time; higher ones are opened again when the way leads back. */
const MAX_OPEN = 48;
/** What Linux takes as a path. */
export const MAX_PATH_BYTES = 4_095;

const prefixOf = (descriptor: number): ByteString => `/proc/self/fd/${descriptor}/`;

/** Opens a tree for reading. Throws an error of the file system when it is not a folder that may be read. */
export const openTree = (path: ByteString): TreeRoot & Disposable => {
  // What leads to the root itself is the configuration's business.
  const descriptor = openSync(fileSystemPath(path), constants.O_RDONLY | constants.O_DIRECTORY);
  if (isAt(fstatSync(descriptor), prefixOf(descriptor)))
    return { path, descriptor, [Symbol.dispose]: () => closeSync(descriptor) };
  closeSync(descriptor);
  return { path, descriptor: undefined, [Symbol.dispose]: () => {} };
};

/** A folder on the way down. */
interface Level {
  readonly name: ByteString;
  /** Undefined while it is closed for the sake of those below it. */
  descriptor: number | undefined;
  /** Of the open folder, which stays the same one; undefined: not asked for yet. */
  stats: Stats | undefined;
}

export interface OpenFoldersOptions {
  /**
   * Names of a folder with many of them are given as paths, which the system looks up faster, where nobody but root and
   * ourselves could swap a folder on the way. Whoever asks for it calls `settle` in the end, and begins anew when this or
   * `nameOf` throws `FolderSwapped`.
   *
   * @default false
   */
  readonly byPath?: boolean;
}

/** Something else stands in a folder's place: what was found by its path may be of elsewhere. It is not used again. */
export class FolderSwapped extends Error {}

/** From so many names on, a look at the path before and after costs less than the slower lookups. */
const MANY_NAMES = 6;
const WRITABLE_BY_OTHERS = 0o022;

export class OpenFolders implements Disposable {
  readonly #root: TreeRoot;
  readonly #byPath: boolean;
  readonly #top: Level;
  readonly #levels: Level[] = [];
  /** Folders whose paths once led elsewhere. */
  readonly #swapped = new Set<ByteString>();
  /** The folder that `#prefix` leads to, below the root; undefined before the first one. */
  #folder: ByteString | undefined;
  #prefix: ByteString = '';
  #named = 0;
  #isByPath = false;

  constructor(root: TreeRoot, { byPath = false }: OpenFoldersOptions = {}) {
    this.#root = root;
    this.#byPath = byPath && root.descriptor !== undefined;
    this.#top = { name: '', descriptor: root.descriptor, stats: undefined };
  }

  /**
   * What `node:fs` takes for `path`, whatever stands there; to be used before the next call. Cheap for names of one folder
   * in a row. Throws an error of the file system when a folder above it is gone, or is none any more; `FolderSwapped`.
   */
  nameOf(path: ByteString): string | Buffer {
    const slash = path.lastIndexOf('/');
    const folder = this.#folder;
    if (folder?.length !== Math.max(slash, 0) || !path.startsWith(folder))
      this.#enter(path.slice(0, Math.max(slash, 0)));
    this.#named += 1;
    if (this.#named === MANY_NAMES && this.#byPath) this.#goByPath();
    return fileSystemPath(this.#prefix + path.slice(slash + 1));
  }

  /** The folder at `path` itself, empty for the root. Throws as `nameOf`, and when it may not be read. */
  folder(path: ByteString): string | Buffer {
    if (path !== this.#folder) this.#enter(path);
    return fileSystemPath(this.#prefix);
  }

  /** To be called when the last name has been used. Throws `FolderSwapped`. */
  settle(): void {
    const folder = this.#folder;
    if (!this.#isByPath || folder === undefined) return;
    this.#isByPath = false;
    this.#folder = undefined;
    if (this.#leadsTo(folder)) return;
    this.#swapped.add(folder);
    throw new FolderSwapped(`another folder stands in the place of ${folder}`);
  }

  #enter(folder: ByteString): void {
    this.settle();
    this.#folder = undefined;
    this.#named = 0;
    const { descriptor } = this.#root;
    if (descriptor === undefined) this.#prefix = this.#pathOf(folder);
    else this.#prefix = prefixOf(this.#descend(descriptor, folder === '' ? [] : folder.split('/')));
    this.#folder = folder;
  }

  #pathOf(folder: ByteString): ByteString {
    return folder === '' ? `${this.#root.path}/` : `${this.#root.path}/${folder}/`;
  }

  #goByPath(): void {
    const folder = this.#folder ?? '';
    if (this.#swapped.has(folder) || !this.#isGuarded() || !this.#leadsTo(folder)) return;
    this.#isByPath = true;
    this.#prefix = this.#pathOf(folder);
  }

  #isGuarded(): boolean {
    return isGuarded(this.#top) && this.#levels.every(isGuarded);
  }

  /** Whether the path of a folder leads to the one that is open. */
  #leadsTo(folder: ByteString): boolean {
    const open = statsOf(this.#levels.at(-1) ?? this.#top);
    return open !== undefined && isAt(open, this.#pathOf(folder));
  }

  #descend(root: number, names: readonly ByteString[]): number {
    let shared = 0;
    while (shared < names.length && this.#levels[shared]?.name === names[shared]) shared += 1;
    for (const { descriptor } of this.#levels.splice(shared))
      if (descriptor !== undefined) closeSync(descriptor);
    // The deepest of the shared ones that is open, and the way down from it.
    let at = shared;
    while (at > 0 && this.#levels[at - 1]?.descriptor === undefined) at -= 1;
    let above = this.#levels[at - 1]?.descriptor ?? root;
    for (const name of names.slice(at)) {
      const descriptor = openSync(fileSystemPath(prefixOf(above) + name), FOLDER_FLAGS);
      const level = this.#levels[at];
      if (level === undefined) this.#levels.push({ name, descriptor, stats: undefined });
      else Object.assign(level, { descriptor, stats: undefined });
      at += 1;
      above = descriptor;
      this.#closeAbove(at - MAX_OPEN);
    }
    return above;
  }

  #closeAbove(depth: number): void {
    const level = this.#levels[depth - 1];
    if (level?.descriptor === undefined) return;
    // Whether others can change it has to be known before.
    if (this.#byPath) statsOf(level);
    closeSync(level.descriptor);
    level.descriptor = undefined;
  }

  [Symbol.dispose](): void {
    for (const { descriptor } of this.#levels.splice(0)) if (descriptor !== undefined) closeSync(descriptor);
    this.#folder = undefined;
  }
}

const statsOf = (level: Level): Stats | undefined => {
  if (level.descriptor !== undefined) level.stats ??= fstatSync(level.descriptor);
  return level.stats;
};

/**
 * Whether nobody but root and ourselves can put something else in the place of what is in it. What an access control list
 * lets others write shows in the bits of the group, too.
 */
const isGuarded = (level: Level): boolean => {
  const stats = statsOf(level);
  return (
    stats !== undefined &&
    (stats.uid === 0 || stats.uid === process.geteuid?.()) &&
    (stats.mode & WRITABLE_BY_OTHERS) === 0
  );
};

const isAt = ({ ino, dev }: Stats, path: ByteString): boolean => {
  try {
    const there = statSync(fileSystemPath(path));
    return ino === there.ino && dev === there.dev;
  } catch {
    return false;
  }
};
