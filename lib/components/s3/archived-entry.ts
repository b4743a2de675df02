/** Reads an entry of a bucket's archive. A capture writes objects and their attributes, and nothing else. */
import type { ContentsEntry } from '../../archive/format.ts';
import { requireFile, requireReadable } from '../archived-file.ts';
import { parseAttributesPath } from './object-attributes.ts';
import { keyOfPath, pathOfKey } from './object-path.ts';

/** An object, by its key below the prefix; or a file of attributes. */
export type ArchivedEntry = { readonly key: string } | { readonly key?: undefined };

/** @throws `archive_entry_refused` for any other entry, and for a path that no key has */
export const archivedEntry = (entry: ContentsEntry): ArchivedEntry => {
  const { path } = entry;
  const key = keyOfPath(path);
  const isKnown = key === undefined ? parseAttributesPath(path) !== undefined : pathOfKey(key) === path;
  requireFile(entry, isKnown, 'is neither an object of a bucket nor a file of attributes');
  if (key !== undefined) return { key };
  requireReadable(entry);
  return {};
};
