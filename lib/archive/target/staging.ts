/**
 * Folders for files and links in the making, one on each file system of a target: what is whole moves to its name, and
 * nothing moves from one file system to another. They are there while a restore runs.
 */
import { chmodSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import type { ByteString } from '../tar/byte-string.ts';
import { MAKING_MODE, type TargetFolder } from './target-folder.ts';

export interface Staging {
  readonly name: ByteString;
  /** Folders of the target that other file systems are mounted on, the longest path first. */
  readonly mounts: readonly ByteString[];
}

/** Made from the restore's id: a restore removes its staging however it ends; after a crash, `cleanUpExtraction` does. */
export const stagingName = (restoreId: string): ByteString => {
  if (!/^[A-Za-z0-9][A-Za-z0-9-]{0,127}$/.test(restoreId))
    throw new TypeError(`not a restore id: ${restoreId}`);
  return `.holdfast-${restoreId}`;
};

/** Removes what an extraction that died left in its target. May be repeated; nothing when there is nothing. */
export const cleanUpExtraction = (target: string, restoreId: string): void =>
  rmSync(`${target}/${stagingName(restoreId)}`, { recursive: true, force: true });

const folders = ({ name, mounts }: Staging): readonly ByteString[] => [
  name,
  ...mounts.map((mount) => `${mount}/${name}`),
];

/**
 * Makes them, empty whatever an earlier try left.
 * @param asRoot owners are restored: what is made there is to have our own group, not that of a target with setgid.
 */
export const makeStaging = (
  target: TargetFolder,
  staging: Staging,
  { asRoot }: { readonly asRoot: boolean },
): void => {
  removeStaging(target, staging);
  for (const folder of folders(staging)) {
    mkdirSync(target.path(folder), MAKING_MODE);
    // Takes away the setgid bit that it may have got from the folder above.
    if (asRoot) chmodSync(target.path(folder), MAKING_MODE);
  }
};

export const removeStaging = (target: TargetFolder, staging: Staging): void => {
  for (const folder of folders(staging)) rmSync(target.path(folder), { recursive: true, force: true });
};

/** The one on the file system that an entry is going to lie on. */
export const stagingFor = ({ name, mounts }: Staging, entry: ByteString): ByteString => {
  const mount = mounts.find((folder) => entry.startsWith(`${folder}/`));
  return mount === undefined ? name : `${mount}/${name}`;
};

/** Where a staged file is that may move to `path`: copied first when it was gathered on another file system. */
export const stagedNear = (
  target: TargetFolder,
  staging: Staging,
  { name, path }: { readonly name: string; readonly path: ByteString },
): string | Buffer => {
  const gathered = target.path(`${staging.name}/${name}`);
  const near = target.path(`${stagingFor(staging, path)}/${name}`);
  if (stagingFor(staging, path) === staging.name) return gathered;
  copyFileSync(gathered, near);
  rmSync(gathered);
  return near;
};
