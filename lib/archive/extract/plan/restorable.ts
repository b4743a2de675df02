/** What a file system of this machine cannot hold: found when a restore is planned, and named. */
import type { ByteString } from '../../tar/byte-string.ts';
import type { DecodedRun } from '../../threads/entry-run.ts';

/** Linux: a path has 4,096 bytes with the NUL at its end, a name 255 on all file systems in common use. */
export const MAX_PATH_BYTES = 4_095;
export const MAX_NAME_BYTES = 255;
/** The largest id: 2^32 - 1 means "no owner". */
const MAX_ID = 2 ** 32 - 2;
/** A link needs a target, no longer than a path can be. */
const isLinkTarget = (link: ByteString): boolean => link.length > 0 && link.length <= MAX_PATH_BYTES;

/**
 * Why an entry of a run cannot be restored below a folder; undefined when it can.
 * @param path the entry's path in that folder
 * @param targetBytes length of the folder's own path
 */
export const unrestorable = (
  path: ByteString,
  entries: DecodedRun,
  index: number,
  targetBytes: number,
): string | undefined => {
  if (path.length > MAX_NAME_BYTES) {
    const bytes = longestName(path);
    if (bytes > MAX_NAME_BYTES)
      return `a part of its path has ${bytes} bytes, and a name in a file system has at most ${MAX_NAME_BYTES}`;
    const whole = targetBytes + 1 + path.length;
    if (whole > MAX_PATH_BYTES)
      return `its path in the target would have ${whole} bytes, and a path has at most ${MAX_PATH_BYTES}; choose a target with a shorter path`;
  }
  if (entries.type(index) === 'symlink' && !isLinkTarget(entries.link(index)))
    return `it is a link to a path of ${entries.link(index).length} bytes, and the path of a link has 1 to ${MAX_PATH_BYTES}`;
  const uid = entries.uid(index);
  const gid = entries.gid(index);
  if (uid > MAX_ID || gid > MAX_ID)
    return `its owner is ${uid}:${gid}, and the highest id of a user or group is ${MAX_ID}`;
  return undefined;
};

const longestName = (path: ByteString): number => {
  let longest = 0;
  for (let at = 0; at < path.length; ) {
    const slash = path.indexOf('/', at);
    const end = slash < 0 ? path.length : slash;
    longest = Math.max(longest, end - at);
    at = end + 1;
  }
  return longest;
};
