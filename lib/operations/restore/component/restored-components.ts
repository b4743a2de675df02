/** A restore's components as its tasks have left them, read from the records of the tasks. */
import { NAMED_SKIPPED } from '../../../archive/manifest-bounds.ts';
import type { Taken } from '../../../components/component-kind.ts';
import { HoldfastError, shortErrorOf } from '../../../model/errors.ts';
import type { ComponentRestore, RestoreCheckpoint, RestoreRecord } from '../../../model/records/restore.ts';
import type { Hold } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';
import { isEnded, readParts, stateOfParts } from '../../task/restore-states.ts';
import { withinRecord } from '../../task/within-record.ts';
import { withStatus } from './component-record.ts';
import { restoreComponentFor } from './restore-component-for.ts';

/** A restore's record with what its tasks have done by now. */
export const withParts = (
  host: Host,
  record: RestoreRecord,
  parts: readonly RestoreCheckpoint[],
): RestoreRecord => {
  if (parts.length === 0) return record;
  const components = withinRecord(componentsOf(host, record, parts));
  const sum = (of: (component: ComponentRestore) => number) =>
    Object.values(components).reduce((total, one) => total + of(one), 0);
  const progress = {
    ...record.progress,
    sourceBytes: sum(({ bytes }) => bytes),
    entries: sum(({ entries }) => entries),
  };
  return { ...record, ...withStatus(components), progress };
};

/** A restore as the API shows it: while it runs, with what its tasks have done so far. */
export const viewRestore = async (host: Host, record: RestoreRecord): Promise<RestoreRecord> =>
  record.state === 'IN_PROGRESS' ? withParts(host, record, await readParts(host, record.id)) : record;

const componentsOf = (
  host: Host,
  record: RestoreRecord,
  parts: readonly RestoreCheckpoint[],
): Record<string, ComponentRestore> =>
  Object.fromEntries(
    Object.entries(record.components).map(([id, before]) => {
      const own = parts.filter(({ component }) => component === id);
      return [id, own.length === 0 ? before : componentOf(host, id, before, own)];
    }),
  );

const componentOf = (
  host: Host,
  id: string,
  before: ComponentRestore,
  own: readonly RestoreCheckpoint[],
): ComponentRestore => {
  const sum = (of: (part: RestoreCheckpoint) => number): number =>
    own.reduce((total, part) => total + of(part), 0);
  const kept = sum((part) => part.kept ?? 0);
  const left = own.flatMap(({ bitsLeftOut }) => bitsLeftOut ?? []);
  const failure = failureOf(host, id, before, own);
  const { shortError, errorCode } = failure ?? before;
  return {
    ...before,
    state: stateOfParts(own, failure !== undefined),
    bytes: sum(({ bytes }) => bytes),
    entries: sum(({ entries }) => entries),
    ...(kept > 0 && { kept }),
    skippedCount: sum(({ skippedCount }) => skippedCount),
    skipped: own.flatMap(({ skipped }) => skipped).slice(0, NAMED_SKIPPED),
    ...(left.length > 0 && {
      bitsLeftOut: {
        count: left.reduce((total, { count }) => total + count, 0),
        paths: left.flatMap(({ paths }) => paths).slice(0, NAMED_SKIPPED),
      },
    }),
    shortError,
    errorCode,
  };
};

type Failure = Pick<ComponentRestore, 'shortError' | 'errorCode'>;

/** Why a component is FAILED: one of its parts is, or its target took nothing of all that its parts tried. */
const failureOf = (
  host: Host,
  id: string,
  { kind, target }: ComponentRestore,
  own: readonly RestoreCheckpoint[],
): Failure | undefined => {
  const failed = own.find(({ state }) => state === 'FAILED');
  if (failed !== undefined) return failed;
  const taken = own.flatMap((part) => part.taken ?? []).reduce(plus, { accepted: 0, refused: 0, reason: '' });
  const isKept = own.some(({ kept = 0 }) => kept > 0);
  if (!own.every(isEnded) || taken.refused === 0 || taken.accepted > 0 || isKept) return undefined;
  const { component } = restoreComponentFor(host, { id, kind, target });
  const sentence =
    component.sharedRestore({ ...host, target })?.tookNone(target, taken) ?? `${target} took nothing`;
  return {
    shortError: shortErrorOf(new HoldfastError('component_failed', sentence)),
    errorCode: 'component_failed',
  };
};

const plus = (sum: Taken, { accepted, refused, reason }: Taken): Taken => ({
  accepted: sum.accepted + accepted,
  refused: sum.refused + refused,
  reason: sum.reason || reason,
});

/**
 * A restore whose components have all ended.
 *
 * @throws `internal` when one has not: then the workflow has left out a task, and nothing may be called restored;
 * `fence_lost` when the restore has ended, and the records of its tasks are gone
 */
export const requireEnded = async (host: Host, hold: Hold, record: RestoreRecord): Promise<RestoreRecord> => {
  const ended = withParts(host, record, await readParts(host, hold.operationId));
  const open = Object.entries(ended.components).find(([, component]) => !isEnded(component));
  if (open === undefined) return ended;
  await host.catalog.commit([], { under: hold });
  throw new HoldfastError(
    'internal',
    `restore ${hold.operationId} has not restored all of component ${open[0]}, so it is not called restored`,
  );
};
