import { componentFor } from '../../../components/index.ts';
import { type TargetIdentity, targetRelation } from '../../../components/target-identity.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { ComponentRestore } from '../../../model/records/restore.ts';
import type { CreateRestoreRequest } from '../../../model/requests/restores.ts';
import type { Host } from '../../../ports/host.ts';
import { restoreComponentFor } from '../component/restore-component-for.ts';

/**
 * Lets a restore write onto live sources only if the request says so explicitly and the installation allows it.
 *
 * @throws `in_place_unconfirmed`, `in_place_disabled`, with the sources as `inPlaceOf`
 */
export const assertMayBeInPlace = async (
  host: Host,
  components: Readonly<Record<string, ComponentRestore>>,
  { inPlace }: CreateRestoreRequest,
): Promise<void> => {
  if (inPlace && host.config.restoreInPlace) return;
  const { secrets } = host;
  const sources = host.config.components.map((settings) => {
    const live = componentFor(settings);
    return live.identify({ secrets, target: live.target });
  });
  const inPlaceOf: { component: string; target: string }[] = [];
  for (const [id, { kind, target, state }] of Object.entries(components)) {
    if (state === 'FAILED') continue;
    const { component, inPlace: own } = restoreComponentFor(host, { id, kind, target });
    if (own || (await isLive(component.identify({ secrets, target }), sources)))
      inPlaceOf.push({ component: id, target });
  }
  if (inPlaceOf.length === 0) return;
  const words = inPlaceOf.map(({ component, target }) => `${component} (${target})`).join(', ');
  if (!host.config.restoreInPlace)
    throw new HoldfastError(
      'in_place_disabled',
      `this installation's configuration does not allow restores onto live sources ("restoreInPlace": false), and this one would overwrite: ${words}; name another target for each`,
      { details: { inPlaceOf } },
    );
  throw new HoldfastError(
    'in_place_unconfirmed',
    `this restore would overwrite live sources: ${words}; to allow that, set "inPlace": true (--in-place), or name another target for each`,
    { details: { inPlaceOf } },
  );
};

/** Whether a target is what a component of the configuration is captured from. */
const isLive = async (target: TargetIdentity, sources: readonly TargetIdentity[]): Promise<boolean> => {
  for (const source of sources) if ((await targetRelation(target, source)) === 'same') return true;
  return false;
};
