/** The rules for all paths of a tree together: each path once, below directories only, hard links to files. */

import { type ByteString, contentsNameOf } from '../../tar/byte-string.ts';
import { compareInWalk, isBelow, parentOf, refusedEntry } from '../../tar/entry-path.ts';
import type { TarType } from '../../tar/tar-entry.ts';
import { DecodedRun, type EntryRun } from '../../threads/entry-run.ts';

const isTwice = (path: ByteString): Error => refusedEntry(path, 'is in the archive twice');
const liesBelow = (path: ByteString, type: TarType): Error =>
  refusedEntry(path, `lies below a ${type}, and only a directory can have entries below it`);
const isBehind = (path: ByteString): Error =>
  refusedEntry(path, 'is a directory that comes after its own entries');
const isLate = (path: ByteString): Error =>
  refusedEntry(path, 'is a directory whose parent was already left for another one');
const hasNoFile = (path: ByteString, link: ByteString): Error =>
  refusedEntry(
    path,
    `is a hard link to ${JSON.stringify(contentsNameOf(link.slice(0, 200)).text)}, which is not an earlier file of the component`,
  );

/**
 * Checks runs of entries in the order in which they come. In walk order two entries with the same path are adjacent,
 * and so are a folder and what is in it: comparing each entry with the one before is enough. Once an entry breaks the
 * order, every path so far is remembered.
 */
export class PathRules {
  readonly #runs: EntryRun[] = [];
  /** Hard links in the order of the walk, and what they link to. */
  readonly #links = new Map<ByteString, ByteString>();
  #lastPath: ByteString = '';
  /** Undefined before the first entry. */
  #lastType: TarType | undefined;
  #seen: SeenPaths | undefined;

  /** @param renamed paths that are written under another name; the rules then apply to that name */
  constructor(renamed: ReadonlyMap<ByteString, ByteString> = new Map()) {
    // Renamed paths do not come in the order of a walk.
    if (renamed.size > 0) this.#seen = new SeenPaths(renamed);
  }

  /** Takes the next entries. @throws `archive_entry_refused` when one does not agree with those before it */
  take(run: EntryRun, entries: DecodedRun): void {
    for (let index = 0; index < entries.count; index += 1) {
      if (this.#seen === undefined && !this.#isNext(entries, index))
        this.#seen = this.#seenBefore(entries, index);
      this.#seen?.add(entries, index);
    }
    if (this.#seen === undefined) this.#runs.push(run);
  }

  /**
   * To be called when all entries have been taken: checks of hard links may be left.
   *
   * @throws `archive_entry_refused`
   */
  end(): void {
    if (this.#links.size === 0 || this.#seen !== undefined) return;
    const missing = new Set(this.#links.values());
    for (const run of this.#runs) {
      const entries = new DecodedRun(run);
      for (let index = 0; index < entries.count; index += 1)
        if (entries.type(index) === 'file') missing.delete(entries.path(index));
    }
    for (const [path, link] of this.#links) if (missing.has(link)) throw hasNoFile(path, link);
  }

  #isNext(entries: DecodedRun, index: number): boolean {
    const path = entries.path(index);
    const type = entries.type(index);
    const lastPath = this.#lastPath;
    const lastType = this.#lastType;
    this.#lastPath = path;
    this.#lastType = type;
    if (lastType !== undefined) {
      const order = compareInWalk(lastPath, path);
      if (order > 0) return false;
      if (order === 0) throw isTwice(path);
      if (lastType !== 'directory' && isBelow(path, lastPath)) throw liesBelow(path, lastType);
    }
    if (type !== 'hardlink') return true;
    const link = entries.link(index);
    if (compareInWalk(link, path) >= 0) throw hasNoFile(path, link);
    this.#links.set(path, link);
    return true;
  }

  #seenBefore(entries: DecodedRun, end: number): SeenPaths {
    const seen = new SeenPaths();
    for (const run of this.#runs.splice(0)) {
      const earlier = new DecodedRun(run);
      for (let index = 0; index < earlier.count; index += 1) seen.add(earlier, index);
    }
    for (let index = 0; index < end; index += 1) seen.add(entries, index);
    return seen;
  }
}

/**
 * The same rules for entries in any order: a directory comes before what is in it, and before the walk has left its
 * parent. Other entries may come late: at its end, a backup looks once more at what something else has replaced.
 */
class SeenPaths {
  readonly #types = new Map<ByteString, TarType>();
  /** Paths that have something below them. */
  readonly #parents = new Set<ByteString>();
  readonly #renamed: ReadonlyMap<ByteString, ByteString>;
  /** The directories that the last entry is in, each in the one before it. */
  readonly #open: ByteString[] = [];
  #lastParent: ByteString = '';

  constructor(renamed: ReadonlyMap<ByteString, ByteString> = new Map()) {
    this.#renamed = renamed;
  }

  add(entries: DecodedRun, index: number): void {
    const own = entries.path(index);
    const path = this.#renamed.get(own) ?? own;
    const type = entries.type(index);
    if (this.#types.has(path)) throw isTwice(path);
    if (type === 'directory' && (path === '.' ? this.#types.size > 0 : this.#parents.has(path)))
      throw isBehind(path);
    this.#types.set(path, type);
    this.#addParents(path, parentOf(path));
    if (type === 'directory' && path !== '.') this.#enter(path);
    if (type !== 'directory' && this.#parents.has(path))
      throw refusedEntry(path, 'is not a directory, but has entries below it');
    if (type !== 'hardlink') return;
    const link = entries.link(index);
    if (this.#types.get(link) !== 'file') throw hasNoFile(path, link);
  }

  #enter(directory: ByteString): void {
    this.#leave(directory);
    this.#open.push(directory);
    this.#lastParent = directory;
  }

  #addParents(path: ByteString, parent: ByteString): void {
    if (parent === this.#lastParent) return;
    this.#lastParent = parent;
    this.#leaveFor(path);
    for (let above = parent; above !== '' && !this.#parents.has(above); above = parentOf(above)) {
      const type = this.#types.get(above);
      if (type !== undefined && type !== 'directory') throw liesBelow(path, type);
      this.#parents.add(above);
    }
  }

  /** Leaves the directories that do not hold an entry. */
  #leaveFor(path: ByteString): void {
    for (let last = this.#open.at(-1); last !== undefined && !isBelow(path, last); last = this.#open.at(-1))
      this.#open.pop();
  }

  /** The same for a directory: the nearest directory above it must then be the last one open. */
  #leave(path: ByteString): void {
    this.#leaveFor(path);
    let above = parentOf(path);
    while (above !== '' && this.#types.get(above) !== 'directory') above = parentOf(above);
    if (above !== (this.#open.at(-1) ?? '')) throw isLate(path);
  }
}
