/** The last part of an extraction: links, and the modes and times of folders, when all content is there. */
import {
  chmodSync,
  lchownSync,
  linkSync,
  lutimesSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { skippedOf } from '../capture/capture.ts';
import type { Skipped } from '../format.ts';
import { type ByteString, fileSystemPath } from '../tar/byte-string.ts';
import { fileTime } from '../tar/file-times.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { type Staging, stagingFor } from '../target/staging.ts';
import type { Existing } from '../target/target-folder.ts';
import { statsOf, type TargetFolder } from '../target/target-folder.ts';
import { requireReplaceable, restoredMode } from '../target/write-file.ts';

export interface FinishOptions {
  readonly folder: TargetFolder;
  readonly staging: Staging;
  readonly existing: Existing;
  readonly asRoot: boolean;
  /** Files that were there and were left: nothing of this restore to link to. */
  readonly kept: ReadonlySet<ByteString>;
  readonly keptFolders: ReadonlySet<ByteString>;
  /** Where files were written under another path. */
  readonly renames: ReadonlyMap<ByteString, ByteString>;
  readonly onSkipped: (skipped: Skipped) => void;
}

export class TreeFinisher {
  readonly #options: FinishOptions;

  constructor(options: FinishOptions) {
    this.#options = options;
  }

  /** Makes a symlink or a hard link. False when something was there and was kept. */
  link(entry: TarEntry): boolean {
    const { folder, existing, staging, kept, renames, onSkipped } = this.#options;
    const source = renames.get(entry.link) ?? entry.link;
    // The link whose path the file itself was given.
    if (entry.type === 'hardlink' && source === entry.path) return false;
    folder.ensureParent(entry.path);
    const path = folder.path(entry.path);
    if (statsOf(path) !== undefined) {
      if (existing === 'skip') return false;
      requireReplaceable(entry.path, path, existing);
    }
    if (entry.type === 'hardlink') {
      folder.ensureParent(source);
      if (kept.has(source) || statsOf(folder.path(source))?.isFile() !== true) {
        onSkipped(skippedOf(entry.path, 'is a hard link to a file that was not restored'));
        return false;
      }
    }
    const staged = folder.path(`${stagingFor(staging, entry.path)}/link`);
    if (entry.type === 'hardlink') linkSync(folder.path(source), staged);
    else this.#symlink(entry, staged);
    renameSync(staged, path);
    // Renaming a hard link onto another one of the same file does nothing, and leaves it.
    if (entry.type === 'hardlink') rmSync(staged, { force: true });
    return true;
  }

  #symlink(entry: TarEntry, staged: string | Buffer): void {
    symlinkSync(fileSystemPath(entry.link), staged);
    if (this.#options.asRoot) lchownSync(staged, entry.uid, entry.gid);
    lutimesSync(staged, Date.now() / 1000, fileTime(entry.mtimeSeconds, entry.mtimeNanoseconds));
  }

  /** Owner, mode and time of a folder; those of the folders in it must be set before. */
  finishFolder(entry: TarEntry): void {
    const { folder, asRoot, keptFolders } = this.#options;
    if (keptFolders.has(entry.path)) return;
    const path = folder.path(entry.path);
    if (asRoot) lchownSync(path, entry.uid, entry.gid);
    chmodSync(path, restoredMode(entry.mode, asRoot));
    utimesSync(path, Date.now() / 1000, fileTime(entry.mtimeSeconds, entry.mtimeNanoseconds));
  }
}
