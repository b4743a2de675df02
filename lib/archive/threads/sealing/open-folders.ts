/**
 * Names below a tree's root for `node:fs`, each looked up in a folder that is held open. Where the system shows open
 * folders as files (Linux, `/proc/self/fd`), what leads to a name cannot be swapped for a link meanwhile: every folder on
 * the way is opened in the one above it and never through a link. Elsewhere a name is a path, as for any other program.
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync, type Stats, statSync } from 'node:fs';
import { type ByteString, fileSystemPath } from '../../tar/byte-string.ts';

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

/** Opens a tree for reading. @throws an error of the file system when it is not a folder that may be read */
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
  stats: FolderStats | undefined;
  /** Whether its path led to it when this was last asked; undefined: not asked yet, or it may not be used any more. */
  isAtPath: boolean | undefined;
}

type FolderStats = Pick<Stats, 'dev' | 'ino' | 'uid' | 'mode'>;

const WRITABLE_BY_OTHERS = 0o022;

export class OpenFolders implements Disposable {
  readonly #root: TreeRoot;
  readonly #top: Level;
  readonly #levels: Level[] = [];
  /** Folders whose paths once led elsewhere. */
  readonly #swapped = new Set<ByteString>();
  /** The folder that `#prefix` leads to, below the root; undefined before the first one. */
  #folder: ByteString | undefined;
  #prefix: ByteString = '';

  constructor(root: TreeRoot) {
    this.#root = root;
    this.#top = { name: '', descriptor: root.descriptor, stats: undefined, isAtPath: undefined };
  }

  /**
   * What `node:fs` takes for `path`, whatever stands there; to be used before the next call. Cheap for names of one folder
   * in a row.
   *
   * @throws an error of the file system when a folder above it is gone, or is none any more.
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
   * Of the folder at `path`.
   *
   * @throws as `folder`.
   * @param seen what stood at its path before: where that is the folder, `isAtPath` need not look.
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
   * can put something else in the place of a folder on the way, and the path leads to the folder that is open. What was
   * found so is relied on only when `isStillAtPath` says so afterwards.
   *
   * @throws as `folder`.
   */
  isAtPath(folder: ByteString): boolean {
    if (folder !== this.#folder) this.#enter(folder);
    const level = this.#level;
    level.isAtPath ??= this.#mayUsePath(folder) && this.#leadsTo(folder);
    return level.isAtPath;
  }

  /** Looks once more. A folder that something else stood in the place of is not used by its path again. */
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

  /** Whether the path of a folder leads to the one that is open. */
  #leadsTo(folder: ByteString): boolean {
    const open = statsOf(this.#level);
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
    // Whether others can change it has to be known before.
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

const isAt = ({ ino, dev }: FolderStats, path: ByteString): boolean => {
  try {
    const there = statSync(fileSystemPath(path));
    return ino === there.ino && dev === there.dev;
  } catch {
    return false;
  }
};
