import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import { endOperation } from '../engine/end-operation.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { changeRecord, getRecord, isCompleting, markStep } from '../task/operation-record.ts';
import { openRunLog } from '../task/run-log.ts';
import type { TaskContext } from '../task/task-context.ts';
import { requireReadBack } from '../verify/pass-ranges.ts';
import { componentsOf, outcomeOf, readSummaries } from './capture/capture-summaries.ts';
import { placeInCalls } from './place-archive.ts';
import { sealedPass } from './sealed-pass.ts';

/**
 * The end of a backup that was sealed and verified: PARTIAL when anything was left out, else SUCCESS. Where its archive is
 * copied into the place of another, that may take several calls (`done` false).
 *
 * @throws `internal` when not every byte was read back; `fence_lost`
 */
export const completeBackup = async (
  context: TaskContext<OperatingHost>,
  hold: Hold,
): Promise<{ done: boolean }> => {
  const { host } = context;
  const before = await getRecord(host, 'backup', hold.operationId);
  await noteReadBack(host, hold, before);
  await markStep(host, hold, 'backup', 'complete-backup');
  const record = await getRecord(host, 'backup', hold.operationId);
  if (!(await placeInCalls(context, hold, record))) return { done: false };
  const components = componentsOf(host, record, await readSummaries(host, record.id));
  await endOperation(host, hold, { state: outcomeOf(components) });
  return { done: true };
};

/** What the tasks of the verification have found; of the very archive that was sealed. */
const noteReadBack = async (host: OperatingHost, hold: Hold, record: BackupRecord): Promise<void> => {
  const { id, manifestSha256: sealed } = record;
  const { bytes, members, sha256, manifestSha256 } = await requireReadBack(host, hold, sealedPass.name);
  if (manifestSha256 !== sealed)
    throw new HoldfastError(
      'internal',
      `backup ${id} has read back an archive that is not the one it has sealed`,
    );
  if (isCompleting(record)) return;
  const log = openRunLog(host, hold, 'verify');
  log.info('archive read back and verified', { bytes, members, sha256 });
  await log.flush();
  await changeRecord(host, 'backup', id, (now) => ({ ...now, sha256, verifiedAt: timestamp(host.clock) }), {
    under: hold,
  });
};
