import { realpathSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Failure } from '../failure.ts';

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** Of whichever installation: it is known by what lies in it. */
const isDataFolder = (folder: string): boolean =>
  ['installation.key', 'catalog.db'].every((name) => isThere(join(folder, name)));

const dataFolderAround = (folder: string): string | undefined => {
  if (isDataFolder(folder)) return folder;
  const above = dirname(folder);
  return above === folder ? undefined : dataFolderAround(above);
};

/** What a command writes must not take the place of what the server keeps. @throws a Failure `place_unwritable` */
export const requireOutsideDataFolder = (path: string): void => {
  let folder: string;
  try {
    folder = realpathSync(dirname(resolve(path)));
  } catch {
    // What is not there holds no data folder; whoever writes says what is wrong.
    return;
  }
  const found = dataFolderAround(folder);
  if (found !== undefined)
    throw new Failure('place_unwritable', `${path} lies in ${found}, a data folder of Holdfast`, {
      hint: 'Only the server writes there. Choose another place.',
    });
};
