/** Aligned columns of plain text. */
import { stripVTControlCharacters } from 'node:util';

export interface Column {
  readonly title: string;
  /** @default 'left' */
  readonly align?: 'left' | 'right';
}

const widthOf = (cell: string): number => [...stripVTControlCharacters(cell)].length;

/**
 * Lines of a table, its titles first. Cells are printed as they are: pass names through `visible`. Colours do not
 * count as width; no line ends in blanks.
 */
export const tableLines = (columns: readonly Column[], rows: readonly (readonly string[])[]): string[] => {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, i) =>
    lines.reduce((most, line) => Math.max(most, widthOf(line[i] ?? '')), 0),
  );
  return lines.map((line) =>
    columns
      .map(({ align }, i) => {
        const cell = line[i] ?? '';
        const blanks = ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(cell)));
        return align === 'right' ? blanks + cell : cell + blanks;
      })
      .join('  ')
      .trimEnd(),
  );
};

/** Lines of names and values, with the values aligned. Pairs without a value are left out. */
export const pairLines = (pairs: readonly (readonly [string, string])[]): string[] => {
  const kept = pairs.filter(([, value]) => value !== '');
  const width = kept.reduce((most, [name]) => Math.max(most, name.length), 0);
  return kept.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
};
