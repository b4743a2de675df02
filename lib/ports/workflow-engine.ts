/** Runs the state machines of statemachines/. An execution is named by its operation's id, so it starts once. */
import type { OperationKind } from '../model/records/operation.ts';

/** The input of every execution: pointers, never secrets. */
export interface ExecutionInput {
  operationId: string;
  fence: number;
}
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface WorkflowEngine {
  /** Starts an execution and returns; does nothing when the operation was already started. */
  start(machine: OperationKind, input: ExecutionInput): Promise<void>;
  /** Undefined: there was never such an execution. */
  status(operationId: string): Promise<ExecutionStatus | undefined>;
  /**
   * Ends the execution and, where the host can, the work in progress; resolves when none of its tasks runs any more, or
   * after a few seconds.
   */
  stop(operationId: string, reason: string): Promise<void>;
}
