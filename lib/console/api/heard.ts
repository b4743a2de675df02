/**
 * The changes that this tab has heard of. Screens ask the API again after a change that concerns them, and seldom
 * otherwise.
 */
import type { Status } from './calls.ts';

type Changed = NonNullable<Status['changed']>;
/** What has changed: the records that lists show, or the progress of the running operation. */
export type Heard = keyof Changed;

let changed: Changed | null = null;
let isToldAtOnce = false;
const listeners = new Set<(what: Heard) => void>();

/** Whether this tab hears of every change at once. */
export const hearsAtOnce = (): boolean => isToldAtOnce;

/** @param atOnce whether the server holds the next answer back until something changes */
export const hear = (next: Changed | null, atOnce: boolean): void => {
  isToldAtOnce = atOnce && next !== null;
  const before = changed;
  changed = next;
  if (before === null || next === null) return;
  const what =
    before.records !== next.records ? 'records' : before.progress !== next.progress ? 'progress' : undefined;
  if (what !== undefined) for (const listener of [...listeners]) listener(what);
};

/** @returns a function that ends the listening */
export const whenHeard = (listener: (what: Heard) => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
