/** Checks that docs/scale.md states the values that follow from the code's constants. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { cases } from '../../bench/scale/cases.ts';
import { costsOf } from '../../bench/scale/costs.ts';
import { metAt, metBy, mostTasks } from '../../bench/scale/limits.ts';
import { generated, withTables } from '../../bench/scale.ts';

const document = readFileSync('docs/scale.md', 'utf8');

test('the page has every table as it is computed now', () => {
  for (const name of Object.keys(generated)) expect(document).toContain(`<!-- ${name} -->`);
  expect(withTables(document)).toBe(document);
  expect(document).toContain(mostTasks.toLocaleString('en-GB'));
});

test('limits stand in the order in which growing data meets them', () => {
  for (const each of cases) {
    const shares = metBy(each).map(({ share }) => share);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    for (const { what } of metBy(each)) expect(metAt(each, what)).toBeLessThan(each.sourceBytes);
  }
  expect(
    metBy({ name: '', kind: 'buckets', sourceBytes: 1e9, objects: 1e3, components: 1, width: 40 }),
  ).toEqual([]);
});

test('an export of a table is part of what a night costs, and no part of a bucket’s', () => {
  for (const each of cases) expect(costsOf(each).reading.export > 0).toBe(each.kind === 'table');
});
