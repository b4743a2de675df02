import type { Hold } from '../../ports/catalog.ts';
import { endOperation } from '../workflow/end-operation.ts';
import type { TaskContext } from '../workflow/task-context.ts';

/** The end of a re-seal that was read back and found good. */
export const completeReseal = ({ host }: TaskContext, hold: Hold): Promise<void> =>
  endOperation(host, hold, { state: 'SUCCESS' });
