import { describe, expect, test } from '@jest/globals';
import { visible, visibleBytes } from '../../../lib/cli/terminal/visible-text.ts';

describe('names on a terminal', () => {
  test('control characters are written out, so that no name drives the terminal', () => {
    expect(visible('a\x1b[2Jb\r\n\t\x07\x7f\u009b')).toBe('a\\x1b[2Jb\\x0d\\n\\t\\x07\\x7f\\x9b');
  });

  test('marks that turn the direction of writing are written out', () => {
    expect(visible('photo\u202egnp.exe\u2066')).toBe('photo\\u202egnp.exe\\u2066');
  });

  test('letters of all scripts stay', () => {
    expect(visible('Grüße 日本 שלום 𝄞')).toBe('Grüße 日本 שלום 𝄞');
  });

  test('bytes that are not UTF-8 are written out one by one, the rest reads as it is', () => {
    const bytes = Buffer.concat([Buffer.from('a'), Buffer.from([0xff, 0xe2, 0x82]), Buffer.from('é𝄞\n')]);
    expect(visibleBytes(bytes)).toBe('a\\xff\\xe2\\x82é𝄞\\n');
  });
});
