import { describe, expect, test } from '@jest/globals';
import { bytesSource } from '../../lib/archive/reader/byte-source.ts';
import { readHeadBackupId } from '../../lib/archive/reader/read-head.ts';
import { makeSampleArchive } from './samples/sample-archive.ts';

describe('whose archive a file is', () => {
  test('is read from its first member, in two small reads', async () => {
    const { bytes, head } = await makeSampleArchive();
    const asked: number[] = [];
    const source = {
      ...bytesSource(bytes),
      read: (offset: number, length: number) => {
        asked.push(offset + length);
        return bytesSource(bytes).read(offset, length);
      },
    };
    expect(await readHeadBackupId(source)).toBe(head.backupId);
    expect(asked).toHaveLength(2);
    expect(Math.max(...asked)).toBeLessThan(4_096);
  });

  test('is told by one that was cut after its head', async () => {
    const { bytes, head } = await makeSampleArchive();
    expect(await readHeadBackupId(bytesSource(bytes.subarray(0, 2_048)))).toBe(head.backupId);
  });

  test.each([
    ['empty', Buffer.alloc(0)],
    ['short', Buffer.alloc(100, 1)],
    ['something else', Buffer.alloc(4_096, 1)],
  ])('is not told by a file that is %s', async (_, bytes) => {
    expect(await readHeadBackupId(bytesSource(bytes))).toBeUndefined();
  });

  test('nor by a head whose JSON is damaged', async () => {
    const { bytes } = await makeSampleArchive();
    const damaged = Buffer.from(bytes);
    damaged[512] = 0;
    expect(await readHeadBackupId(bytesSource(damaged))).toBeUndefined();
  });
});
