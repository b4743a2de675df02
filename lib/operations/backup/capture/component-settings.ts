import type { ComponentSettings } from '../../../model/components/component-table.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { Host } from '../../../ports/host.ts';

/** The configured settings of a component. @throws `not_found` */
export const settingsOf = (host: Host, id: string): ComponentSettings => {
  const found = host.config.components.find((settings) => settings.id === id);
  if (found === undefined)
    throw new HoldfastError('not_found', `there is no component "${id}" in holdfast.config.json`);
  return found;
};
