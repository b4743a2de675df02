/**
 * Staging folders hold what is being made, one on each file system of a target: a finished file moves to its name, and
 * nothing moves from one file system to another. They exist while a restore runs.
 *
 * Into an empty target, whole folders move: their files need not be renamed one by one, and a killed restore leaves no
 * folder half filled.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { type ByteString, byteStringOf, fileSystemPath } from '../tar/byte-string.ts';
import { checkEntryPath, parentOf } from '../tar/entry-path.ts';
import { Turns } from '../turns.ts';
import { FailureList, FolderFailed, isOfOneEntry, systemCode } from './entry-failures.ts';
import { holdOpen } from './hold-open.ts';
import { MAKING_MODE, owner, statsOf, TargetFolder } from './target-folder.ts';

export interface Staging {
  readonly target: ByteString;
  readonly name: ByteString;
  /** Whether the target was empty: its folders are then made in the staging folder, and there are no `mounts`. */
  readonly isFresh: boolean;
  /** Folders of the target that other file systems are mounted on, the longest path first. */
  readonly mounts: readonly ByteString[];
  /** Mounts in which no staging folder could be made: nothing can be restored there. @default none */
  readonly barred?: readonly BarredMount[];
}

/** The system's error when a staging folder could not be made. */
export interface BarredMount {
  readonly mount: ByteString;
  readonly message: string;
  readonly code: string;
}

/**
 * A name made from the restore's id: a restore removes its staging folders however it ends; after a crash,
 * `cleanUpExtraction` does.
 */
export const stagingName = (restoreId: string): ByteString => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(restoreId))
    throw new TypeError(`not a restore id: ${restoreId}`);
  return `.holdfast-${restoreId}`;
};

/** A file in the target's own staging folder that lists the mounts with one. Nothing else in there has this name. */
const LIST = 'mounts.json';

const folderOn = ({ target, name }: Pick<Staging, 'target' | 'name'>, mount: ByteString): ByteString =>
  `${target}/${mount}/${name}`;

/** Removes what a crashed extraction left in its target. May be repeated; does nothing when nothing is left. */
export const cleanUpExtraction = async (target: string, restoreId: string): Promise<void> => {
  if (statsOf(target)?.isDirectory() === undefined) return;
  using open = holdOpen(byteStringOf(target));
  const staging = { target: open.path, name: stagingName(restoreId) };
  // Something else may be in a folder's place by now, and may lead anywhere.
  for (const mount of listedMounts(staging))
    if (isPlainWay(open.path, mount))
      await rm(fileSystemPath(folderOn(staging, mount)), { recursive: true, force: true });
  await rm(fileSystemPath(`${staging.target}/${staging.name}`), { recursive: true, force: true });
};

const listedMounts = ({ target, name }: Pick<Staging, 'target' | 'name'>): readonly ByteString[] => {
  const own = `${target}/${name}`;
  if (statsOf(fileSystemPath(own))?.isDirectory() !== true) return [];
  const list = fileSystemPath(`${own}/${LIST}`);
  if (statsOf(list)?.isFile() !== true) return [];
  let listed: unknown;
  try {
    listed = JSON.parse(readFileSync(list, 'utf8'));
  } catch (error) {
    // The crash cut the list off: no mount had got its folder yet.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
  if (!Array.isArray(listed)) return [];
  const mounts = listed.map(String);
  for (const mount of mounts) checkEntryPath(mount, 'directory');
  return mounts;
};

/** Whether a path below the target, and all above it, are folders and no links. */
const isPlainWay = (target: ByteString, path: ByteString): boolean =>
  path === '' ||
  (isPlainWay(target, parentOf(path)) &&
    statsOf(fileSystemPath(`${target}/${path}`))?.isDirectory() === true);

/** Where the folders of an empty target are made. Nothing else in the staging folder has this name. */
const treeOf = ({ target, name }: Staging): ByteString => `${target}/${name}/tree`;

/** The target while things are being made in it. */
export const targetInTheMaking = (staging: Staging): TargetFolder =>
  new TargetFolder(staging.target, staging.isFresh ? treeOf(staging) : staging.target);

/**
 * Makes the staging folders, empty even after an earlier try. Lists the mounts that get one first, for
 * `cleanUpExtraction`. Returns the staging to go on with, in which mounts that accept no folder are barred.
 * @param asRoot whether owners are restored: then the folders get our own group, not that of a target with setgid.
 */
export const makeStaging = async (
  staging: Staging,
  { asRoot }: { readonly asRoot: boolean },
): Promise<Staging> => {
  await removeStaging(staging);
  makeOne(`${staging.target}/${staging.name}`, asRoot);
  if (staging.mounts.length > 0) writeList(staging);
  const barred: BarredMount[] = [];
  for (const mount of staging.mounts) {
    try {
      makeOne(folderOn(staging, mount), asRoot);
    } catch (error) {
      if (!isOfOneEntry(error) || !(error instanceof Error)) throw error;
      barred.push({ mount, message: error.message, code: systemCode(error) ?? '' });
    }
  }
  if (staging.isFresh) mkdirSync(fileSystemPath(treeOf(staging)), MAKING_MODE);
  return { ...staging, barred };
};

const makeOne = (folder: ByteString, asRoot: boolean): void => {
  const path = fileSystemPath(folder);
  mkdirSync(path, MAKING_MODE);
  if (!asRoot) return;
  // The folder may have inherited the group of the folder above, and its setgid bit.
  if (lstatSync(path).gid !== owner.gid) chownSync(path, owner.uid, owner.gid);
  chmodSync(path, MAKING_MODE);
};

const writeList = ({ target, name, mounts }: Staging): void => {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const descriptor = openSync(fileSystemPath(`${target}/${name}/${LIST}`), flags, 0o600);
  try {
    writeFileSync(descriptor, JSON.stringify(mounts));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** Removed asynchronously, since half a million files may be left. The list of mounts goes last. */
export const removeStaging = async (staging: Staging): Promise<void> => {
  const folders = [
    ...staging.mounts.map((mount) => folderOn(staging, mount)),
    `${staging.target}/${staging.name}`,
  ];
  for (const folder of folders) {
    try {
      await rm(fileSystemPath(folder), { recursive: true, force: true });
    } catch (error) {
      // A mount that accepts no folder has none to remove.
      if (statsOf(fileSystemPath(folder)) !== undefined) throw error;
    }
  }
};

/**
 * The staging folder on the file system that an entry will lie on.
 *
 * @throws the system's error where none could be made
 */
const stagingFor = (staging: Staging, entry: ByteString): ByteString => {
  const { target, name, mounts, barred = [] } = staging;
  const mount = mounts.find((folder) => entry.startsWith(`${folder}/`));
  if (mount === undefined) return `${target}/${name}`;
  for (const { mount: without, message, code } of barred)
    if (without === mount) throw Object.assign(new Error(message), { code });
  return folderOn(staging, mount);
};

/** Path for something called `name` that will later move to the path of an entry. */
export const stagedPath = (staging: Staging, name: string, entry: ByteString): string | Buffer =>
  fileSystemPath(`${stagingFor(staging, entry)}/${name}`);

/**
 * Moves the folders that were made for an empty target to their places. Each file and link that the system does not
 * move is named by its own path.
 *
 * @throws what `TargetFolder.ensureFolder` throws for what is in their way by now; a full disk's error.
 */
export const moveTree = async (staging: Staging, failures = new FailureList()): Promise<void> => {
  if (!staging.isFresh) return;
  const target = new TargetFolder(staging.target);
  const turns = new Turns();
  const move = async (path: ByteString, above?: FolderFailed): Promise<void> => {
    await turns.step();
    const from = fileSystemPath(`${treeOf(staging)}/${path}`);
    let refused: unknown = above;
    try {
      if (above === undefined) return renameSync(from, target.path(path));
    } catch (error) {
      refused = error;
    }
    // Something exists there by now, or the file system does not move folders: then its contents move one by one.
    if (!lstatSync(from).isDirectory()) return failures.lose(path, refused);
    const failed = above ?? failureToMake(target, path);
    for (const name of readdirSync(from, 'latin1')) await move(`${path}/${name}`, failed);
  };
  for (const name of readdirSync(fileSystemPath(treeOf(staging)), 'latin1')) await move(name);
};

/**
 * Makes the folder. Returns its failure, which each entry in it is named with; the folder itself is named when its
 * attributes are set.
 */
const failureToMake = (target: TargetFolder, folder: ByteString): FolderFailed | undefined => {
  try {
    target.ensureFolder(folder);
    return undefined;
  } catch (error) {
    if (error instanceof FolderFailed) return error;
    throw error;
  }
};
