import { describe, expect, test } from '@jest/globals';
import { assertCompatible, isCompatible } from '../../../lib/operations/stored/compatibility.ts';

describe('an archive [C12] [U3]', () => {
  test.each([
    ['2.5.0', '2.5.0'],
    ['2.5.9', '2.5.0'],
    ['2.5.0', '2.6.3'],
    ['2.5.0', '2.7.0'],
    ['2.5.0', '2.8.99'],
    ['0.1.0-rc.1', '0.4.0'],
  ])('of version %s restores into %s', (madeBy, here) => {
    expect(isCompatible(madeBy, here)).toBe(true);
  });

  test.each([
    ['2.5.0', '2.9.0', 'next 3 minor versions'],
    ['2.7.0', '2.6.9', 'the older 2.6.9'],
    ['3.0.0', '2.9.0', 'the older 2.9.0'],
    ['2.9.0', '3.0.0', 'next 3 minor versions'],
    ['tomorrow', '2.0.0', 'not a version'],
  ])('of version %s does not restore into %s: %s', (madeBy, here, why) => {
    expect(isCompatible(madeBy, here)).toBe(false);
    expect(() => assertCompatible(madeBy, here)).toThrow(why);
  });
});
