/** Runs the state machines of statemachines/. An execution is named by its operation's id, so it starts once. */
import type { OperationKind } from '../model/records/operation.ts';

/** What every execution gets: pointers, never secrets. */
export interface ExecutionInput {
  operationId: string;
  fence: number;
}
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface WorkflowEngine {
  /** Starts and returns; starting the same operation again does nothing. */
  start(machine: OperationKind, input: ExecutionInput): Promise<void>;
  /** Undefined: there never was such an execution. */
  status(operationId: string): Promise<ExecutionStatus | undefined>;
  /** Ends the execution and, where the host can, the work in hand; resolves when no task of it runs any more, or after a few seconds. */
  stop(operationId: string, reason: string): Promise<void>;
}
