import { describe, expect, test } from '@jest/globals';
import {
  formatBytes,
  formatCount,
  formatCountdown,
  formatDuration,
  formatInstant,
} from '../../../lib/cli/terminal/quantities.ts';

describe('sizes, counts and times for people', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [1024, '1.02 kB'],
    [9_994, '9.99 kB'],
    [9_996, '10.0 kB'],
    [99_960, '100 kB'],
    [999_400, '999 kB'],
    [999_600, '1.00 MB'],
    [34_512_000, '34.5 MB'],
    [345_000_000_000, '345 GB'],
    [2 ** 60, '1.15 EB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  test('counts have their thousands apart', () => {
    expect([0, 999, 1000, 1_234_567].map(formatCount)).toEqual(['0', '999', '1,000', '1,234,567']);
  });

  test.each([
    [0, '0 ms'],
    [349.6, '350 ms'],
    [4_240, '4.2 s'],
    [59_949, '59.9 s'],
    [59_960, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [3_600_000, '1 h 00 min'],
    [7_380_000, '2 h 03 min'],
  ])('%d ms last %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));

  test('a countdown is a clock', () => {
    expect([0, 6_100, 3_723_000].map(formatCountdown)).toEqual(['00:00', '00:07', '1:02:03']);
  });

  test('instants are in UTC, to the second; what is none stays as it is', () => {
    expect(formatInstant('2026-11-20T11:00:00.250+01:00')).toBe('2026-11-20T10:00:00Z');
    expect(formatInstant('')).toBe('');
  });
});
