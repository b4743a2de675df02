/**
 * Which folder a path leads to, however the path is written: compares device and inode, so that links, bind mounts and
 * other spellings of one folder are recognised.
 */
import { realpathSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** Device and inode of a file or a folder. */
export type Identity = string;

export const identityOf = ({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): Identity =>
  `${dev}:${ino}`;

export const inodeOf = (identity: Identity): bigint => BigInt(identity.slice(identity.indexOf(':') + 1));

const identityAt = (path: string): Identity | undefined => {
  try {
    return identityOf(statSync(path, { bigint: true }));
  } catch {
    return undefined;
  }
};

/** Identities of the paths that exist now; a path that is missing or cannot be looked at is left out. */
export const identitiesOf = (paths: readonly string[]): ReadonlySet<Identity> =>
  new Set(paths.flatMap((path) => identityAt(path) ?? []));

/** The way from the root to a folder, as it is now. */
export interface Way {
  /** The folders from the root down, as far as they exist. */
  readonly folders: readonly (Identity | undefined)[];
  /** The names below the last of them, which do not exist yet. */
  readonly rest: readonly string[];
}

const foldersTo = (real: string): (Identity | undefined)[] =>
  dirname(real) === real ? [identityAt(real)] : [...foldersTo(dirname(real)), identityAt(real)];

export const wayTo = (path: string): Way => {
  const rest: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    let real: string;
    try {
      real = realpathSync(at);
    } catch (error) {
      if (dirname(at) === at) throw error;
      rest.unshift(basename(at));
      continue;
    }
    // A folder that is made on the way is no link, so its ".." is the folder above it.
    if (rest.includes('..') || rest.includes('.')) return wayTo(resolve(real, ...rest));
    return { folders: foldersTo(real), rest };
  }
};

const holds = (outer: Way, inner: Way): boolean => {
  const last = outer.folders.at(-1);
  if (last === undefined) return false;
  if (outer.rest.length === 0) return inner.folders.includes(last);
  return inner.folders.at(-1) === last && outer.rest.every((name, index) => inner.rest[index] === name);
};

/** Where the folder of one path lies relative to another. Folders that do not exist yet count as if they were made. */
export type FolderRelation = 'same' | 'within' | 'around' | 'apart';

export const folderRelation = (one: Way, two: Way): FolderRelation => {
  const [isWithin, isAround] = [holds(two, one), holds(one, two)];
  if (isWithin && isAround) return 'same';
  return isWithin ? 'within' : isAround ? 'around' : 'apart';
};

/** The first of `folders` that a way leads to, or into; undefined when it leads to none of them. */
export const folderAround = (way: Way, folders: readonly string[]): string | undefined =>
  folders.find((folder) => {
    const identity = identityAt(folder);
    return identity !== undefined && way.folders.includes(identity);
  });
