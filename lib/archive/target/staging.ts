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
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { type ByteString, fileSystemPath } from '../tar/byte-string.ts';
import { Turns } from '../turns.ts';
import { MAKING_MODE, owner, TargetFolder } from './target-folder.ts';

export interface Staging {
  readonly target: ByteString;
  readonly name: ByteString;
  /** The target was empty: its folders are made in the staging folder. There are no `mounts` then. */
  readonly isFresh: boolean;
  /** Folders of the target that other file systems are mounted on, the longest path first. */
  readonly mounts: readonly ByteString[];
}

/** Made from the restore's id: a restore removes its staging however it ends; after a crash, `cleanUpExtraction` does. */
export const stagingName = (restoreId: string): ByteString => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/.test(restoreId))
    throw new TypeError(`not a restore id: ${restoreId}`);
  return `.holdfast-${restoreId}`;
};

/** Removes what an extraction that died left in its target. May be repeated; nothing when there is nothing. */
export const cleanUpExtraction = (target: string, restoreId: string): Promise<void> =>
  rm(`${target}/${stagingName(restoreId)}`, { recursive: true, force: true });

const folders = ({ target, name, mounts }: Staging): readonly ByteString[] => [
  `${target}/${name}`,
  ...mounts.map((mount) => `${target}/${mount}/${name}`),
];

/** Where the folders of an empty target grow. No other name in the staging folder is this one. */
const treeOf = ({ target, name }: Staging): ByteString => `${target}/${name}/tree`;

/** The target as it is while things are being made. */
export const targetInTheMaking = (staging: Staging): TargetFolder =>
  new TargetFolder(staging.target, staging.isFresh ? treeOf(staging) : staging.target);

/**
 * Makes them, empty whatever an earlier try left.
 * @param asRoot owners are restored: what is made there is to have our own group, not that of a target with setgid.
 */
export const makeStaging = async (
  staging: Staging,
  { asRoot }: { readonly asRoot: boolean },
): Promise<void> => {
  await removeStaging(staging);
  for (const folder of folders(staging)) {
    const path = fileSystemPath(folder);
    mkdirSync(path, MAKING_MODE);
    if (!asRoot) continue;
    // It may have got the group of the folder above, and its setgid bit.
    if (lstatSync(path).gid !== owner.gid) chownSync(path, owner.uid, owner.gid);
    chmodSync(path, MAKING_MODE);
  }
  if (staging.isFresh) mkdirSync(fileSystemPath(treeOf(staging)), MAKING_MODE);
};

/** Half a million files may be left in it: none of them is removed on this thread. */
export const removeStaging = async (staging: Staging): Promise<void> => {
  for (const folder of folders(staging)) await rm(fileSystemPath(folder), { recursive: true, force: true });
};

/** The one on the file system that an entry is going to lie on. */
const stagingFor = ({ target, name, mounts }: Staging, entry: ByteString): ByteString => {
  const mount = mounts.find((folder) => entry.startsWith(`${folder}/`));
  return mount === undefined ? `${target}/${name}` : `${target}/${mount}/${name}`;
};

/** Where something called `name` is made that is going to move to the path of an entry. */
export const stagedPath = (staging: Staging, name: string, entry: ByteString): string | Buffer =>
  fileSystemPath(`${stagingFor(staging, entry)}/${name}`);

/** Where the pieces of a file come together: in what order, and for which path, may not be known yet. */
export const gatheredPath = ({ target, name: staging }: Staging, name: string): string | Buffer =>
  fileSystemPath(`${target}/${staging}/${name}`);

/** Where a gathered file is that may move to the path of an entry: copied first when that is on another file system. */
export const gatheredNear = (staging: Staging, name: string, entry: ByteString): string | Buffer => {
  const gathered = gatheredPath(staging, name);
  const near = stagedPath(staging, name, entry);
  if (String(near) === String(gathered)) return gathered;
  copyFileSync(gathered, near);
  rmSync(gathered);
  return near;
};

/**
 * Moves the folders that were made for an empty target to their places.
 * Throws what `TargetFolder.ensureFolder` throws for what has come in their way meanwhile; errors of the system.
 */
export const moveTree = async (staging: Staging): Promise<void> => {
  if (!staging.isFresh) return;
  const target = new TargetFolder(staging.target);
  const turns = new Turns();
  const move = async (path: ByteString): Promise<void> => {
    await turns.step();
    const from = fileSystemPath(`${treeOf(staging)}/${path}`);
    try {
      renameSync(from, target.path(path));
    } catch (error) {
      // Something is there by now, or the file system does not move folders: then what is in it moves.
      if (!lstatSync(from).isDirectory()) throw error;
      target.ensureFolder(path);
      for (const name of readdirSync(from, 'latin1')) await move(`${path}/${name}`);
    }
  };
  for (const name of readdirSync(fileSystemPath(treeOf(staging)), 'latin1')) await move(name);
};
