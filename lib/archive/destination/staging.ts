/**
 * Folders for what is in the making, one on each file system of a target: what is whole moves to its name, and nothing
 * moves from one file system to another. They are there while a restore runs.
 *
 * Into an empty target, whole folders move: files in them need not be renamed one by one, and a restore that is killed
 * leaves no folder half filled.
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
  /** The target was empty: its folders are made in the staging folder. There are no `mounts` then. */
  readonly isFresh: boolean;
  /** Folders of the target that other file systems are mounted on, the longest path first. */
  readonly mounts: readonly ByteString[];
  /** Those of them in which no staging folder could be made: nothing can be restored there. @default none */
  readonly barred?: readonly BarredMount[];
}

/** What the system said when the staging folder was to be made. */
export interface BarredMount {
  readonly mount: ByteString;
  readonly message: string;
  readonly code: string;
}

/** Made from the restore's id: a restore removes its staging however it ends; after a crash, `cleanUpExtraction` does. */
export const stagingName = (restoreId: string): ByteString => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(restoreId))
    throw new TypeError(`not a restore id: ${restoreId}`);
  return `.holdfast-${restoreId}`;
};

/** Lists, in the target's own staging folder, the mounts that have one, too. No other name in there is this one. */
const LIST = 'mounts.json';

const folderOn = ({ target, name }: Pick<Staging, 'target' | 'name'>, mount: ByteString): ByteString =>
  `${target}/${mount}/${name}`;

/** Removes what an extraction that died left in its target. May be repeated; nothing when there is nothing. */
export const cleanUpExtraction = async (target: string, restoreId: string): Promise<void> => {
  if (statsOf(target)?.isDirectory() === undefined) return;
  using open = holdOpen(byteStringOf(target));
  const staging = { target: open.path, name: stagingName(restoreId) };
  // What came into the place of a folder meanwhile may lead anywhere.
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
    // Cut off by the crash: no mount had got its folder yet.
    if (error instanceof SyntaxError) return [];
    throw error;
  }
  if (!Array.isArray(listed)) return [];
  const mounts = listed.map(String);
  for (const mount of mounts) checkEntryPath(mount, 'directory');
  return mounts;
};

/** Whether a path and all above it, below the target, are folders and no links. */
const isPlainWay = (target: ByteString, path: ByteString): boolean =>
  path === '' ||
  (isPlainWay(target, parentOf(path)) &&
    statsOf(fileSystemPath(`${target}/${path}`))?.isDirectory() === true);

/** Where the folders of an empty target grow. No other name in the staging folder is this one. */
const treeOf = ({ target, name }: Staging): ByteString => `${target}/${name}/tree`;

/** The target as it is while things are being made. */
export const targetInTheMaking = (staging: Staging): TargetFolder =>
  new TargetFolder(staging.target, staging.isFresh ? treeOf(staging) : staging.target);

/**
 * Makes them, empty whatever an earlier try left; which mounts have one is written down before, for `cleanUpExtraction`.
 * What to go on with: mounts that take no folder are barred in it.
 * @param asRoot owners are restored: what is made there is to have our own group, not that of a target with setgid.
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
  // It may have got the group of the folder above, and its setgid bit.
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

/** Half a million files may be left in it: none of them is removed on this thread. The list of mounts goes last. */
export const removeStaging = async (staging: Staging): Promise<void> => {
  const folders = [
    ...staging.mounts.map((mount) => folderOn(staging, mount)),
    `${staging.target}/${staging.name}`,
  ];
  for (const folder of folders) {
    try {
      await rm(fileSystemPath(folder), { recursive: true, force: true });
    } catch (error) {
      // A mount that takes no folder has none to be removed.
      if (statsOf(fileSystemPath(folder)) !== undefined) throw error;
    }
  }
};

/** The one on the file system that an entry is going to lie on. @throws what the system said where there is none */
const stagingFor = (staging: Staging, entry: ByteString): ByteString => {
  const { target, name, mounts, barred = [] } = staging;
  const mount = mounts.find((folder) => entry.startsWith(`${folder}/`));
  if (mount === undefined) return `${target}/${name}`;
  for (const { mount: without, message, code } of barred)
    if (without === mount) throw Object.assign(new Error(message), { code });
  return folderOn(staging, mount);
};

/** Where something called `name` is made that is going to move to the path of an entry. */
export const stagedPath = (staging: Staging, name: string, entry: ByteString): string | Buffer =>
  fileSystemPath(`${stagingFor(staging, entry)}/${name}`);

/**
 * Moves the folders that were made for an empty target to their places. What the system does not move is named, by its
 * own path for each file and link in it.
 *
 * @throws what `TargetFolder.ensureFolder` throws for what has come in their way meanwhile; a full disk's error.
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
    // Something is there by now, or the file system does not move folders: then what is in it moves.
    if (!lstatSync(from).isDirectory()) return failures.lose(path, refused);
    const failed = above ?? failureToMake(target, path);
    for (const name of readdirSync(from, 'latin1')) await move(`${path}/${name}`, failed);
  };
  for (const name of readdirSync(fileSystemPath(treeOf(staging)), 'latin1')) await move(name);
};

/** A folder that cannot be made is told by what does not come to lie in it, and by itself when it is to be finished. */
const failureToMake = (target: TargetFolder, folder: ByteString): FolderFailed | undefined => {
  try {
    target.ensureFolder(folder);
    return undefined;
  } catch (error) {
    if (error instanceof FolderFailed) return error;
    throw error;
  }
};
