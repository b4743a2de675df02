import type { Hold } from '../../ports/catalog.ts';
import { endOperation } from './end-operation.ts';
import type { TaskContext } from './task-context.ts';

/** The end of an operation that found everything good: of an import the backup is listed, of a re-seal the key recorded. */
export const completeOperation = ({ host }: TaskContext, hold: Hold): Promise<void> =>
  endOperation(host, hold, { state: 'SUCCESS' });
