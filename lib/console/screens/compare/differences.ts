/** The differences between the contents of two backups. */
import { type ChangeOf, changesBetween } from '../../../model/entry-changes.ts';
import type { Entry } from '../../api/calls.ts';

export interface Difference {
  readonly is: 'added' | 'removed' | 'changed';
  readonly entry: Entry;
  readonly of: readonly ChangeOf[];
}

const keyOf = ({ component, path, pathBase64 }: Entry): string =>
  `${component}\n${pathBase64 ?? ''}\n${path}`;

/** The added, removed and changed entries, in the order of their components and paths. */
export const differences = (before: readonly Entry[], after: readonly Entry[]): Difference[] => {
  const left = new Map(before.map((entry) => [keyOf(entry), entry]));
  const found: Difference[] = [];
  for (const entry of after) {
    const key = keyOf(entry);
    const former = left.get(key);
    left.delete(key);
    if (former === undefined) {
      found.push({ is: 'added', entry, of: [] });
      continue;
    }
    const of = changesBetween(former, entry);
    if (of.length > 0) found.push({ is: 'changed', entry, of });
  }
  for (const entry of left.values()) found.push({ is: 'removed', entry, of: [] });
  const sorted = found.map((one) => [keyOf(one.entry), one] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, one]) => one);
};
