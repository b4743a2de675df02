import { HoldfastError } from '../../model/errors.ts';
import { PRODUCT_VERSION } from '../../model/version.ts';

/** How many later minor versions read the archives of a version. */
export const COMPATIBLE_MINORS = 3;

/**
 * An archive restores into the version that made it and the next three minor versions, never into an older one.
 * Patch versions do not count: they change neither what is written nor what is read.
 *
 * @throws `incompatible_version`
 */
export const assertCompatible = (madeBy: string, here: string = PRODUCT_VERSION): void => {
  const from = parse(madeBy);
  const to = parse(here);
  const older = to.major < from.major || (to.major === from.major && to.minor < from.minor);
  if (older)
    throw new HoldfastError(
      'incompatible_version',
      `this archive was made by version ${madeBy}, and this is the older ${here}; upgrade this installation, or override the check with --force`,
    );
  if (to.major !== from.major || to.minor - from.minor > COMPATIBLE_MINORS)
    throw new HoldfastError(
      'incompatible_version',
      `this archive was made by version ${madeBy}; it restores into that and the next ${COMPATIBLE_MINORS} minor versions, and this is ${here}; restore it there, or override the check with --force`,
    );
};

/** Whether `assertCompatible` accepts the version. */
export const isCompatible = (madeBy: string, here: string = PRODUCT_VERSION): boolean => {
  try {
    assertCompatible(madeBy, here);
    return true;
  } catch (thrown) {
    if (thrown instanceof HoldfastError && thrown.code === 'incompatible_version') return false;
    throw thrown;
  }
};

const parse = (version: string): { major: number; minor: number } => {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version) ?? [];
  if (major === undefined || minor === undefined)
    throw new HoldfastError(
      'incompatible_version',
      `"${version}" is not a version that this installation can compare with its own`,
    );
  return { major: Number(major), minor: Number(minor) };
};
