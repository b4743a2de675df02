/** The folder in which uploads of a place wait: `.holdfast-staging`, one folder in it for each upload. */
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { HoldfastError, isSystemError } from '../../../model/errors.ts';
import type { ArchivePlace } from './archive-places.ts';

export const STAGING = '.holdfast-staging';
const UPLOAD_ID = /^(?!\.\.?$)[A-Za-z0-9_.-]{1,200}$/;

/** Where an upload of a place waits. @throws `invalid_request` for an id that could lead elsewhere */
export const stagingFolder = (place: ArchivePlace, uploadId: string): string => {
  if (!UPLOAD_ID.test(uploadId))
    throw new HoldfastError('invalid_request', `${uploadId} is not the id of an upload`);
  return join(place.folder, STAGING, uploadId);
};

/**
 * Makes the staging folder. In a folder that others can write to, somebody could have put a link or another folder
 * under its name.
 */
export const makeStaging = async ({ folder }: ArchivePlace): Promise<void> => {
  const staging = join(folder, STAGING);
  try {
    await mkdir(staging, { mode: 0o700 });
  } catch (error) {
    if (!isSystemError(error, 'EEXIST')) throw error;
    const found = await lstat(staging);
    if (!found.isDirectory() || found.uid !== process.geteuid?.())
      throw new HoldfastError(
        'place_unwritable',
        `${staging} does not belong to this user: remove it, so that uploads are safe there`,
        {
          cause: error,
        },
      );
  }
};

/** Whether a path is a folder; a link to one does not count. */
export const isFolder = async (path: string): Promise<boolean> => {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return false;
    throw error;
  }
};

/** The ids of the uploads that wait in a place. */
export const stagedUploads = async ({ folder }: ArchivePlace): Promise<string[]> => {
  try {
    return (await readdir(join(folder, STAGING))).filter((name) => UPLOAD_ID.test(name));
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || isSystemError(error, 'ENOTDIR')) return [];
    throw error;
  }
};
