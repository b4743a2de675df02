/** Tells an installation that has lost its catalog or its key file from a new one. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { HoldfastError, isSystemError } from '../../model/errors.ts';
import type { Catalog } from '../../ports/catalog/catalog.ts';
import type { KeyVault } from '../../ports/key-vault.ts';
import type { DataFolder } from './data-folder.ts';

/**
 * To be called before the catalog is opened, which would make an empty one.
 *
 * @throws HoldfastError `config_invalid` when a catalog that is missing or has no bytes lies beside things that only an
 * older installation can have made.
 */
export const refuseMissingCatalog = (folder: DataFolder): void => {
  const found = sizeOf(folder.catalogFile);
  if (found !== undefined && found > 0) return;
  if (existsSync(folder.keyFile) || archivesIn(folder) > 0)
    throw lost(folder, found === undefined ? 'is missing' : 'is empty');
};

/**
 * To be called when the catalog holds no key at all. After a first start that was interrupted there are no archives
 * yet.
 *
 * @throws HoldfastError `config_invalid`
 */
export const refuseEmptiedCatalog = (folder: DataFolder): void => {
  if (existsSync(folder.keyFile) && archivesIn(folder) > 0) throw lost(folder, 'holds no records');
};

/**
 * To be called when both are open. With another installation's key file the server would make backups that nothing here
 * can open, because the catalog's keys are wrapped with the lost file.
 *
 * @throws HoldfastError `config_invalid`
 */
export const refuseForeignKeyFile = async (
  folder: DataFolder,
  catalog: Catalog,
  vault: KeyVault,
): Promise<void> => {
  const ours = Buffer.from(await vault.verifyKey()).toString('base64');
  const { records } = await catalog.list('verifyKey', { limit: OLDEST_KEYS });
  const own = records.filter((key) => key.own);
  if (own.length === 0 || own.some(({ publicKey }) => publicKey === ours)) return;
  throw new HoldfastError(
    'config_invalid',
    `${folder.keyFile} is the key file of another installation: the backup keys in ${folder.catalogFile} were wrapped with another key file, and none of them would open. ` +
      'Put back the installation.key that belongs to this catalog, or the catalog.db that belongs to this key file. Nothing was changed',
  );
};

/** The first start adds the installation's own key, so it is among the oldest. */
const OLDEST_KEYS = 1000;

const sizeOf = (path: string): number | undefined => {
  try {
    return statSync(path).size;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined;
    throw error;
  }
};

/** Counts files that are not hidden, as staging is. */
const archivesIn = ({ archivesFolder }: DataFolder): number => {
  try {
    return readdirSync(archivesFolder).filter((name) => !name.startsWith('.')).length;
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return 0;
    throw error;
  }
};

const lost = (folder: DataFolder, what: string): HoldfastError => {
  const beside = [
    ...(existsSync(folder.keyFile) ? ['installation.key'] : []),
    ...(archivesIn(folder) > 0 ? [`${archivesIn(folder)} file(s) in archives`] : []),
  ].join(' and ');
  return new HoldfastError(
    'config_invalid',
    `${folder.catalogFile} ${what}, but the same folder has ${beside}: this installation has lost its catalog, which held the records of its backups and its backup keys. ` +
      'Put back a copy of catalog.db. Or start again without it: move this folder away, start with a new one, and upload key files with "holdfast key upload" and archives with "holdfast backup upload". Nothing was changed',
  );
};
