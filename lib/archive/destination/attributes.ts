/** Owner, mode and time of an entry that is in its place. */
import type { ByteString } from '../tar/byte-string.ts';
import { fileTime } from '../tar/file-times.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { atEntry, isOfOneEntry, refusalReason } from './entry-failures.ts';
import { type Rights, restoredMode, SETGID, SETUID } from './rights.ts';
import { owner } from './target-folder.ts';

export type Attributes = Pick<
  TarEntry,
  'path' | 'mode' | 'uid' | 'gid' | 'mtimeSeconds' | 'mtimeNanoseconds'
>;

/** Calls of `node:fs` on an `At`: an open file, or a path. */
export interface AttributeCalls<At> {
  chown(at: At, uid: number, gid: number): void;
  /** Undefined for links, which have no mode of their own. */
  readonly chmod: ((at: At, mode: number) => void) | undefined;
  utimes(at: At, accessed: number, modified: number | string): void;
}

/** What an entry already has from being made. */
export interface MadeWith {
  readonly isOwned: boolean;
  readonly mode?: number;
}

/** Whether our own user and group, which own what is made in the staging folder, are the entry's owner and group. */
export const isOurs = ({ uid, gid }: Pick<TarEntry, 'uid' | 'gid'>): boolean =>
  uid === owner.uid && gid === owner.gid;

/**
 * Gives an entry its owner, mode and time: the owner first, since changing it takes setuid away. Returns in words what
 * the system refused, which the entry then lacks. Without its owner an entry gets no setuid or setgid.
 */
export const giveAttributes = <At>(
  at: At,
  entry: Attributes,
  rights: Rights,
  { isOwned, mode: madeWith }: MadeWith,
  { chown, chmod, utimes }: AttributeCalls<At>,
): string | undefined => {
  // Most files get everything, so nothing is allocated for the ones that do not, not even a function.
  let missing: string[] | undefined;
  const { uid, gid } = entry;
  let hasOwner = true;
  if (rights.asRoot && !isOwned)
    try {
      chown(at, uid, gid);
    } catch (error) {
      hasOwner = false;
      missing = [refusalOf(`its owner ${uid}:${gid}`, error, entry.path)];
    }
  const mode = restoredMode(entry.mode, hasOwner ? rights : { ...rights, setuid: false });
  if (chmod !== undefined && mode !== madeWith)
    try {
      chmod(at, mode);
    } catch (error) {
      const what = `its mode ${mode.toString(8).padStart(4, '0')}`;
      missing = [...(missing ?? []), refusalOf(what, error, entry.path)];
    }
  if (!hasOwner && rights.setuid && chmod !== undefined && (entry.mode & (SETUID | SETGID)) !== 0)
    missing = [...(missing ?? []), 'setuid and setgid: they are only set together with the owner'];
  try {
    utimes(at, Date.now() / 1000, fileTime(entry.mtimeSeconds, entry.mtimeNanoseconds));
  } catch (error) {
    missing = [...(missing ?? []), refusalOf('its time', error, entry.path)];
  }
  return missing === undefined ? undefined : `was restored without ${missing.join('; without ')}`;
};

/** @throws an error that does not concern this entry alone */
const refusalOf = (what: string, error: unknown, path: ByteString): string => {
  if (!isOfOneEntry(error)) throw atEntry(error, path);
  return `${what}: ${refusalReason(error)}`;
};
