/** Checks that a data folder is ours alone: no other user of this machine can have put anything into it. */
import { chmodSync, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HoldfastError } from '../../model/errors.ts';

/** Write permission of the group and of everybody. */
const OTHERS_WRITE = 0o022;
/** Search permission of the group and of everybody: without it nobody else can reach what is in a folder. */
const OTHERS_SEARCH = 0o011;
const STICKY = 0o1000;

/** The only entry that may be a link: archives are large, and may be on another disk. */
const MAY_BE_LINK = 'archives';

const FILES: ReadonlySet<string> = new Set([
  'catalog.db',
  'catalog.db-wal',
  'catalog.db-shm',
  'installation.key',
  'installation.key.new',
  'server.json',
  'server.json.new',
  'cli.token',
]);

/**
 * Checks the folder, the folders above it, and everything directly in it. An entry with only a wrong mode gets the
 * right one if nobody else can enter the folder.
 *
 * @throws HoldfastError `config_invalid` naming what another user could change, and what to do.
 */
export const requireOwnFolder = (path: string): void => {
  const user = process.geteuid?.();
  // A system without Unix users has no such modes either.
  if (user === undefined) return;
  const real = realpathSync(path);
  const folder = statSync(real);
  requireOwner(real, folder, user);
  if ((folder.mode & OTHERS_WRITE) !== 0) throw mayBeChanged(real, folder);
  requireSafeParents(real, user);
  const isOpen = (folder.mode & OTHERS_SEARCH) !== 0;
  for (const name of readdirSync(real)) checkEntry(join(real, name), name === MAY_BE_LINK, isOpen, user);
};

const checkEntry = (path: string, mayBeLink: boolean, isOpen: boolean, user: number): void => {
  const entry = lstatSync(path);
  requireOwner(path, entry, user);
  if (FILES.has(basename(path)) && entry.isDirectory())
    throw refused(path, 'is a folder, and must be a file: check what is in it, then move it away');
  if (basename(path) === MAY_BE_LINK && entry.isFile())
    throw refused(path, 'is a file, and must be the folder of archives: move it away');
  if (entry.isSymbolicLink()) {
    if (!mayBeLink)
      throw refused(
        path,
        'is a symbolic link, and Holdfast never creates one there: check where it leads, then remove it',
      );
    const target = statSync(path, { throwIfNoEntry: false });
    if (target === undefined)
      throw refused(
        path,
        'is a symbolic link that leads nowhere: mount the disk that it leads to, or put the folder of archives back there',
      );
    requireOwner(realpathSync(path), target, user);
    if ((target.mode & OTHERS_WRITE) !== 0) throw mayBeChanged(realpathSync(path), target);
    return;
  }
  if (!entry.isFile() && !entry.isDirectory())
    throw refused(path, 'is neither a file nor a folder: check what it is, then remove it');
  if (entry.isFile() && entry.nlink > 1)
    throw refused(path, 'has a second name elsewhere (a hard link): replace it by a copy');
  if ((entry.mode & OTHERS_WRITE) === 0) return;
  if (isOpen) throw mayBeChanged(path, entry);
  chmodSync(path, entry.mode & 0o7777 & ~OTHERS_WRITE);
};

/** A user who owns a folder above, or can write to it, can put another folder in this one's place. */
const requireSafeParents = (path: string, user: number): void => {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    const folder = statSync(parent);
    requireOwner(parent, folder, user);
    if ((folder.mode & 0o002) !== 0 && (folder.mode & STICKY) === 0) throw mayBeChanged(parent, folder);
    if (dirname(parent) === parent) return;
  }
};

const requireOwner = (path: string, { uid }: Stats, user: number): void => {
  if (uid === user || uid === 0) return;
  throw refused(
    path,
    `belongs to the user ${uid}, and Holdfast runs as the user ${user}: start Holdfast as the owner, or change the owner of the folder and everything below it (chown -R)`,
  );
};

const mayBeChanged = (path: string, { mode }: Stats): HoldfastError =>
  refused(
    path,
    `may be written by other users (mode ${(mode & 0o7777).toString(8)}): find out whether somebody did, then run chmod go-w on it`,
  );

const refused = (path: string, why: string): HoldfastError =>
  new HoldfastError('config_invalid', `the data folder is not safe to use: ${path} ${why}`);
