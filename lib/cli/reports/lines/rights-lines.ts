/** The special rights of a restore's entries, and which of them were left out. */
import type { RestoreRecord } from '../../../model/records/restore.ts';
import type { Answer } from '../../requests/answer.ts';
import { countOf, formatCount } from '../../terminal/quantities.ts';
import { visible } from '../../terminal/visible-text.ts';

type Restore = Answer<RestoreRecord>;

/** A line for each component that has any: `files: 2 with setuid (left out; --setuid restores it), 40 executables`. */
export const rightsLines = (restore: Restore): string[] =>
  restore.byName('plan').flatMap(([name, plan]) => {
    const rights = plan.part('rights');
    const bits = restore.has('setuid') && !restore.flag('setuid') ? ' (left out; --setuid restores it)' : '';
    const said = [
      [rights.count('setuid'), `with setuid${bits}`],
      [rights.count('setgid'), `with setgid${bits}`],
      [rights.count('owners'), 'of other owners or groups'],
      [rights.count('executables'), 'executables'],
    ] as const;
    const told = said.filter(([count]) => count > 0).map(([count, what]) => `${formatCount(count)} ${what}`);
    return told.length === 0 ? [] : [`${visible(name)}: ${told.join(', ')}`];
  });

const SHOWN = 10;

/** The entries whose bits were left out: the first ten of all components, and how many more there are. */
export const leftOutLines = (restore: Restore): string[] => {
  const parts = restore.byName('components').map(([name, part]) => [name, part.part('bitsLeftOut')] as const);
  const named = parts.flatMap(([name, left]) =>
    left.texts('paths').map((path) => `${visible(name)}: ${visible(path)}`),
  );
  const total = parts.reduce((sum, [, left]) => sum + left.count('count'), 0);
  const shown = named.slice(0, SHOWN);
  return total > shown.length
    ? [...shown, `and ${countOf(total - shown.length, 'more entry', 'more entries')}`]
    : shown;
};
