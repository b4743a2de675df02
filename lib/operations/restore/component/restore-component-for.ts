import { isAbsolute } from 'node:path';
import { folderRelation, wayTo } from '../../../archive/destination/folder-identity.ts';
import { type Component, componentFor, componentFromTarget } from '../../../components/index.ts';
import { assertInReach } from '../../../components/reach.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { Host } from '../../../ports/host.ts';

export interface RestoreComponent {
  readonly component: Component;
  readonly target: string;
  /** Whether the target is the place that the configuration gives the component. */
  readonly inPlace: boolean;
}

const isSamePlace = (target: string, own: string): boolean =>
  target === own ||
  (isAbsolute(target) && isAbsolute(own) && folderRelation(wayTo(target), wayTo(own)) === 'same');

/**
 * The component that restores an archive's component, and its target: the configured one of the same id and kind or, if
 * this installation has none, the one that the named target describes. So an archive restores into an empty
 * installation.
 *
 * @throws `invalid_request` when there is neither, or the host cannot reach this kind.
 */
export const restoreComponentFor = (
  host: Host,
  { id, kind, target }: { id: string; kind: string; target: string | undefined },
): RestoreComponent => {
  assertInReach(host, { id, kind, target });
  const configured = host.config.components.find((settings) => settings.id === id && settings.kind === kind);
  if (configured !== undefined) {
    const component = componentFor(configured);
    const chosen = target ?? component.target;
    return { component, target: chosen, inPlace: isSamePlace(chosen, component.target) };
  }
  if (target === undefined)
    throw new HoldfastError(
      'invalid_request',
      `this installation has no component "${id}" of kind ${kind}: say where to restore it, with --to ${id}=TARGET`,
    );
  return { component: componentFromTarget(id, kind, target), target, inPlace: false };
};
