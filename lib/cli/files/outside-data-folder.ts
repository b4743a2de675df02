import { realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '../failure.ts';

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** The data folder of any installation: it is recognised by the files in it. */
const isDataFolder = (folder: string): boolean =>
  ['installation.key', 'catalog.db'].every((name) => isThere(join(folder, name)));

const dataFolderAround = (folder: string): string | undefined => {
  if (isDataFolder(folder)) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : dataFolderAround(above);
};

/**
 * Refuses to write into a data folder: a command must not replace the server's files. @throws a Failure
 * `place_unwritable`
 */
export const requireOutsideDataFolder = (path: string): void => {
  let folder: string;
  try {
    folder = realpathSync(dirname(resolve(path)));
  } catch {
    // A missing folder cannot be a data folder; the write itself reports what is wrong.
    return;
  }
  const found = dataFolderAround(folder);
  if (found !== undefined)
    throw new Failure('place_unwritable', `${path} lies in ${found}, a data folder of Holdfast`, {
      hint: 'Only the server writes there. Choose another place.',
    });
};
