import type { Hold } from '../../ports/catalog.ts';
import { endOperation } from '../workflow/end-operation.ts';
import type { TaskContext } from '../workflow/task-context.ts';

/** The end of an import that found everything good: the backup is listed from here on. */
export const completeImport = ({ host }: TaskContext, hold: Hold): Promise<void> =>
  endOperation(host, hold, { state: 'SUCCESS' });
