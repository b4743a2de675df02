import { HoldfastError } from '../../../model/errors.ts';
import type { ComponentPlan } from '../../../model/records/restore.ts';

/** Why a restore with this plan is not begun; undefined when nothing of it is refused. */
export const refusalIn = (plan: Readonly<Record<string, ComponentPlan>>): HoldfastError | undefined => {
  for (const [id, { counts, entries, target }] of Object.entries(plan)) {
    if (counts.refuse === 0) continue;
    const first = entries.find(({ action }) => action === 'refuse');
    return new HoldfastError(
      'restore_refused',
      `component ${id} cannot be restored to ${target}: ${counts.refuse} refused, the first: ${JSON.stringify(first?.path ?? '')}${first?.reason ? ` (${first.reason})` : ''}; nothing was touched`,
    );
  }
  return undefined;
};
