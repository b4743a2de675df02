import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { isSystemError } from '../../model/errors.ts';

const PRIVATE = 0o700;

/**
 * Makes a folder that only this user may enter, and those above it that are not there. Not by Node's own `recursive`,
 * which never returns where a folder is there and takes none, as /proc does.
 *
 * @throws as mkdir(2) does
 */
export const makeFolders = (path: string): void => {
  try {
    mkdirSync(path, PRIVATE);
  } catch (error) {
    if (isSystemError(error, 'EEXIST') && statSync(path).isDirectory()) return;
    const above = dirname(path);
    if (!isSystemError(error, 'ENOENT') || existsSync(above) || above === path) throw error;
    makeFolders(above);
    mkdirSync(path, PRIVATE);
  }
};
