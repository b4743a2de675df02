/**
 * One run of one state machine: the interpreter walks the states, and this code does what Step Functions and Lambda do
 * around it. A task is notified when its time is over or its execution ends, values are passed as JSON, and errors look
 * like a Lambda's.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { StateMachine, StateMachineDefinition } from 'aws-local-stepfunctions';
import { within } from '../../../model/time-limit.ts';
import type { Logger } from '../../../ports/logger.ts';
import type { ExecutionInput, ExecutionStatus } from '../../../ports/workflow-engine.ts';
import type { TaskState } from './local-definition.ts';
import { MapScopes } from './map-scopes.ts';
import { executionEnded, fromHandler, type Json, TaskError, throughJson } from './task-error.ts';

/** How long a stopped task may take to settle before it is left behind. */
const SETTLE_MILLISECONDS = 5_000;

/** What a task gets beside its payload. */
export interface TaskContext {
  operationId: string;
  /** The state's name. */
  state: string;
  /** Aborted when the time is over, the execution is stopped, or the Map around the task has failed. */
  signal: AbortSignal;
  deadline: Date;
}
/** Calls the function that a Task's `Resource` names, such as `${CaptureFunctionArn}`. */
export type InvokeTask = (resource: string, payload: unknown, context: TaskContext) => Promise<unknown>;

export interface ExecutionOptions {
  machine: string;
  definition: StateMachineDefinition;
  tasks: ReadonlyMap<string, TaskState>;
  input: ExecutionInput;
  invoke: InvokeTask;
  log: Logger;
}

export class LocalExecution {
  readonly machine: string;
  /** Resolves, never rejects, when the run is over and its tasks have settled, or were left behind. */
  readonly finished: Promise<ExecutionStatus>;
  readonly #options: ExecutionOptions;
  readonly #scopes = new MapScopes();
  readonly #ended = new AbortController();
  readonly #running = new Map<Promise<unknown>, AbortSignal>();
  readonly #abort: () => void;
  #status: ExecutionStatus = 'RUNNING';

  constructor(Interpreter: typeof StateMachine, options: ExecutionOptions) {
    const { machine, definition, tasks, input } = options;
    this.machine = machine;
    this.#options = options;
    const handlers = [...tasks].map(([name, task]) => [
      name,
      (payload: unknown) => this.#task(name, task, payload),
    ]);
    // This cannot fail: definitions were checked when the engine was made.
    const run = new Interpreter(definition, { validationOptions: { noValidate: true } }).run(
      { ...input },
      {
        overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) },
        context: {
          Execution: { Id: input.operationId, Name: input.operationId },
          StateMachine: { Id: machine, Name: machine },
        },
      },
    );
    this.#abort = run.abort;
    this.finished = this.#follow(run);
  }

  get status(): ExecutionStatus {
    return this.#status;
  }

  /** Ends the run, unless it is over. Resolves as `finished` does. */
  async stop(reason: string): Promise<void> {
    if (this.#status === 'RUNNING') {
      this.#status = 'ABORTED';
      this.#ended.abort(new Error(reason));
      this.#abort();
    }
    await this.finished;
  }

  async #follow({ result, eventLogs }: ReturnType<StateMachine['run']>): Promise<ExecutionStatus> {
    const watched = this.#watch(eventLogs);
    const status = await result.then(
      (): ExecutionStatus => 'SUCCEEDED',
      (error: unknown) => this.#statusOf(error),
    );
    if (this.#status === 'RUNNING') this.#status = status;
    this.#ended.abort(new Error(`the execution ended: ${this.#status}`));
    await watched;
    await this.#settled();
    return this.#status;
  }

  #statusOf(error: unknown): ExecutionStatus {
    const name = error instanceof Error ? error.name : '';
    if (name === 'ExecutionAbortedError') return 'ABORTED';
    this.#options.log.warn('execution failed', { machine: this.machine, error: String(error) });
    return name === 'ExecutionTimeoutError' ? 'TIMED_OUT' : 'FAILED';
  }

  /** Reads the interpreter's events, since unread ones would pile up in it. */
  async #watch(events: ReturnType<StateMachine['run']>['eventLogs']): Promise<void> {
    for await (const event of events) {
      this.#scopes.observe(event);
      if ('state' in event)
        this.#options.log.debug(event.type, { machine: this.machine, state: event.state.name });
    }
  }

  async #task(name: string, task: TaskState, payload: unknown): Promise<Json> {
    const timeout = new AbortController();
    const milliseconds = task.timeoutSeconds * 1000;
    const deadline = new Date(Date.now() + milliseconds);
    const timer = setTimeout(
      () => timeout.abort(new Error(`${name} ran longer than its ${task.timeoutSeconds} s`)),
      milliseconds,
    );
    try {
      // The interpreter reports a scope's end by an event, so it is known one turn later.
      await nextTurn();
      const scopes = this.#scopes.signalsFor(task.around);
      if (!scopes || this.#ended.signal.aborted) throw executionEnded();
      await this.#leftoversSettled();
      const signal = AbortSignal.any([this.#ended.signal, timeout.signal, ...scopes]);
      if (signal.aborted) throw executionEnded();
      return await this.#invoke(name, task.resource, throughJson(payload, `input of ${name}`), {
        signal,
        deadline,
      });
    } catch (error) {
      // The interpreter's own timer is also due now, and ends the state with States.Timeout.
      if (timeout.signal.aborted) return new Promise(() => {});
      if (this.#ended.signal.aborted) throw executionEnded();
      throw error instanceof TaskError ? error : fromHandler(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #invoke(
    state: string,
    resource: string,
    payload: Json,
    { signal, deadline }: Pick<TaskContext, 'signal' | 'deadline'>,
  ): Promise<Json> {
    const { invoke, input } = this.#options;
    const work = invoke(resource, payload, { operationId: input.operationId, state, signal, deadline });
    this.#running.set(work, signal);
    try {
      const result = throughJson(await work, `result of ${state}`);
      // A task that was told to stop may still return as if it had done its work.
      if (signal.aborted) throw executionEnded();
      return result;
    } finally {
      this.#running.delete(work);
    }
  }

  /** A failed Map or a timed-out attempt may have tasks that are still ending: wait for them before the next state. */
  async #leftoversSettled(): Promise<void> {
    await settledWithin([...this.#running].filter(([, signal]) => signal.aborted).map(([work]) => work));
  }

  async #settled(): Promise<void> {
    const late = await settledWithin([...this.#running.keys()]);
    if (late)
      this.#options.log.warn('tasks of an ended execution are still running', {
        machine: this.machine,
        count: this.#running.size,
      });
  }
}

/** Resolves to true when some are still pending after five seconds. */
const settledWithin = async (work: readonly Promise<unknown>[]): Promise<boolean> =>
  work.length > 0 &&
  within(
    Promise.allSettled(work).then(() => false),
    SETTLE_MILLISECONDS,
    () => true,
  );
