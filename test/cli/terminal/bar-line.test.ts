import { describe, expect, test } from '@jest/globals';
import { barLine } from '../../../lib/cli/waiting/bar-line.ts';
import { plainLine } from '../../../lib/cli/waiting/plain-line.ts';
import { RateMeter } from '../../../lib/cli/waiting/rate-meter.ts';

const capture = { step: 'capture', bytes: 1_200_000_000, entries: 12_345, expectedBytes: 2_400_000_000 };

describe('a line of progress', () => {
  test('tells the share and what is left where the size is known [U8]', () => {
    expect(plainLine(capture, 100_000_000)).toBe('capture: 1.20 GB of 2.40 GB, 50 %, 00:12 left');
    expect(plainLine(capture, undefined)).toBe('capture: 1.20 GB of 2.40 GB, 50 %');
    expect(plainLine({ ...capture, expectedBytes: undefined }, 1)).toBe('capture: 1.20 GB');
    expect(plainLine({ ...capture, bytes: 2_400_000_000 }, 1)).toBe('capture: 2.40 GB of 2.40 GB, 100 %');
  });
});

describe('the progress bar', () => {
  test('tells step, share, bytes, entries, rate and what is left [U8]', () => {
    expect(barLine(capture, 200_000_000, 200, 1)).toBe(
      '/ capture  [############............]   50 %  1.20 GB of 2.40 GB  12,345 entries  200 MB/s  00:06 left',
    );
  });

  test('leaves out what does not fit, and never fills the last column', () => {
    for (let columns = 1; columns < 120; columns += 1) {
      const line = barLine(capture, 200_000_000, columns, 0);
      expect(line.length).toBeLessThanOrEqual(Math.max(1, columns - 1));
    }
    expect(barLine(capture, 200_000_000, 20, 0)).toBe('| capture   50 %');
  });

  test('shows no share where nobody knows how much there is', () => {
    expect(barLine({ step: 'capture', bytes: 5000, entries: 1 }, undefined, 80, 0)).toBe(
      '| capture  5.00 kB  1 entry',
    );
  });

  test('never shows more than all', () => {
    expect(barLine({ step: 'capture', bytes: 30, expectedBytes: 20 }, 5, 80, 0)).toBe(
      '| capture  [########################]  100 %  30 B  5 B/s',
    );
  });
});

describe('the rate', () => {
  test('is that of the last seconds', () => {
    const rate = new RateMeter();
    rate.add(0, 0);
    expect(rate.bytesPerSecond).toBeUndefined();
    for (let second = 1; second <= 60; second += 1)
      rate.add(second * 1000, second < 40 ? 0 : (second - 40) * 500);
    expect(rate.bytesPerSecond).toBe(500);
  });

  test('starts again where a new step counts from zero', () => {
    const rate = new RateMeter();
    rate.add(0, 10_000);
    rate.add(1000, 20_000);
    rate.add(2000, 0);
    expect(rate.bytesPerSecond).toBeUndefined();
    rate.add(3000, 700);
    expect(rate.bytesPerSecond).toBe(700);
  });
});
