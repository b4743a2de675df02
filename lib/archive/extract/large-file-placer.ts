/** Moves files whose content lay in several segments to their places, when all their pieces are written. */
import { closeSync, constants, ftruncateSync, openSync, rmSync } from 'node:fs';
import type { Existing } from '../destination/existing.ts';
import type { Rights } from '../destination/rights.ts';
import { type Staging, stagedPath, targetInTheMaking } from '../destination/staging.ts';
import { finishFile, mayTake, moveToName } from '../destination/write-file.ts';
import type { TarEntry } from '../tar/tar-entry.ts';

export interface PlacedFile {
  /** In words, what the file lacks of what the archive says. */
  readonly lacking: string | undefined;
}

export class LargeFilePlacer {
  readonly #staging: Staging;
  readonly #rights: Rights;
  readonly #existing: Existing;

  constructor(staging: Staging, rights: Rights, existing: Existing) {
    this.#staging = staging;
    this.#rights = rights;
    this.#existing = existing;
  }

  /**
   * Gives the staged file its length, owner, mode, time and name. Returns undefined when a file existed and was kept.
   * The staged file is gone afterwards in any case.
   *
   * @throws as `TargetFolder.ensureParent`, and errors of the system
   */
  place(entry: TarEntry, stagingName: string): PlacedFile | undefined {
    const { path } = entry;
    const target = targetInTheMaking(this.#staging);
    const staged = stagedPath(this.#staging, stagingName, path);
    try {
      target.ensureParent(path);
      const final = target.path(path);
      if (!mayTake(path, final, this.#existing)) {
        rmSync(staged);
        return undefined;
      }
      const lacking = this.#finish(staged, entry);
      moveToName(staged, final);
      return { lacking };
    } catch (error) {
      rmSync(staged, { force: true });
      throw error;
    }
  }

  #finish(staged: string | Buffer, entry: TarEntry): string | undefined {
    const descriptor = openSync(staged, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      ftruncateSync(descriptor, entry.size);
      return finishFile(descriptor, entry, this.#rights, 0o600);
    } finally {
      closeSync(descriptor);
    }
  }
}
