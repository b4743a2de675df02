import type { Act, Outcome } from './act.ts';

/** The actor of what the sweep does by itself, named by the part that does it: `system:retention`. */
export const bySystem = (part: 'retention' | 'tokens' | 'approvals' | 'schedules'): Act['principal'] => ({
  kind: 'host',
  id: `system:${part}`,
  name: `system:${part}`,
  grants: [],
});

/** @param isDone False: there was nothing left to do, or another commit was first. */
export const doneBySystem = (isDone: boolean): Outcome =>
  isDone
    ? { outcome: 'done', status: null, code: null }
    : { outcome: 'refused', status: null, code: 'conflict' };
