/** Runs the unchanged files of statemachines/, in this process, by `aws-local-stepfunctions`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StateMachineDefinition } from 'aws-local-stepfunctions';
import { type OperationKind, operationKinds } from '../../../model/records/operation.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { ExecutionInput, ExecutionStatus, WorkflowEngine } from '../../../ports/workflow-engine.ts';
import { loadInterpreter } from './interpreter.ts';
import { type TaskState, taskStates } from './local-definition.ts';
import { type InvokeTask, LocalExecution } from './local-execution.ts';

export type { InvokeTask, TaskContext } from './local-execution.ts';

/** How many ended executions are remembered; records tell the end of older ones. */
const REMEMBERED = 1000;

export type Definitions = ReadonlyMap<OperationKind, StateMachineDefinition>;

/** Reads `<kind>.asl.json` of every kind of operation. */
export const readDefinitions = async (folder: string): Promise<Definitions> => {
  const read = async (kind: OperationKind): Promise<[OperationKind, StateMachineDefinition]> => [
    kind,
    JSON.parse(await readFile(join(folder, `${kind}.asl.json`), 'utf8')),
  ];
  return new Map(await Promise.all(operationKinds.map(read)));
};

export interface ExecutionEnd {
  operationId: string;
  machine: OperationKind;
  status: Exclude<ExecutionStatus, 'RUNNING'>;
}

export interface LocalWorkflowEngineOptions {
  definitions: Definitions;
  invoke: InvokeTask;
  log: Logger;
  /** Called at every end, once no task of the execution runs any more: as EventBridge's status-change event on AWS. */
  onEnd?: (end: ExecutionEnd) => void;
}

export class LocalWorkflowEngine implements WorkflowEngine {
  readonly #options: LocalWorkflowEngineOptions;
  readonly #tasks = new Map<OperationKind, ReadonlyMap<string, TaskState>>();
  readonly #running = new Map<string, Promise<LocalExecution>>();
  readonly #ended = new Map<string, ExecutionStatus>();

  /** @throws when a definition contains anything that the interpreter would run differently from Step Functions */
  constructor(options: LocalWorkflowEngineOptions) {
    this.#options = options;
    for (const [kind, definition] of options.definitions) this.#tasks.set(kind, taskStates(definition));
  }

  /** Loads the interpreter, so that the first start need not. */
  async warmUp(): Promise<void> {
    await loadInterpreter();
  }

  async start(machine: OperationKind, input: ExecutionInput): Promise<void> {
    const { operationId } = input;
    if (this.#running.has(operationId) || this.#ended.has(operationId)) return;
    const started = this.#begin(machine, input);
    this.#running.set(operationId, started);
    try {
      await started;
    } catch (error) {
      this.#running.delete(operationId);
      throw error;
    }
  }

  async status(operationId: string): Promise<ExecutionStatus | undefined> {
    const execution = await this.#running.get(operationId);
    return execution?.status ?? this.#ended.get(operationId);
  }

  async stop(operationId: string, reason: string): Promise<void> {
    await (await this.#running.get(operationId))?.stop(reason);
  }

  /** Stops all executions. */
  async close(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.stop(id, 'Holdfast is stopping')));
  }

  async #begin(machine: OperationKind, input: ExecutionInput): Promise<LocalExecution> {
    const { definitions, invoke, log } = this.#options;
    const definition = definitions.get(machine);
    const tasks = this.#tasks.get(machine);
    if (!definition || !tasks) throw new RangeError(`there is no state machine ${machine}`);
    const { StateMachine } = await loadInterpreter();
    const execution = new LocalExecution(StateMachine, {
      machine,
      definition,
      tasks,
      input,
      invoke,
      log: log.child({ operationId: input.operationId }),
    });
    void this.#remember(machine, input.operationId, execution);
    return execution;
  }

  async #remember(machine: OperationKind, operationId: string, execution: LocalExecution): Promise<void> {
    const status = await execution.finished;
    this.#ended.set(operationId, status);
    this.#running.delete(operationId);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > REMEMBERED && oldest !== undefined) this.#ended.delete(oldest);
    if (status === 'RUNNING') return;
    try {
      this.#options.onEnd?.({ operationId, machine, status });
    } catch (error) {
      this.#options.log.error('the end of an execution could not be handled', {
        operationId,
        error: String(error),
      });
    }
  }
}
