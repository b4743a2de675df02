/**
 * Limits on what a plan keeps in memory, and on unlisted folders that it makes in a target: a few kilobytes of archive
 * can name very much.
 */

import { ArchiveError } from '../../errors.ts';
import type { OpenedArchive } from '../../reader/open.ts';
import { tooLargeForUnknown } from '../../reader/unknown-signer.ts';
import type { ByteString } from '../../tar/byte-string.ts';
import { parentOf } from '../../tar/entry-path.ts';
import type { DecodedRun, EntryRun } from '../../threads/entry-run.ts';

/**
 * Bytes of a component's names and numbers that are accepted from an unknown signer: more than half a million entries.
 */
const MAX_UNKNOWN_BYTES = 64 * 1024 * 1024;
/** Folders accepted above listed entries without being listed; objects of a store have such folders. */
const FREE_FOLDERS = 65_536;
const FOLDERS_PER_ENTRY = 4;

export class ListingBounds {
  readonly #archive: OpenedArchive;
  readonly #component: string;
  #bytes = 0;
  #entries = 0;
  #folders = 0;
  /** The folder that the last entry is, or lies in. */
  #last: ByteString = '';

  constructor(archive: OpenedArchive, component: string) {
    this.#archive = archive;
    this.#component = component;
  }

  /** Counts the next entries. @throws `archive_signer_unknown` and `archive_bomb` for too many */
  take({ paths, links, numbers }: EntryRun, entries: DecodedRun): void {
    this.#bytes += paths.length + links.length + numbers.byteLength;
    if (!this.#archive.isKnown && this.#bytes > MAX_UNKNOWN_BYTES)
      throw tooLargeForUnknown(
        `the names in component ${this.#component} have more than ${MAX_UNKNOWN_BYTES} bytes`,
        this.#archive.signature,
      );
    for (let index = 0; index < entries.count; index += 1) this.#count(entries, index);
    if (this.#folders <= FREE_FOLDERS + FOLDERS_PER_ENTRY * this.#entries) return;
    throw new ArchiveError(
      'archive_bomb',
      `component ${this.#component} has ${this.#entries} entries in more than ${this.#folders} folders that it does not list; do not trust this archive`,
    );
  }

  #count(entries: DecodedRun, index: number): void {
    this.#entries += 1;
    const path = entries.path(index);
    const parent = parentOf(path);
    if (parent !== this.#last) this.#folders += newLevels(this.#last, parent);
    this.#last = entries.type(index) === 'directory' ? path : parent;
  }
}

/** How many folders of a path the path before it does not have in the same place. */
const newLevels = (before: ByteString, path: ByteString): number => {
  if (path === '') return 0;
  let same = 0;
  while (same < path.length && before.charCodeAt(same) === path.charCodeAt(same)) same += 1;
  if (same === path.length && (same === before.length || before[same] === '/')) return 0;
  const wholeBefore = same === before.length && same > 0 && path[same] === '/';
  let levels = wholeBefore ? 0 : 1;
  for (let at = path.indexOf('/', same); at >= 0; at = path.indexOf('/', at + 1)) levels += 1;
  return levels;
};
