import type { Hold } from '../../ports/catalog/catalog.ts';
import type { TaskContext } from '../task/task-context.ts';
import { endOperation } from './end-operation.ts';
import type { OperatingHost } from './kind-of-operation.ts';

/** Ends an operation that found everything good: an import lists the backup, a re-seal records the key. */
export const completeOperation = ({ host }: TaskContext<OperatingHost>, hold: Hold): Promise<void> =>
  endOperation(host, hold, { state: 'SUCCESS' });
