import type { Skipped } from '../../../archive/format.ts';
import { Answer, type RawAnswer } from '../../requests/answer.ts';
import { countOf } from '../../terminal/quantities.ts';
import { visible } from '../../terminal/visible-text.ts';

interface WithSkipped {
  skippedCount: number;
  skipped: Skipped[];
}

const SHOWN = 10;

/** What was skipped, by name: the first ten of all components, and how many more there are. */
export const skippedLines = (components: readonly (readonly [string, RawAnswer])[]): string[] => {
  const parts = components.map(([name, { raw }]) => [name, new Answer<WithSkipped>(raw)] as const);
  const named = parts.flatMap(([component, part]) =>
    part
      .list('skipped')
      .map((skip) => `${visible(component)}: ${visible(skip.text('path'))}: ${visible(skip.text('reason'))}`),
  );
  const total = parts.reduce((sum, [, part]) => sum + part.count('skippedCount'), 0);
  const shown = named.slice(0, SHOWN);
  return total > shown.length ? [...shown, `and ${countOf(total - shown.length, 'more thing')}`] : shown;
};
