import type { OperatingHost } from '../../operations/engine/kind-of-operation.ts';
import { withOperations } from '../../operations/kinds.ts';
import type { TaskContext } from '../../operations/task/task-context.ts';
import type { Invocation } from './invocation.ts';

/**
 * For functions that begin or end operations: gives their host the kinds of operation. Only these functions are bundled
 * with them.
 */
export const operating =
  <Input extends unknown[], Result>(run: (context: TaskContext<OperatingHost>, ...input: Input) => Result) =>
  (invocation: Invocation, ...input: Input): Result =>
    run({ ...invocation, host: withOperations(invocation.host) }, ...input);
