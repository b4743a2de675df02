import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Mode of folders that no other user may enter. */
export const PRIVATE_FOLDER = 0o700;

/**
 * Makes a folder and those above it, where they are missing; with `mode`, all new folders get that mode.
 *
 * `mkdirSync` with `recursive` is not used: on a file system that accepts no folders and says ENOENT, such as /proc, it
 * never returns (Node 24.21, measured).
 *
 * @throws the system's error, such as `ENOTDIR`, `EACCES`, or `ENOENT` from such a file system.
 */
export const makeFolders = (path: string, mode?: number): void => {
  try {
    mkdirSync(path, mode);
  } catch (thrown) {
    // The folder existed, or somebody else made it at the same moment.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
    const above = dirname(path);
    if (!isMissing(thrown) || existsSync(above) || above === path) throw thrown;
    makeFolders(above, mode);
    makeFolders(path, mode);
  }
};

const isMissing = (thrown: unknown): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
