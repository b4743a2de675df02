import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { walk } from '../../../lib/components/directory/walk.ts';

test('names are held against globs, and are none themselves [B8]', () => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-names-'));
  try {
    const odd = [
      '**',
      '*',
      '[a-z]',
      '{a,b}',
      '!a',
      '?',
      '@(a|b)',
      '(a+)+$',
      'a',
      '\\a',
      '$(id)',
      '`id`',
      '-rf',
      'a\nb',
    ];
    mkdirSync(join(root, 'kept'));
    mkdirSync(join(root, 'left'));
    for (const name of odd)
      for (const folder of ['kept', 'left']) writeFileSync(join(root, folder, name), '');
    const found = [...walk(root, { exclude: ['left'] })].map(({ path }) => path);
    expect(found.filter((path) => path.includes('left'))).toEqual([]);
    expect(new Set(found)).toEqual(new Set(['.', 'kept', ...odd.map((name) => `kept/${name}`)]));
    // Patterns for which a careless implementation would take practically for ever.
    const before = performance.now();
    for (const item of walk(root, { exclude: ['(a+)+$', '**/{a,b}*c'] })) expect(item).toBeDefined();
    expect(performance.now() - before).toBeLessThan(2_000);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
