/** Rules for archive entries that are files for us and something else for their source: objects, attributes, items. */
import type { ContentsEntry } from '../archive/format.ts';
import { nameFromContents } from '../archive/tar/byte-string.ts';
import { refusedEntry } from '../archive/tar/entry-path.ts';

/** Largest file of lines that is read into memory: several times the size that a capture makes. */
const MAX_LINES_BYTES = 32 * 1024 * 1024;

const FILES: readonly ContentsEntry['type'][] = ['file', 'object', 'item'];

const refused = ({ path, pathBase64 }: ContentsEntry, why: string): Error =>
  refusedEntry(nameFromContents(path, pathBase64), why);

/**
 * @param isKnown whether the kind writes such a path
 * @param otherwise the reason given for another path
 * @throws `archive_entry_refused` for another path, for an entry that is no file, and for a path that is not UTF-8
 */
export const requireFile = (entry: ContentsEntry, isKnown: boolean, otherwise: string): void => {
  if (!isKnown || entry.pathBase64 !== undefined) throw refused(entry, otherwise);
  if (!FILES.includes(entry.type))
    throw refused(entry, `is a ${entry.type}, and components of its kind have only files`);
};

/** @throws `archive_entry_refused` for a file of lines far larger than a capture makes */
export const requireReadable = (entry: ContentsEntry): void => {
  if (entry.size > MAX_LINES_BYTES)
    throw refused(entry, `has ${entry.size} bytes, and at most ${MAX_LINES_BYTES} are read`);
};
