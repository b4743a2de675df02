/** What the local engine itself reads from a definition; the interpreter reads the rest. */
import * as z from 'zod';
import { enclosingStates, innerMachines } from './map-scopes.ts';

export interface TaskState {
  /** The text of the file: a placeholder such as `${CaptureFunctionArn}`. */
  resource: string;
  timeoutSeconds: number;
  /** The Maps and Parallels around the Task, outermost first. */
  around: readonly string[];
}

/** The longest timer, 24 days: Node's timers take 31 bits of milliseconds, and fire at once when given more. */
export const MAX_TIMEOUT_SECONDS = 2_147_483;

const machineSchema = z.looseObject({ States: z.record(z.string(), z.unknown()) });
const taskSchema = z.looseObject({
  Type: z.literal('Task'),
  Resource: z.string(),
  TimeoutSeconds: z.number().positive().max(MAX_TIMEOUT_SECONDS),
});

/** Every state of a definition and of the machines within it, in order, with its name. */
export const allStates = (definition: unknown): [name: string, state: unknown][] => {
  const machine = machineSchema.safeParse(definition);
  if (!machine.success) return [];
  return Object.entries(machine.data.States).flatMap(([name, state]) => [
    [name, state],
    ...innerMachines(state).flatMap(allStates),
  ]);
};

/** The Tasks of a definition by name, as in the interpreter's overrides. @throws when a Task is unfit */
export const taskStates = (definition: unknown): Map<string, TaskState> => {
  const around = enclosingStates(definition);
  const tasks = new Map<string, TaskState>();
  const seen = new Set<string>();
  for (const [name, state] of allStates(definition)) {
    if (seen.has(name))
      throw new Error(`two states are named ${name}: names must be unique, inside Maps too`);
    seen.add(name);
    if (typeof state !== 'object' || state === null || !('Type' in state) || state.Type !== 'Task') continue;
    const { Resource, TimeoutSeconds } = taskSchema.parse(state);
    tasks.set(name, { resource: Resource, timeoutSeconds: TimeoutSeconds, around: around.get(name) ?? [] });
  }
  return tasks;
};
