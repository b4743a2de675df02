/**
 * Tracks which Maps of an execution are open. After an item of a Map has failed, the interpreter still starts the items
 * in its queue; Step Functions doesn't. So a task inside a Map asks here before it runs, and the signal stops tasks
 * that run already.
 *
 * A state's name occurs once in a definition, so names are enough. Several instances of an inner Map may be open at
 * once: they share a scope, which ends with the last of them or with the Map around them.
 */

interface StateMachine {
  States: Readonly<Record<string, unknown>>;
}
const isStateMachine = (value: unknown): value is StateMachine =>
  typeof value === 'object' && value !== null && 'States' in value && typeof value.States === 'object';

/** Each state's name with the names of the Maps and Parallels around it, outermost first. */
export const enclosingStates = (definition: unknown): ReadonlyMap<string, readonly string[]> => {
  const found = new Map<string, readonly string[]>();
  const walk = (machine: unknown, around: readonly string[]): void => {
    if (!isStateMachine(machine)) return;
    for (const [name, state] of Object.entries(machine.States)) {
      found.set(name, around);
      for (const inner of innerMachines(state)) walk(inner, [...around, name]);
    }
  };
  walk(definition, []);
  return found;
};

/** The state machines inside a Map or a Parallel. */
export const innerMachines = (state: unknown): unknown[] => {
  if (typeof state !== 'object' || state === null) return [];
  const inner: unknown[] = [];
  if ('ItemProcessor' in state) inner.push(state.ItemProcessor);
  if ('Iterator' in state) inner.push(state.Iterator);
  if ('Branches' in state && Array.isArray(state.Branches)) inner.push(...state.Branches);
  return inner;
};

export class MapScopes {
  readonly #open = new Map<string, { instances: number; ended: AbortController }>();

  /** The interpreter's events that are used here; others are ignored. */
  observe(event: { type: string; state?: { name: string; type: string } }): void {
    const { type, state } = event;
    if (state?.type !== 'Map' && state?.type !== 'Parallel') return;
    if (type === 'StateEntered' || type === 'StateRetried') this.#enter(state.name);
    if (type === 'StateExited' || type === 'StateFailed') this.#leave(state.name, type === 'StateFailed');
  }

  /** The signals of all scopes around a state; undefined when one of them has ended. */
  signalsFor(around: readonly string[]): AbortSignal[] | undefined {
    const signals: AbortSignal[] = [];
    for (const name of around) {
      const scope = this.#open.get(name);
      if (!scope) return undefined;
      signals.push(scope.ended.signal);
    }
    return signals;
  }

  #enter(name: string): void {
    const scope = this.#open.get(name);
    if (scope) scope.instances += 1;
    else this.#open.set(name, { instances: 1, ended: new AbortController() });
  }

  #leave(name: string, failed: boolean): void {
    const scope = this.#open.get(name);
    if (!scope) return;
    scope.instances -= 1;
    if (scope.instances > 0) return;
    this.#open.delete(name);
    scope.ended.abort(new Error(`${name} ${failed ? 'failed' : 'ended'}`));
  }
}
