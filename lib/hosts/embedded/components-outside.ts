import { folderAround, wayTo } from '../../archive/target/folder-identity.ts';
import type { Config } from '../../model/config.ts';
import { HoldfastError } from '../../model/errors.ts';
import { withinOwnData } from '../../model/own-archives.ts';

/**
 * A folder around the data folder may be backed up, since that is left out of it. One within it has nothing else.
 *
 * @param own where the installation keeps its data and its archives
 * @throws HoldfastError `config_invalid`
 */
export const requireOutside = ({ components }: Config, own: readonly string[]): void => {
  const faults = components.flatMap((component) => {
    if (component.kind !== 'directory') return [];
    const around = folderAround(wayTo(component.path), own);
    return around === undefined
      ? []
      : [`component "${component.id}": ${withinOwnData(component.path, around)}`];
  });
  if (faults.length > 0) throw new HoldfastError('config_invalid', faults.join('; '));
};
