/** What both hosts say of a name or a place that an archive cannot have. */
import { HoldfastError } from '../model/errors.ts';
import { isStorableName } from '../model/ids.ts';

export const placeNotAllowed = (backupPath: string): HoldfastError =>
  new HoldfastError(
    'place_not_allowed',
    `backups may not be written to ${backupPath}: add it to "backupPaths" in the configuration, or name a path that is listed there`,
    { details: { backupPath } },
  );

/** @throws HoldfastError `invalid_request` for a name that is not a plain file name. */
export const requireStorableName = (fileName: string, backupPath: string): void => {
  if (isStorableName(fileName)) return;
  throw new HoldfastError(
    'invalid_request',
    `${JSON.stringify(fileName)} is not a possible file name in ${backupPath}; choose a shorter or simpler one`,
  );
};
