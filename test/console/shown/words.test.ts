/** The texts of the page: each in every language. */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { allTexts, type Language } from '../../../lib/console/words/language.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const isOfParts = (file: string): boolean => !file.endsWith('.tsx');

for (const file of globSync('lib/console/**/words.ts', { cwd: root }).filter(isOfParts))
  await import(`${root}${file}`);
await import('../../../lib/console/words/shared.ts');

const others: readonly Language[] = ['de'];

test('each text of the page stands in each language, and takes the same values [U10]', () => {
  expect(allTexts.length).toBeGreaterThan(10);
  for (const { of, texts } of allTexts)
    for (const other of others) {
      expect([of, Object.keys(texts[other]).sort()]).toEqual([of, Object.keys(texts.en).sort()]);
      for (const [key, text] of Object.entries(texts.en)) {
        const translated = texts[other][key];
        expect([of, key, typeof translated]).toEqual([of, key, typeof text]);
        if (typeof text === 'function' && typeof translated === 'function')
          expect([of, key, translated.length]).toEqual([of, key, text.length]);
        if (typeof translated === 'string') expect([of, key, translated.trim()]).not.toEqual([of, key, '']);
      }
    }
});
