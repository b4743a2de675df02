import { execFileSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { shellWord } from '../../lib/model/text/shell-word.ts';
import { testSeed } from '../random-pieces.ts';

const seed = testSeed();
console.log(`shell-word: SEED=${seed}`);

/** The words that a shell reads from a command. */
const wordsIn = (shell: string, command: string): string[] =>
  execFileSync(shell, ['-c', `for word in ${command}; do printf '%s\\0' "$word"; done`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

describe('a word of a command that is printed to be copied [B8]', () => {
  test.each([
    ['berlin', 'berlin'],
    ['two words', "'two words'"],
    ['$(touch gone)`id`"; rm -rf / #', "'$(touch gone)`id`\"; rm -rf / #'"],
    ["it's", "'it'\\''s'"],
    ['', "''"],
    ['-rf', "'-rf'"],
    ['!!', "'!!'"],
    ['a\nrm -rf /\u001b[2J\u202e', "'a?rm -rf /?[2J?'"],
  ])('of %j is written %s', (text, word) => {
    expect(shellWord(text)).toBe(word);
  });

  test('is one word to any shell, and that very text, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const seen = text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '?');
        for (const shell of ['sh', 'bash']) expect(wordsIn(shell, shellWord(text))).toEqual([seen]);
      }),
      { seed, numRuns: 60 },
    );
  });
});
