/** The texts of the page exist in every language. */
import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { allTexts, type Language } from '../../../lib/console/words/language.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const files = ['lib/console/**/*words.ts', 'lib/console/words/*.ts', 'lib/console/shown/policy.ts'];
for (const file of globSync(files, { cwd: root })) await import(`${root}${file}`);

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

test('one backup, entry or fault is spoken of in the singular [U10]', () => {
  const of = (part: string, language: Language, key: string, ...values: readonly string[]): string => {
    const text = allTexts.find(({ of: name }) => name === part)?.texts[language][key];
    return typeof text === 'function' ? (text as (...all: readonly string[]) => string)(...values) : '';
  };
  expect(of('retention', 'en', 'stay', '1')).toBe('1 stays');
  expect(of('retention', 'en', 'stay', '2')).toBe('2 stay');
  expect(of('retention', 'de', 'go', '1', '3 kB')).toBe('1 würde gelöscht, 3 kB');
  expect(of('retention', 'en', 'saveText', '1')).toContain('1 backup is marked');
  expect(of('retention', 'de', 'saveText', '1')).toContain('wird 1 Sicherung');
  expect(of('plan', 'en', 'unlisted', '1')).toContain('1 more entry is');
  expect(of('audit', 'en', 'invalid', '1')).toContain('1 fault.');
});
