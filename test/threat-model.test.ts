/** Checks that each test named by the threat model, for every place that a value goes to, exists. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));
const [, list = ''] = readFileSync(`${root}docs/threat-model.md`, 'utf8').split('\n## Where values go\n');
const rows = [...list.matchAll(/^\| (.*) \| (.*) \| (.*) \| (.*)\|$/gm)]
  .map(([, value = '', place = '', , tests = '']) => ({ place: `${value}: ${place}`, tests: tests.trim() }))
  .filter(({ tests }) => tests !== 'test');

test('every place names its tests, but for the one that nothing guards', () => {
  expect(rows.length).toBeGreaterThan(25);
  expect(rows.filter(({ tests }) => tests === '').map(({ place }) => place)).toEqual([
    'A dump: SQL at the database server',
  ]);
});

test.each(rows)('$place: the tests that are named are there', ({ tests }) => {
  for (const name of tests.split(', ').filter((word) => word !== '' && word !== 'on both')) {
    const files = name.endsWith(' (AWS)')
      ? [`${name.slice(0, -' (AWS)'.length)}.aws-test.ts`]
      : [`${name}.test.ts`, `${name}.ts`];
    expect(files.filter((file) => existsSync(`${root}test/${file}`))).toHaveLength(1);
  }
});
