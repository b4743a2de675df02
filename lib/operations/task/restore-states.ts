/** The states of a restore's components, by those of its tasks. */
import type { ComponentRestore, RestoreCheckpoint, RestoreRecord } from '../../model/records/restore.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';

type State = ComponentRestore['state'];

/** The tasks of a restore, in the order of components and parts. */
export const readParts = (host: Pick<Host, 'catalog'>, restoreId: string): Promise<RestoreCheckpoint[]> =>
  Array.fromAsync(everyRecord(host, 'restoreCheckpoint', { group: restoreId }));

export const isEnded = ({ state }: { readonly state: State }): boolean =>
  state !== 'PENDING' && state !== 'IN_PROGRESS';

/** Whether these are all parts that a component was cut into, one behind the other, and all of them have ended. */
const areAllEnded = (parts: readonly RestoreCheckpoint[]): boolean =>
  parts.length > 0 &&
  parts.every(
    (one, index) =>
      one.shard === index &&
      one.shards === parts.length &&
      one.manifestSha256 === parts[0]?.manifestSha256 &&
      one.from === (parts[index - 1]?.to ?? 0) &&
      isEnded(one),
  ) &&
  parts.at(-1)?.to === parts.at(-1)?.members;

/**
 * The state of a component with these parts, which are all there are of it. It is FAILED once all have ended and one has
 * failed, or when there is another `failure`.
 */
export const stateOfParts = (
  own: readonly RestoreCheckpoint[],
  failure: boolean = own.some(({ state }) => state === 'FAILED'),
): State => {
  if (areAllEnded(own)) {
    if (failure) return 'FAILED';
    return own.some(({ state }) => state === 'PARTIAL') ? 'PARTIAL' : 'SUCCESS';
  }
  return own.every(({ state }) => state === 'PENDING') ? 'PENDING' : 'IN_PROGRESS';
};

/** The states of a restore's components by now. */
export const statusOf = async (
  host: Pick<Host, 'catalog'>,
  { id, state, componentStatus }: RestoreRecord,
): Promise<RestoreRecord['componentStatus']> => {
  if (state !== 'IN_PROGRESS') return componentStatus;
  const parts = Map.groupBy(await readParts(host, id), ({ component }) => component);
  return Object.fromEntries(
    Object.entries(componentStatus).map(([component, before]) => {
      const own = parts.get(component);
      return [component, own === undefined ? before : stateOfParts(own)];
    }),
  );
};
