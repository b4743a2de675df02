import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isContentsEntry } from '../../../lib/archive/contents/contents-entry.ts';
import { contentsLine } from '../../../lib/archive/contents/contents-line.ts';
import { contentsFault } from '../../../lib/archive/contents/contents-rules.ts';
import { plainEntry } from '../../../lib/archive/contents/plain-line.ts';
import { contentsEntrySchema } from '../../../lib/archive/format.ts';

const SEED = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`plain-line: SEED=${SEED}`);

/** The general reader's result for a line: an entry, if writing it again gives the same line. */
const parsed = (line: string): unknown => {
  try {
    const value: unknown = JSON.parse(line);
    return isContentsEntry(value) && JSON.stringify(value) === line ? value : undefined;
  } catch {
    return undefined;
  }
};

const FILE =
  '{"path":"a/b c","type":"file","size":12,"mode":420,"mtime":"2023-11-14T22:13:20.000000000Z","uid":0,"gid":1000,"segment":1,"offset":512,"sha256":"' +
  `${'0a'.repeat(32)}"}`;
const FOLDER = FILE.replace('"type":"file","size":12', '"type":"directory","size":0').replace(
  /,"sha256":"[^"]*"/,
  '',
);

test('a line of contents that is read at one look gives the entry that JSON gives', () => {
  expect(plainEntry(FILE)).toEqual(parsed(FILE));
  expect(plainEntry(FILE)).toMatchObject({ path: 'a/b c', size: 12, offset: 512 });
  expect(plainEntry(FOLDER)).toEqual(parsed(FOLDER));
  expect(plainEntry(FOLDER)).toMatchObject({ type: 'directory' });
});

test('what the writer of contents makes of files and folders with plain names is read at one look', () => {
  const count = fc.oneof(fc.nat(), fc.constant(2 ** 40), fc.constant(0));
  const entry = fc.record({
    path: fc.stringMatching(/^[a-zA-Z0-9 ._/'{}:,-]{1,60}$/),
    type: fc.constantFrom('file' as const, 'directory' as const),
    bytes: count,
    mode: fc.nat(0o7777),
    uid: count,
    gid: count,
    mtimeSeconds: fc.integer({ min: -1e9, max: 4e9 }),
    mtimeNanoseconds: fc.nat(999_999_999),
  });
  fc.assert(
    fc.property(entry, fc.integer({ min: 1, max: 1e9 }), count, (one, segment, offset) => {
      const sha256 = one.type === 'file' ? '9'.repeat(64) : undefined;
      const size = one.type === 'file' ? one.bytes : 0;
      const line = contentsLine({ ...one, size, link: '' }, one.type, { segment, offset, sha256 }).slice(
        0,
        -1,
      );
      expect(plainEntry(line)).toBeDefined();
      expect(plainEntry(line)).toEqual(parsed(line));
    }),
    { seed: SEED, numRuns: 1000 },
  );
});

test.each([
  ['a number with a zero before it', FILE.replace('"size":12', '"size":012')],
  ['a number in another form', FILE.replace('"size":12', '"size":12e0')],
  ['a negative number', FILE.replace('"uid":0', '"uid":-0')],
  ['a number that is not safe', FILE.replace('"size":12', '"size":9007199254740993')],
  ['a key that is said twice', FILE.replace('"uid":0', '"uid":0,"uid":0')],
  ['white space', FILE.replace('"uid":0', '"uid": 0')],
  ['an escape that stands for a plain character', FILE.replace('a/b', 'a\\/b')],
  ['a control character', FILE.replace('a/b', 'a\u0001b')],
  ['a mode of more than twelve bits', FILE.replace('"mode":420', '"mode":4096')],
  ['segment 0', FILE.replace('"segment":1', '"segment":0')],
  ['a hash in capitals', FILE.replace('0a', '0A')],
  ['a path that is too long', FILE.replace('a/b c', 'a'.repeat(65_537))],
  ['something behind its end', `${FILE} `],
  ['a line feed behind its end', `${FILE}\n`],
])('a line of contents with %s is no entry, however it is read', (_, line) => {
  expect(plainEntry(line)).toBeUndefined();
  expect(parsed(line)).toBeUndefined();
});

test.each([
  ['a file without a hash', FILE.replace(/,"sha256":"[^"]*"/, '')],
  ['a folder with a size', FOLDER.replace('"size":0', '"size":1')],
  ['a folder with a hash', FILE.replace('"type":"file","size":12', '"type":"directory","size":0')],
])('%s is left to whoever says what is wrong with it', (_, line) => {
  expect(plainEntry(line)).toBeUndefined();
  expect(contentsFault(contentsEntrySchema.parse(parsed(line)))).toBeDefined();
});

test('any change of one character of a line is judged alike by both ways to read it', () => {
  const characters = fc.constantFrom(...'0129aefz{}[]":,\\ \u0000\u007f\u00e9-+.'.split(''));
  fc.assert(
    fc.property(
      fc.constantFrom(FILE, FOLDER),
      fc.nat(),
      fc.nat(1),
      fc.oneof(characters, fc.constant('')),
      (line, at, cut, character) => {
        const from = at % line.length;
        const changed = line.slice(0, from) + character + line.slice(from + cut);
        const plain = plainEntry(changed);
        if (plain === undefined) return;
        expect(plain).toEqual(parsed(changed));
        expect(contentsFault(plain)).toBeUndefined();
      },
    ),
    { seed: SEED, numRuns: 5000 },
  );
});
