/** What the paths of a tree must be, all together: each of them once, below directories only, hard links to files. */
import { type ByteString, contentsNameOf } from '../tar/byte-string.ts';
import { parentOf, refusedEntry } from '../tar/entry-path.ts';
import type { TarType } from '../tar/tar-entry.ts';

export class PathRules {
  readonly #types = new Map<ByteString, TarType>();
  /** Paths that something lies below. */
  readonly #parents = new Set<ByteString>();
  #lastParent: ByteString = '';

  /** Takes the next entry. Throws `archive_entry_refused` when it does not go with those before it. */
  add(path: ByteString, type: TarType, link: ByteString): void {
    if (this.#types.has(path)) throw refusedEntry(path, 'stands in the archive twice');
    this.#types.set(path, type);
    const slash = path.lastIndexOf('/');
    if (slash > 0) this.#addParents(path, path.slice(0, slash));
    if (type !== 'directory' && this.#parents.has(path))
      throw refusedEntry(path, 'is no directory, and yet has entries below it');
    if (type === 'hardlink' && this.#types.get(link) !== 'file')
      throw refusedEntry(
        path,
        `is a hard link to ${JSON.stringify(contentsNameOf(link).text)}, which is no earlier file of the component`,
      );
  }

  #addParents(path: ByteString, parent: ByteString): void {
    if (parent === this.#lastParent) return;
    this.#lastParent = parent;
    for (let above = parent; above !== '' && !this.#parents.has(above); above = parentOf(above)) {
      const type = this.#types.get(above);
      if (type !== undefined && type !== 'directory')
        throw refusedEntry(path, `lies below a ${type}, and only directories have something below`);
      this.#parents.add(above);
    }
  }
}
