import type { Hold } from '../../ports/catalog.ts';
import { endOperation } from '../workflow/end-operation.ts';
import { getRecord, markStep } from '../workflow/operation-record.ts';
import type { TaskContext } from '../workflow/task-context.ts';
import { componentsOf, outcomeOf, readSummaries } from './captured.ts';

/** The end of a backup that was sealed and verified: PARTIAL when anything was left out, else SUCCESS. */
export const completeBackup = async ({ host }: TaskContext, hold: Hold): Promise<void> => {
  await markStep(host, hold, 'backup', 'complete-backup');
  const record = await getRecord(host, 'backup', hold.operationId);
  const components = componentsOf(host, record, await readSummaries(host, record.id));
  await endOperation(host, hold, { state: outcomeOf(components) });
};
