import { ownValue } from '../../archive/own-value.ts';
import { holdContentToBounds } from '../../archive/reader/unknown-signer.ts';
import type { Component } from '../../components/index.ts';
import { HoldfastError, shortErrorOf, toHoldfastError } from '../../model/errors.ts';
import type { ComponentPlan, RestoreRecord } from '../../model/records/restore.ts';
import { type Hold, put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import type { Logger } from '../../ports/logger.ts';
import { takeOverKey } from '../keys/sealed-archive-key.ts';
import { isForeign } from '../stored/foreign-archive.ts';
import { openBackupArchive } from '../stored/open-backup-archive.ts';
import { commitAll } from '../task/commit-all.ts';
import { changeRecord, getRecord, markStep } from '../task/operation-record.ts';
import { openRunLog } from '../task/run-log.ts';
import { portsOf, type TaskContext } from '../task/task-context.ts';
import { refuseOtherTargets, stateOfTarget } from './approved-restore.ts';
import { freshPart, type PlannedPart } from './component/part-record.ts';
import { restoreComponentFor } from './component/restore-component-for.ts';
import { assertApart } from './plan/apart-targets.ts';
import { keepPlan } from './plan/plan-pages.ts';
import { refusalIn } from './plan/plan-refusal.ts';
import { cutParts, type RestoreWork } from './plan/restore-parts.ts';

/** A component of a restore, and the task to plan or restore it with. */
export interface OpenedComponent {
  component: Component;
  task: Parameters<Component['restore']>[0];
}
export type Following = Pick<
  OpenedComponent['task'],
  'cursor' | 'part' | 'acceptedElsewhere' | 'progress' | 'checkpointDue' | 'checkpoint'
>;
type OpenComponent = (id: string, log: Logger, following: Following) => OpenedComponent;

/** A plan is made in one call. */
const planning: Following = {
  cursor: null,
  progress: () => undefined,
  checkpointDue: () => false,
  checkpoint: async () => 'continue',
};

/** What every step of a restore opens anew: the archive, if it is still the requested one, and its key. */
export const openForRestore = async (
  { host, signal }: TaskContext,
  restore: RestoreRecord,
): Promise<OpenComponent> => {
  const backup = await getRecord(host, 'backup', restore.backupId);
  const archive = await openBackupArchive(host, backup, { trust: restore.trustedSigner ?? undefined });
  holdContentToBounds(archive, Object.keys(restore.components));
  if (restore.approval !== undefined && restore.approval.manifestSha256 !== archive.signature.manifestSha256)
    throw new HoldfastError(
      'approval_stale',
      `the archive of backup ${backup.id} is not the one that was approved; ask for a new approval`,
      { details: { fields: ['manifestSha256'] } },
    );
  const identity = await takeOverKey(host, restore.id);
  const checkHashes = await isForeign(host, backup, archive);
  return (id, log, following) => {
    const planned = ownValue(restore.components, id);
    if (planned === undefined)
      throw new HoldfastError('internal', `restore ${restore.id} has no component ${id}`);
    const { component, target, inPlace } = restoreComponentFor(host, {
      id,
      kind: planned.kind,
      target: planned.target,
    });
    const task = {
      ...portsOf(host),
      log: log.child({ component: id }),
      signal,
      restoreId: restore.id,
      archive,
      component: id,
      identity,
      pool: host.pool,
      target,
      existing: restore.existing,
      setuid: restore.setuid ?? true,
      rootAttributes: inPlace || restore.rootAttributes === true,
      allowDrop: restore.allowDrop ?? false,
      allOrNothing: restore.allOrNothing,
      checkHashes,
      ...following,
    };
    return { component, task };
  };
};

export interface PlannedRestore {
  dryRun: boolean;
  tasks: RestoreWork[];
  /** Whether a component is to be made ready for its tasks. */
  prepares: boolean;
}

/**
 * Plans a restore, writes the plan into its record, and cuts the work into tasks; touches no target. A dry run ends
 * here.
 *
 * @throws `restore_refused` when anything of the plan is refused.
 */
export const openArchiveForRestore = async (context: TaskContext, hold: Hold): Promise<PlannedRestore> => {
  const { host } = context;
  await markStep(host, hold, 'restore', 'open-archive');
  const restore = await getRecord(host, 'restore', hold.operationId);
  const log = openRunLog(host, hold, 'open');
  // The request has checked this already, but a link or a mount may have changed since.
  await assertApart(host, restore.components);
  const open = await openForRestore(context, restore);
  const plan: Record<string, ComponentPlan> = {};
  const opened: OpenedComponent[] = [];
  for (const [id, { state }] of Object.entries(restore.components)) {
    // The request has found that the backup holds nothing of this component.
    if (state === 'FAILED') continue;
    const one = open(id, log, planning);
    plan[id] = await planned(context, one);
    opened.push(one);
  }
  const kept = await keepPlan(host, hold, plan);
  await changeRecord(host, 'restore', restore.id, (record) => ({ ...record, plan: kept }), { under: hold });
  if (restore.dryRun) return { dryRun: true, tasks: [], prepares: false };
  const refusal = refusalIn(plan);
  if (refusal !== undefined) throw refusal;
  refuseOtherTargets(restore, plan);
  const parts = opened.flatMap((one) => partsOf(host, one, opened.length));
  const records = parts.map((part) => put('restoreCheckpoint', freshPart(hold, part)));
  await commitAll(host, records, { under: hold });
  await markStep(host, hold, 'restore', 'restore');
  return {
    dryRun: false,
    tasks: parts.map(({ component, shard }) => ({ component, shard })),
    prepares: parts.some(({ isPrepared }) => isPrepared),
  };
};

const UNTOUCHED = '; nothing was touched';
const untouched = (reason: string): string => (reason.endsWith(UNTOUCHED) ? reason : reason + UNTOUCHED);

/** @throws the planning's error, with the component's id and target */
const planned = async (
  { signal }: TaskContext,
  { component, task }: OpenedComponent,
): Promise<ComponentPlan> => {
  try {
    const plan = await component.planRestore(task);
    return { ...plan, state: stateOfTarget(plan).sha256 };
  } catch (thrown) {
    signal.throwIfAborted();
    throw new HoldfastError(
      toHoldfastError(thrown).code === 'internal' ? 'restore_refused' : toHoldfastError(thrown).code,
      `component ${task.component} cannot be restored to ${task.target}: ${untouched(shortErrorOf(thrown))}`,
      { cause: thrown },
    );
  }
};

const partsOf = (
  { restoreBytes }: Host,
  { component, task }: OpenedComponent,
  components: number,
): PlannedPart[] => {
  const { archive, component: id } = task;
  const members = archive.contents(id).length;
  const shared = component.sharedRestore(task);
  const parts =
    shared === undefined
      ? [{ from: 0, to: members }]
      : cutParts(archive, id, { effort: shared.effort, bytesPerTask: restoreBytes, components });
  return parts.map(({ from, to }, shard) => ({
    ...{ component: id, shard, shards: parts.length, from, to, members },
    manifestSha256: archive.signature.manifestSha256,
    isPrepared: shard === 0 && parts.length > 1 && shared?.prepare !== undefined,
  }));
};
