/** What this tab has heard of changes: screens ask again when something of theirs may be otherwise, and seldom else. */
import type { Status } from './calls.ts';

type Changed = NonNullable<Status['changed']>;
/** What lists show, or how far the running operation is. */
export type Heard = keyof Changed;

let changed: Changed | null = null;
let isToldAtOnce = false;
const listeners = new Set<(what: Heard) => void>();

/** Whether every change is heard of as soon as it happens. */
export const hearsAtOnce = (): boolean => isToldAtOnce;

/** @param atOnce whether the server keeps such answers back until something changes */
export const hear = (next: Changed | null, atOnce: boolean): void => {
  isToldAtOnce = atOnce && next !== null;
  const before = changed;
  changed = next;
  if (before === null || next === null) return;
  const what =
    before.records !== next.records ? 'records' : before.progress !== next.progress ? 'progress' : undefined;
  if (what !== undefined) for (const listener of [...listeners]) listener(what);
};

/** @returns ends it */
export const whenHeard = (listener: (what: Heard) => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
