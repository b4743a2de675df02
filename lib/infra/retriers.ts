/**
 * What the Task states of all workflows try again. `statemachines/retriers.json` names each way once, `duties.ts` says which
 * ways a function's states take, and `node bin/check-definitions.ts --write` writes them into the definitions.
 */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { projectRoot } from './bundling.ts';
import { type Duty, type DutyName, duties, type RetrierName } from './duties.ts';

const retrier = z.record(z.string(), z.unknown());
const retriersSchema = z.strictObject({
  TRANSIENT: retrier,
  THROTTLED: retrier,
  CRASHED: retrier,
  OUT_OF_TIME: retrier,
  LAST_RESORT: retrier,
} satisfies Record<RetrierName, typeof retrier>);

const retriers = retriersSchema.parse(
  JSON.parse(readFileSync(`${projectRoot}statemachines/retriers.json`, 'utf8')),
);

const isDuty = (name: string): name is DutyName => Object.hasOwn(duties, name);

/** `${SealArchiveFunctionArn}` is the duty seal-archive. Undefined for what names none. */
const dutyOf = (resource: unknown): Duty | undefined => {
  const [, name = ''] = /^\$\{(\w+)FunctionArn\}$/.exec(String(resource)) ?? [];
  const duty = name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase();
  return isDuty(duty) ? duties[duty] : undefined;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A definition with the `Retry` that each Task state is to have: the same value where it has them all. */
export const withRetriers = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withRetriers);
  if (!isObject(value)) return value;
  const inner = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withRetriers(each)]));
  const retry = value.Type === 'Task' ? dutyOf(value.Resource)?.retry : undefined;
  return retry === undefined ? inner : { ...inner, Retry: retry.map((name) => retriers[name]) };
};

/** The Task states whose `Retry` is another one than theirs, a sentence each. */
export const retrierFindings = (definition: unknown): string[] => {
  if (!isObject(definition)) return [];
  return Object.entries(definition).flatMap(([name, value]) => {
    if (Array.isArray(value)) return value.flatMap(retrierFindings);
    if (!isObject(value)) return [];
    const own = value.Type === 'Task' ? withRetriers({ ...value }) : undefined;
    const drifted = isObject(own) && !isDeepStrictEqual(own.Retry, value.Retry);
    return [
      ...(drifted
        ? [`${name}: its Retry is not the one of its function in lib/infra/duties.ts; npm run fix writes it`]
        : []),
      ...retrierFindings(value),
    ];
  });
};
