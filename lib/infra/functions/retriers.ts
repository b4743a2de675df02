/**
 * The retries of the Task states of all workflows. `statemachines/retriers.json` names each retrier once, the row of a
 * function says which ones its states use, and `node bin/check-definitions.ts --write` writes them into the
 * definitions.
 */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { definitionsFolder } from '../packaged.ts';
import { functionOfDefinition, rowOf } from './function-table.ts';
import type { RetrierName } from './rows/function-row.ts';

const retrier = z.record(z.string(), z.unknown());
const retriersSchema = z.strictObject({
  TRANSIENT: retrier,
  THROTTLED: retrier,
  CRASHED: retrier,
  OUT_OF_TIME: retrier,
  LAST_RESORT: retrier,
} satisfies Record<RetrierName, typeof retrier>);

const retriers = retriersSchema.parse(JSON.parse(readFileSync(`${definitionsFolder}retriers.json`, 'utf8')));

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The Task states of a definition, also inside Maps, that call functions whose rows name retriers. */
function* retryingStates(
  machine: unknown,
): Generator<{ name: string; state: Record<string, unknown>; retry: unknown[] }, void, undefined> {
  if (!isObject(machine)) return;
  for (const [name, state] of Object.entries(machine)) {
    if (!isObject(state)) continue;
    const [, called = ''] = /^\$\{(\w+)FunctionArn\}$/.exec(String(state.Resource)) ?? [];
    const functionName = functionOfDefinition(called);
    const retry = functionName && rowOf(functionName).retry;
    if (retry !== undefined) yield { name, state, retry: retry.map((each) => retriers[each]) };
    yield* retryingStates(state);
  }
}

/** Writes the right `Retry` into each Task state of a definition. */
export const writeRetriers = (definition: unknown): void => {
  for (const { state, retry } of retryingStates(definition)) state.Retry = retry;
};

/** The Task states with a wrong `Retry`, a sentence each. */
export const retrierFindings = (definition: unknown): string[] =>
  [...retryingStates(definition)]
    .filter(({ state, retry }) => !isDeepStrictEqual(state.Retry, retry))
    .map(
      ({ name }) =>
        `${name}: its Retry differs from the row of its function in lib/infra/functions/rows; npm run fix writes it`,
    );
