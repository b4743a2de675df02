/**
 * The folders that may hold archives: the installation's own, and those that `backupPaths` in the configuration names.
 * A request names one of them exactly, and can reach nothing below or beside them.
 *
 * In the installation's own place a key is `archives/<file name>`, so that it stays valid when the data folder is
 * moved; elsewhere it is the absolute path.
 */
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { HoldfastError } from '../../../model/errors.ts';
import { placeNotAllowed, requireStorableName } from '../../../ports/store-names.ts';

const OWN_PLACE = 'archives';

export interface ArchivePlace {
  /** The place's name in records and keys. */
  readonly name: string;
  readonly folder: string;
  /** Made if it does not exist; other places must exist. */
  readonly own: boolean;
}

export class ArchivePlaces {
  readonly #places = new Map<string, ArchivePlace>();

  constructor(ownFolder: string, backupPaths: readonly string[]) {
    const own = { name: OWN_PLACE, folder: resolve(ownFolder), own: true };
    for (const path of backupPaths) {
      const folder = resolve(path);
      this.#places.set(folder, { name: folder, folder, own: false });
    }
    this.#places.set(OWN_PLACE, own);
    this.#places.set(own.folder, own);
  }

  /** Every place, once. */
  all(): ArchivePlace[] {
    return [...new Set(this.#places.values())];
  }

  /** @throws HoldfastError `place_not_allowed`, `invalid_request` for a name that is not a plain file name. */
  locate(fileName: string, backupPath = OWN_PLACE): string {
    const place = this.#places.get(isAbsolute(backupPath) ? resolve(backupPath) : backupPath);
    if (!place) throw placeNotAllowed(backupPath);
    requireStorableName(fileName, backupPath);
    return `${place.name}/${fileName}`;
  }

  /** The place and the path of a key made by `locate`. */
  find(key: string): { place: ArchivePlace; path: string } {
    const place = this.#places.get(dirname(key));
    if (!place || this.locate(basename(key), place.name) !== key)
      throw new HoldfastError('place_not_allowed', `${key} is not in a place that the configuration names`);
    return { place, path: join(place.folder, basename(key)) };
  }
}
