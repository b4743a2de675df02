import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, where they are missing.
 *
 * Not `mkdirSync` with `recursive`: below a file system that takes no folders and says ENOENT, such as /proc, that
 * one never returns (Node 24.21, measured).
 *
 * @throws the system's error, such as `ENOTDIR`, `EACCES`, or `ENOENT` from such a file system.
 */
export const makeFolders = (path: string): void => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found === undefined && dirname(path) !== path) makeFolders(dirname(path));
  try {
    mkdirSync(path);
  } catch (thrown) {
    // Another one, made at the same moment, serves as well.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw thrown;
  }
};
