/** In a worker: makes one restored link, when all files are there. */
import { lchownSync, linkSync, lutimesSync, rmSync, type Stats, symlinkSync } from 'node:fs';
import { shownPath } from '../shown-text.ts';
import { type ByteString, fileSystemPath } from '../tar/byte-string.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { giveAttributes, isOurs } from './attributes.ts';
import { copyWhole } from './copy-whole.ts';
import { FailureList, FolderFailed, refusalReason, systemCode } from './entry-failures.ts';
import { stagedPath, targetInTheMaking } from './staging.ts';
import { statsOf, type TargetFolder } from './target-folder.ts';
import { type FileWriterOptions, mayTake, moveToName } from './write-file.ts';

export interface LinkMakerOptions extends FileWriterOptions {
  /** Files that were written under another path. */
  readonly renames: ReadonlyMap<ByteString, ByteString>;
}

/**
 * Reasons for a copy instead of a second name: another file system, one without hard links, too many links, an
 * immutable file.
 */
const TO_BE_COPIED = ['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

const LINK_CALLS = { chown: lchownSync, chmod: undefined, utimes: lutimesSync };

export class LinkMaker {
  readonly #options: LinkMakerOptions;
  readonly #failures: FailureList;
  readonly #target: TargetFolder;

  /** @param failures records links that are made, but not as they should be. */
  constructor(options: LinkMakerOptions, failures = new FailureList()) {
    this.#options = options;
    this.#failures = failures;
    this.#target = targetInTheMaking(options.staging);
  }

  /**
   * Makes a symlink or a hard link. `kept`: something existed there and stays; `orphan`: there is no file to link to.
   *
   * @throws `TargetConflict`, what `TargetFolder.ensureFolder` throws, errors of the system; what existed there is then
   * unchanged.
   */
  make(entry: TarEntry): 'made' | 'kept' | 'orphan' {
    const { existing, staging, renames, job } = this.#options;
    const source = renames.get(entry.link) ?? entry.link;
    // The file itself was written under this link's path.
    if (entry.type === 'hardlink' && source === entry.path) return 'kept';
    this.#target.ensureParent(entry.path);
    const path = this.#target.path(entry.path);
    if (!staging.isFresh && !mayTake(entry.path, path, existing)) return 'kept';
    const staged = stagedPath(staging, job, entry.path);
    let lacking: string | undefined;
    try {
      if (entry.type === 'hardlink') {
        if (this.#sourceOf(source)?.isFile() !== true) return 'orphan';
        lacking = this.#hardLink(source, staged, entry.path);
      } else lacking = this.#symlink(entry, staged);
    } catch (error) {
      rmSync(staged, { force: true });
      throw error;
    }
    moveToName(staged, path);
    // Renaming a hard link onto another name of the same file does nothing, and leaves the staged name.
    if (entry.type === 'hardlink') rmSync(staged, { force: true });
    this.#failures.lack(entry.path, lacking);
    return 'made';
  }

  #sourceOf(source: ByteString): Stats | undefined {
    try {
      this.#target.ensureParent(source);
    } catch (error) {
      if (error instanceof FolderFailed) return undefined;
      throw error;
    }
    return statsOf(this.#target.path(source));
  }

  /** Makes a second name, or a copy where the system allows none, and says so. */
  #hardLink(source: ByteString, staged: string | Buffer, path: ByteString): string | undefined {
    const from = this.#target.path(source);
    try {
      linkSync(from, staged);
      return undefined;
    } catch (error) {
      if (!TO_BE_COPIED.includes(systemCode(error) ?? '')) throw error;
      const lacking = copyWhole(from, staged, path, this.#options);
      const name = JSON.stringify(shownPath(source));
      const copied = `is a copy of ${name} instead of a hard link to it: ${refusalReason(error)}`;
      return lacking === undefined ? copied : `${copied}; ${lacking}`;
    }
  }

  #symlink(entry: TarEntry, staged: string | Buffer): string | undefined {
    symlinkSync(fileSystemPath(entry.link), staged);
    return giveAttributes(staged, entry, this.#options, { isOwned: isOurs(entry) }, LINK_CALLS);
  }
}
