import { ownValue } from '../../archive/own-value.ts';
import { holdContentToBounds } from '../../archive/reader/unknown-signer.ts';
import type { Component } from '../../components/index.ts';
import { HoldfastError, shortErrorOf, toHoldfastError } from '../../model/errors.ts';
import type { ComponentPlan, RestoreRecord } from '../../model/records/restore.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import type { Logger } from '../../ports/logger.ts';
import { takeOverKey } from '../keys/sealed-archive-key.ts';
import { isForeign } from '../stored/foreign-archive.ts';
import { openBackupArchive } from '../stored/open-backup-archive.ts';
import { changeRecord, getRecord, markStep } from '../task/operation-record.ts';
import { openRunLog } from '../task/run-log.ts';
import { portsOf, type TaskContext } from '../task/task-context.ts';
import { refuseOtherTargets, stateOfTarget } from './approved-restore.ts';
import { restoreComponentFor } from './component/restore-component-for.ts';
import { assertApart } from './plan/apart-targets.ts';
import { keepPlan } from './plan/plan-pages.ts';
import { refusalIn } from './plan/plan-refusal.ts';

/** One element of the list that the restore's Map walks. */
export interface RestoreWork {
  component: string;
}

/** A component of a restore, and the task to plan or restore it with. */
export interface OpenedComponent {
  component: Component;
  task: Parameters<Component['restore']>[0];
}
type Following = Pick<OpenedComponent['task'], 'cursor' | 'progress' | 'checkpointDue' | 'checkpoint'>;
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

/**
 * Plans a restore and writes the plan into its record; touches no target. A dry run ends here.
 *
 * @throws `restore_refused` when anything of the plan is refused.
 */
export const openArchiveForRestore = async (
  context: TaskContext,
  hold: Hold,
): Promise<{ dryRun: boolean; tasks: RestoreWork[] }> => {
  const { host, signal } = context;
  await markStep(host, hold, 'restore', 'open-archive');
  const restore = await getRecord(host, 'restore', hold.operationId);
  const log = openRunLog(host, hold, 'open');
  // The request has checked this already, but a link or a mount may have changed since.
  await assertApart(host, restore.components);
  const open = await openForRestore(context, restore);
  const plan: Record<string, ComponentPlan> = {};
  for (const [id, { state }] of Object.entries(restore.components)) {
    // The request has found that the backup holds nothing of this component.
    if (state === 'FAILED') continue;
    const { component, task } = open(id, log, planning);
    try {
      const planned = await component.planRestore(task);
      plan[id] = { ...planned, state: stateOfTarget(planned).sha256 };
    } catch (thrown) {
      signal.throwIfAborted();
      throw new HoldfastError(
        toHoldfastError(thrown).code === 'internal' ? 'restore_refused' : toHoldfastError(thrown).code,
        `component ${id} cannot be restored to ${task.target}: ${shortErrorOf(thrown)}; nothing was touched`,
        { cause: thrown },
      );
    }
  }
  const kept = await keepPlan(host, hold, plan);
  await changeRecord(host, 'restore', restore.id, (record) => ({ ...record, plan: kept }), { under: hold });
  const refusal = refusalIn(plan);
  if (restore.dryRun) return { dryRun: true, tasks: tasksOf(plan) };
  if (refusal !== undefined) throw refusal;
  refuseOtherTargets(restore, plan);
  return { dryRun: false, tasks: tasksOf(plan) };
};

const tasksOf = (plan: Readonly<Record<string, ComponentPlan>>): RestoreWork[] =>
  Object.keys(plan).map((component) => ({ component }));
