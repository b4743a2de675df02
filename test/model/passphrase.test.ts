import { describe, expect, test } from '@jest/globals';
import { passphraseFault } from '../../lib/model/passphrase.ts';

describe('a new passphrase', () => {
  test.each([
    'befit-brakeman-footstep-unclasp',
    'correct horse battery',
    'Grüße aus Köln, 42',
    '日本語の合言葉を十二文字',
    'a family: \u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
  ])('is good: %s', (text) => {
    expect(passphraseFault(text)).toBeUndefined();
  });

  test.each([
    ['short', '12 to 1024 characters'],
    ['x'.repeat(1025), '12 to 1024 characters'],
    [' '.repeat(20), 'white space alone'],
    ['\u00a0'.repeat(20), 'white space alone'],
    [' correct horse battery', 'begin or end'],
    ['correct horse battery\r', 'begin or end'],
    ['correct horse battery\u3000', 'begin or end'],
    ['\ufeffcorrect horse battery', 'begin or end'],
    ['\0'.repeat(12), 'control characters'],
    ['correct\thorse battery', 'control characters'],
    ['correct horse\u001b[Abattery', 'control characters'],
    ['correct\u200bhorse battery', 'no invisible characters'],
    ['correct\u202ehorse battery', 'no invisible characters'],
    ['correct\ud800horse battery', 'no invisible characters'],
    ['Gru\u0308\u00dfe aus Ko\u0308ln', 'NFC'],
    ['\u212b\u212b\u212b of length 12', 'NFC'],
  ])('is refused in words: %j', (text, told) => {
    expect(passphraseFault(text)).toContain(told);
  });
});
