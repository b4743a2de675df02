import { formatBytes, formatCount } from '../../terminal/quantities.ts';
import { colouredState } from '../../terminal/state-colour.ts';
import { type Column, tableLines } from '../../terminal/table.ts';
import { visible } from '../../terminal/visible-text.ts';

/** The fields that components of backups and restores share. */
interface Part {
  text(key: 'kind' | 'state' | 'shortError'): string;
  count(key: 'entries'): number;
}

/**
 * A table of a backup's or a restore's components. `bytesOf` returns the size of one; `column` is a column that only
 * one of the two has.
 */
export const componentLines = <P extends Part>(
  components: readonly (readonly [string, P])[],
  bytesOf: (part: P) => number,
  { textOf, ...column }: Column & { readonly textOf: (part: P) => string },
): string[] => {
  if (components.length === 0) return [];
  const failed = components.some(([, part]) => part.text('shortError') !== '');
  return tableLines(
    [
      { title: 'COMPONENT' },
      { title: 'KIND' },
      { title: 'STATE' },
      { title: 'ENTRIES', align: 'right' },
      { title: 'SIZE', align: 'right' },
      column,
      { title: failed ? 'ERROR' : '' },
    ],
    components.map(([name, part]) => [
      visible(name),
      visible(part.text('kind')),
      colouredState(part.text('state')),
      formatCount(part.count('entries')),
      formatBytes(bytesOf(part)),
      textOf(part),
      visible(part.text('shortError')),
    ]),
  );
};
