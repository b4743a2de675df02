import { describe, expect, test } from '@jest/globals';
import { readKeyFile } from '../../lib/archive/keys/backup-key-file.ts';
import { keyFileShapes } from './corpus/key-files.ts';
import { codeOf } from './stages.ts';
import { newKeys } from './writer/archive.ts';
import { keyFileText } from './writer/key-file.ts';

const keys = await newKeys();
const parts = { key: keys.backup, verifyKey: keys.signer.verifyKey, password: 'correct horse battery' };

const read = (text: string): string => {
  try {
    readKeyFile(text);
    return 'ok';
  } catch (thrown) {
    return codeOf(thrown);
  }
};

describe('key files made from the document, and bent [C10]', () => {
  test.each(keyFileShapes)('$name', ({ bends, read: expected }) => {
    expect(read(keyFileText(parts, bends).toString())).toBe(expected);
  });
});
