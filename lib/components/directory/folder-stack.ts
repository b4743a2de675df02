/** The folders that a walk is in, from the root down, and the entries that it yields from them. */
import type { BigIntStats } from 'node:fs';
import { isFarTime, type TreeEntry, type TreeItem } from '../../archive/capture/tree-item.ts';
import type { ByteString } from '../../archive/tar/byte-string.ts';

export interface Folder {
  readonly path: ByteString;
  /** Sorted by bytes. */
  readonly names: readonly ByteString[];
  /** Whether everything in it is wanted. */
  readonly wanted: boolean;
  /** The index in `names` of the next name. */
  next: number;
  /** The next path, if the walk has looked at it already: a folder after a row. */
  ahead: { readonly path: ByteString; readonly stats: BigIntStats | undefined } | undefined;
  /** Whether something else was in its place: then the walk does not use its path at all. */
  isSwapped: boolean;
  /** The folder's own entry, until something in it is included: it is yielded before the first such entry. */
  pending: TreeEntry | undefined;
}

/** Takes the next name of a folder. @returns its path */
export const nextPath = (folder: Folder): ByteString => {
  const name = folder.names[folder.next] ?? '';
  folder.next += 1;
  return folder.path === '' ? name : `${folder.path}/${name}`;
};

/** How many entries a walk yielded. */
export interface EntryCount {
  readonly entries: number;
  /** Entries that are no folders. */
  readonly files: number;
  /** Entries whose times are outside the range of an archive. */
  readonly farTimes: number;
}

export class FolderStack {
  readonly #folders: Folder[] = [];
  readonly #mayBePending: boolean;
  #entries = 0;
  #files = 0;
  #farTimes = 0;

  /** @param mayBePending whether folders can be pending: false when everything is wanted */
  constructor(mayBePending: boolean) {
    this.#mayBePending = mayBePending;
  }

  get top(): Folder | undefined {
    return this.#folders.at(-1);
  }

  push(folder: Pick<Folder, 'path' | 'names' | 'wanted' | 'pending'>): void {
    this.#folders.push({ ...folder, next: 0, ahead: undefined, isSwapped: false });
  }

  pop(): void {
    this.#folders.pop();
  }

  /** Returns the entry, after the entries of all pending folders above it. */
  give(entry: TreeEntry): readonly TreeItem[] {
    this.#count(entry);
    if (!this.#mayBePending) return [entry];
    const items: TreeItem[] = [];
    for (const folder of this.#folders) {
      if (folder.pending === undefined) continue;
      this.#count(folder.pending);
      items.push(folder.pending);
      folder.pending = undefined;
    }
    items.push(entry);
    return items;
  }

  get count(): EntryCount {
    return { entries: this.#entries, files: this.#files, farTimes: this.#farTimes };
  }

  #count(entry: TreeEntry): void {
    this.#entries += 1;
    if (entry.type !== 'directory') this.#files += 1;
    if (isFarTime(entry)) this.#farTimes += 1;
  }
}
