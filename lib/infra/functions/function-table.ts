/** The functions of an installation, one row each: size, retries of workflows after a failure, and all rights. */
import { apiRows } from './rows/api.ts';
import { eventRows } from './rows/events.ts';
import type { FunctionRow } from './rows/function-row.ts';
import { stepRows } from './rows/steps.ts';

/** Rows by the folder of lambdas/ that holds their entry points. */
const rowsByFolder = { api: apiRows, steps: stepRows, events: eventRows } as const;

export const functionTable = { ...apiRows, ...stepRows, ...eventRows } as const;

export type FunctionName = keyof typeof functionTable;
export const functionNames = Object.keys(functionTable) as FunctionName[];
export const rowOf = (functionName: FunctionName): FunctionRow => functionTable[functionName];

/** The entry point of a function, relative to lambdas/. */
export const entryPointOf = (functionName: FunctionName): string => {
  const [folder] = Object.entries(rowsByFolder).find(([, rows]) => functionName in rows) ?? [];
  return `${folder}/${functionName}.ts`;
};

/** `AcquireLock`, as a definition names it, is the function acquire-lock. */
export const asFunctionName = (functionName: string): string =>
  functionName.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase();

/** The function that a definition names; undefined when there is none. */
export const functionOfDefinition = (written: string): FunctionName | undefined =>
  functionNames.find((name) => name === asFunctionName(written));
