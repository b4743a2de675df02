import type { Hold } from '../../ports/catalog/catalog.ts';
import type { TaskContext } from '../task/task-context.ts';
import { endOperation } from './end-operation.ts';
import type { OperatingHost } from './kind-of-operation.ts';

/** The end of an operation that found everything good: of an import the backup is listed, of a re-seal the key recorded. */
export const completeOperation = ({ host }: TaskContext<OperatingHost>, hold: Hold): Promise<void> =>
  endOperation(host, hold, { state: 'SUCCESS' });
