/** In a worker: makes one restored link, when all files are there. */
import { lchownSync, linkSync, lutimesSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { type ByteString, fileSystemPath } from '../tar/byte-string.ts';
import { fileTime } from '../tar/file-times.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { stagedPath, targetInTheMaking } from './staging.ts';
import { statsOf, type TargetFolder } from './target-folder.ts';
import { type FileWriterOptions, isOurs, mayTake } from './write-file.ts';

export interface LinkMakerOptions extends FileWriterOptions {
  /** Where files were written under another path. */
  readonly renames: ReadonlyMap<ByteString, ByteString>;
}

export class LinkMaker {
  readonly #options: LinkMakerOptions;
  readonly #target: TargetFolder;

  constructor(options: LinkMakerOptions) {
    this.#options = options;
    this.#target = targetInTheMaking(options.staging);
  }

  /**
   * Makes a symlink or a hard link. `kept`: something was there and stays; `orphan`: there is no file to link to.
   * Throws `TargetConflict`, what `TargetFolder.ensureFolder` throws, errors of the system.
   */
  make(entry: TarEntry): 'made' | 'kept' | 'orphan' {
    const { existing, staging, renames, job } = this.#options;
    const source = renames.get(entry.link) ?? entry.link;
    // The link whose path the file itself was given.
    if (entry.type === 'hardlink' && source === entry.path) return 'kept';
    this.#target.ensureParent(entry.path);
    const path = this.#target.path(entry.path);
    if (!staging.isFresh && !mayTake(entry.path, path, existing)) return 'kept';
    const staged = stagedPath(staging, job, entry.path);
    if (entry.type === 'hardlink') {
      this.#target.ensureParent(source);
      if (statsOf(this.#target.path(source))?.isFile() !== true) return 'orphan';
      linkSync(this.#target.path(source), staged);
    } else this.#symlink(entry, staged);
    renameSync(staged, path);
    // Renaming a hard link onto another one of the same file does nothing, and leaves it.
    if (entry.type === 'hardlink') rmSync(staged, { force: true });
    return 'made';
  }

  #symlink(entry: TarEntry, staged: string | Buffer): void {
    symlinkSync(fileSystemPath(entry.link), staged);
    if (this.#options.asRoot && !isOurs(entry)) lchownSync(staged, entry.uid, entry.gid);
    lutimesSync(staged, Date.now() / 1000, fileTime(entry.mtimeSeconds, entry.mtimeNanoseconds));
  }
}
