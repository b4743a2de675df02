import {
  closeSync,
  futimesSync,
  lstatSync,
  lutimesSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fileTime } from '../../../lib/archive/tar/file-times.ts';
import { microsecondsOf, scratchFolder } from '../samples/tree-fixtures.ts';

const SEED = Number(process.env.HOLDFAST_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`file-times: SEED=${SEED}`);

test('a file is given its time to the microsecond, before 1970 too, by each of the calls that do so [B5]', () => {
  using folder = scratchFolder();
  const file = join(folder.path, 'file');
  const link = join(folder.path, 'link');
  writeFileSync(file, '');
  symlinkSync('file', link);
  const descriptor = openSync(file, 'r+');
  const microsecond = (path: string): bigint => microsecondsOf(lstatSync(path, { bigint: true }).mtimeNs);
  // Times that old file systems can store.
  const seconds = fc.oneof(
    fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 33 - 1 }),
    fc.integer({ min: -100_000, max: 100_000 }),
  );
  const nanoseconds = fc.oneof(
    fc.integer({ min: 0, max: 999_999_999 }),
    fc.constantFrom(0, 1, 999, 1000, 999_999_000, 999_999_999),
  );
  fc.assert(
    fc.property(seconds, nanoseconds, (second, nanosecond) => {
      const time = fileTime(second, nanosecond);
      const wanted = BigInt(second) * 1_000_000n + BigInt(Math.floor(nanosecond / 1000));
      utimesSync(file, 1, time);
      expect(microsecond(file)).toBe(wanted);
      utimesSync(file, 1, 1);
      futimesSync(descriptor, 1, time);
      lutimesSync(link, 1, time);
      expect([microsecond(file), microsecond(link)]).toEqual([wanted, wanted]);
    }),
    { seed: SEED, numRuns: 2_000 },
  );
  closeSync(descriptor);
});
