import type { Act, Outcome } from './act.ts';

/** What the sweep does by itself stands in the trail under the name of the part that does it: `system:retention`. */
export const bySystem = (part: 'retention' | 'tokens' | 'approvals' | 'schedules'): Act['principal'] => ({
  kind: 'host',
  id: `system:${part}`,
  name: `system:${part}`,
  grants: [],
});

/** @param isDone False: it was as it should be already, or somebody came between. */
export const doneBySystem = (isDone: boolean): Outcome =>
  isDone
    ? { outcome: 'done', status: null, code: null }
    : { outcome: 'refused', status: null, code: 'conflict' };
