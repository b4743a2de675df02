import { expect, test } from '@jest/globals';
import { campaign as faulty } from './faulty-campaign.ts';
import { Figures, withFigures } from './figures.ts';

const NAMES = ['archives', 'flips', 'kills'];
const empty =
  'Before.\n\n<!-- figures: npm run campaign -- --write -->\n\nNo long run has been made yet.\n\n<!-- end of figures -->\n\nBehind.\n';

const figuresOf = (name: string, cases: number): Figures => {
  const figures = new Figures({ ...faulty, name });
  for (let number = 0; number < cases; number += 1)
    figures.take({ seed: 1, number, bends: [], ended: 'fine', faults: [] });
  return figures;
};

/** The name and the number of cases of each row. */
const rowsIn = (document: string): string[] =>
  document
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split(' | '))
    .map((cells) => `${cells[0]?.slice(2)} ${cells[3]} ${cells.at(-1)?.replace(/ \|$/, '')}`)
    .slice(2);

test('a run of one campaign leaves the figures of the others as they are', () => {
  const first = withFigures(empty, [figuresOf('kills', 3), figuresOf('archives', 5)], 'on Monday', NAMES);
  expect(rowsIn(first)).toEqual(['archives 5 on Monday', 'kills 3 on Monday']);
  const second = withFigures(first, [figuresOf('flips', 7)], 'on Tuesday', NAMES);
  expect(rowsIn(second)).toEqual(['archives 5 on Monday', 'flips 7 on Tuesday', 'kills 3 on Monday']);
  const third = withFigures(second, [figuresOf('kills', 9)], 'on Friday', NAMES);
  expect(rowsIn(third)).toEqual(['archives 5 on Monday', 'flips 7 on Tuesday', 'kills 9 on Friday']);
  expect(third).toMatch(/^Before\.\n\n<!--.*-->\n\nBehind\.\n$/s);
});

test('a campaign that came to no case keeps its figures, and one that is gone loses them', () => {
  const first = withFigures(empty, [figuresOf('kills', 3), figuresOf('archives', 5)], 'on Monday', NAMES);
  const second = withFigures(first, [figuresOf('kills', 0)], 'on Friday', ['flips', 'kills']);
  expect(rowsIn(second)).toEqual(['kills 3 on Monday']);
});

test('a document without a block of figures is not written over', () => {
  expect(() => withFigures('Nothing here.\n', [], 'on Monday', NAMES)).toThrow('has no block of figures');
});
