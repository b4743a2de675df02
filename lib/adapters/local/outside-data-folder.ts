/** What the configuration may not name because it is the data folder's: sources of backups, and places for archives. */
import { join } from 'node:path';
import { folderAround, folderRelation, wayTo } from '../../archive/destination/folder-identity.ts';
import { sourceOf } from '../../model/components/component-table.ts';
import type { Config } from '../../model/config/config.ts';
import { withinOwnData } from '../../model/config/own-archives.ts';
import { HoldfastError } from '../../model/errors.ts';

/**
 * A folder around the data folder may be backed up, since the data folder is left out of it. A folder within it holds
 * nothing else.
 */
const sourcesWithin = ({ components }: Config, own: readonly string[]): string[] =>
  components.flatMap((component) => {
    const { folder } = sourceOf(component);
    const around = folder === undefined ? undefined : folderAround(wayTo(folder), own);
    return folder === undefined || around === undefined
      ? []
      : [`component "${component.id}": ${withinOwnData(folder, around)}`];
  });

/** An archive or a log could replace the catalog or a key. Some configurations name the folder of archives itself. */
const placesWithin = ({ backupPaths }: Config, data: string): string[] =>
  backupPaths.flatMap((path) => {
    const way = wayTo(path);
    if (folderAround(way, [data]) === undefined) return [];
    if (folderRelation(way, wayTo(join(data, 'archives'))) === 'same') return [];
    return [
      `backupPaths: ${path} leads into the data folder ${data}, whose files an archive could overwrite; name another folder, or leave backupPaths out to use the one in the data folder`,
    ];
  });

/**
 * @param data the data folder, which need not exist yet
 * @param own the other places of the installation's data and archives
 * @throws HoldfastError `config_invalid`
 */
export const requireOutside = (config: Config, data: string, own: readonly string[]): void => {
  const faults = [...sourcesWithin(config, [data, ...own]), ...placesWithin(config, data)];
  if (faults.length > 0) throw new HoldfastError('config_invalid', faults.join('; '));
};
