import type { FolderRelation } from '../../../archive/destination/folder-identity.ts';
import { refuseOwnPlace } from '../../../components/index.ts';
import { type TargetIdentity, targetRelation } from '../../../components/target-identity.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { ComponentRestore } from '../../../model/records/restore.ts';
import type { Host } from '../../../ports/host.ts';
import { restoreComponentFor } from '../component/restore-component-for.ts';

interface Place {
  readonly id: string;
  readonly target: string;
  readonly identity: TargetIdentity;
  /** What the component is captured from; undefined when the configuration does not have it. */
  readonly source: { readonly target: string; readonly identity: TargetIdentity } | undefined;
  readonly inPlace: boolean;
}

const placeOf = (host: Host, id: string, { kind, target }: ComponentRestore): Place => {
  const { component, inPlace } = restoreComponentFor(host, { id, kind, target });
  const isConfigured = host.config.components.some((one) => one.id === id && one.kind === kind);
  const at = (where: string) => ({
    target: where,
    identity: component.identify({ secrets: host.secrets, target: where }),
  });
  return { id, ...at(target), source: isConfigured ? at(component.target) : undefined, inPlace };
};

const WHERE: Readonly<Record<Exclude<FolderRelation, 'apart'>, string>> = {
  same: 'which is',
  within: 'which lies in',
  around: 'which lies around',
};

const refuse = (one: Place, relation: FolderRelation, of: string, where: string): void => {
  if (relation === 'apart') return;
  throw new HoldfastError(
    'restore_refused',
    `component "${one.id}" would be restored to ${one.target}, ${WHERE[relation]} ${of}, ${where}: their files would mix; name other targets with --to, or restore one after the other; nothing was touched`,
  );
};

/**
 * Refuses components that would meet when they are restored together: no target may lie in the target of another, nor
 * in what another is captured from. No target may be where the installation keeps its own data.
 *
 * @throws `restore_refused`, naming both
 */
export const assertApart = async (
  host: Host,
  components: Readonly<Record<string, ComponentRestore>>,
): Promise<void> => {
  const places = Object.entries(components).map(([id, component]) => placeOf(host, id, component));
  for (const { id, target, identity } of places) refuseOwnPlace(id, target, identity, host.own);
  for (const [index, one] of places.entries())
    for (const two of places.slice(0, index))
      refuse(
        one,
        await targetRelation(one.identity, two.identity),
        `the target of component "${two.id}"`,
        two.target,
      );
  for (const one of places) if (!one.inPlace) await refuseSources(one, places);
};

/** A component that is restored in its own place is not checked: the configuration answers for it. */
const refuseSources = async (one: Place, places: readonly Place[]): Promise<void> => {
  for (const { id, source } of places) {
    if (id === one.id || source === undefined) continue;
    const relation = await targetRelation(one.identity, source.identity);
    if (relation !== 'around')
      refuse(one, relation, `what component "${id}" is backed up from`, source.target);
  }
};
