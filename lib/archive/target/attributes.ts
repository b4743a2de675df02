/** Owner, mode and time of an entry that has come to stand. */
import { fileTime } from '../tar/file-times.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { atEntry, isOfOneEntry, refusalReason } from './entry-failures.ts';
import { type Rights, restoredMode, SETGID, SETUID } from './rights.ts';
import { owner } from './target-folder.ts';

export type Attributes = Pick<
  TarEntry,
  'path' | 'mode' | 'uid' | 'gid' | 'mtimeSeconds' | 'mtimeNanoseconds'
>;

/** Calls on one file, folder or link. */
export interface AttributeCalls {
  chown(uid: number, gid: number): void;
  /** Undefined for links, which have no mode of their own. */
  readonly chmod: ((mode: number) => void) | undefined;
  utimes(accessed: number, modified: number | string): void;
}

/** What an entry has already, since it was made so. */
export interface MadeWith {
  readonly isOwned: boolean;
  readonly mode?: number;
}

/** Whether an entry of ours, made in the staging folder, has the owner and the group that it is to have. */
export const isOurs = ({ uid, gid }: Pick<TarEntry, 'uid' | 'gid'>): boolean =>
  uid === owner.uid && gid === owner.gid;

/**
 * Gives an entry its owner, mode and time: the owner first, since changing it takes setuid away. What the system refuses
 * of these is left, and said: what the entry is without. Without its owner nothing gets setuid or setgid.
 */
export const giveAttributes = (
  entry: Attributes,
  rights: Rights,
  { isOwned, mode: madeWith }: MadeWith,
  calls: AttributeCalls,
): string | undefined => {
  const missing: string[] = [];
  const attempt = (what: string, call: () => void): boolean => {
    try {
      call();
      return true;
    } catch (error) {
      if (!isOfOneEntry(error)) throw atEntry(error, entry.path);
      missing.push(`${what}: ${refusalReason(error)}`);
      return false;
    }
  };
  const { uid, gid } = entry;
  const hasOwner =
    !rights.asRoot || isOwned || attempt(`its owner ${uid}:${gid}`, () => calls.chown(uid, gid));
  const mode = restoredMode(entry.mode, hasOwner ? rights : { ...rights, setuid: false });
  const { chmod } = calls;
  if (chmod !== undefined && mode !== madeWith)
    attempt(`its mode ${mode.toString(8).padStart(4, '0')}`, () => chmod(mode));
  if (!hasOwner && rights.setuid && chmod !== undefined && (entry.mode & (SETUID | SETGID)) !== 0)
    missing.push('setuid and setgid: they are given with the owner only');
  attempt('its time', () =>
    calls.utimes(Date.now() / 1000, fileTime(entry.mtimeSeconds, entry.mtimeNanoseconds)),
  );
  return missing.length === 0 ? undefined : `was restored without ${missing.join('; without ')}`;
};
