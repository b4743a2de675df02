import { expect, test } from '@jest/globals';
import { SlowedGuesses } from '../../../lib/runtimes/server/http/slowed-guesses.ts';

test('one wrong token after another from a source makes its refusals wait, and no other source wait [U12]', () => {
  const guesses = new SlowedGuesses();
  const waits = Array.from({ length: 30 }, () => guesses.count('203.0.113.7', 1_000));
  expect(waits.slice(0, 20).every((wait) => wait === 0)).toBe(true);
  expect(waits.slice(20).every((wait) => wait > 0)).toBe(true);
  expect(guesses.count('203.0.113.8', 1_000)).toBe(0);
});

test('what was counted is forgotten, however many they were', () => {
  const guesses = new SlowedGuesses();
  for (let sent = 0; sent < 100_000; sent++) guesses.count('203.0.113.7', 1_000);
  expect(guesses.count('203.0.113.7', 1_000 + 30_000)).toBeGreaterThan(0);
  expect(guesses.count('203.0.113.7', 1_000 + 300_000)).toBe(0);
});

test('a source is remembered among ten thousand others, and not among any number of them', () => {
  const guesses = new SlowedGuesses();
  for (let sent = 0; sent < 21; sent++) guesses.count('one', 0);
  for (let other = 0; other < 9_000; other++) guesses.count(`other ${other}`, 0);
  expect(guesses.count('one', 0)).toBeGreaterThan(0);
  for (let other = 0; other < 20_000; other++) guesses.count(`another ${other}`, 0);
  expect(guesses.count('one', 0)).toBe(0);
});
