import type { OperatingHost } from '../../operations/engine/kind-of-operation.ts';
import { withOperations } from '../../operations/kinds.ts';
import type { TaskContext } from '../../operations/task/task-context.ts';
import type { Invocation } from './invocation.ts';

/** For what begins or ends operations: gives its host the kinds of operation. Only functions that need them are bundled with them. */
export const operating =
  <Input extends unknown[], Result>(run: (context: TaskContext<OperatingHost>, ...input: Input) => Result) =>
  (invocation: Invocation, ...input: Input): Result =>
    run({ ...invocation, host: withOperations(invocation.host) }, ...input);
