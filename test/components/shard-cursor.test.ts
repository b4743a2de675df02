import { describe, expect, test } from '@jest/globals';
import { parseCursor } from '../../lib/archive/capture/capture-sink.ts';
import { contentsName, segmentName } from '../../lib/archive/member-names.ts';
import {
  cursorOfShard,
  MORE_SHARDS,
  NUMBERS_PER_MORE,
  NUMBERS_PER_SHARD,
  refuseBeyondRange,
  WIDE_SHARDS,
} from '../../lib/components/shard-cursor.ts';

describe('the numbers of members that several tasks write [B6]', () => {
  test('begin where those of the shard before must end', () => {
    const { segments, contents } = parseCursor(cursorOfShard({ shard: 2, shards: 3, work: null }, null));
    expect([segments, contents]).toEqual([2 * NUMBERS_PER_SHARD, 2 * NUMBERS_PER_SHARD]);
    for (const nameOf of [segmentName, contentsName])
      expect(() =>
        refuseBeyondRange(nameOf('uploads', 2 * NUMBERS_PER_SHARD), { shard: 1, shards: 3 }),
      ).not.toThrow();
  });

  test('are refused when they would be those of the next shard', () => {
    for (const nameOf of [segmentName, contentsName])
      expect(() =>
        refuseBeyondRange(nameOf('uploads', 2 * NUMBERS_PER_SHARD + 1), { shard: 1, shards: 3 }),
      ).toThrow(
        /part 2 of 3 .* more segments than an archive can number .* divide it into several components/,
      );
  });

  test('may go on in the last shard, as far as the format has digits', () => {
    const last = { shard: 2, shards: 3 };
    expect(() => refuseBeyondRange(segmentName('uploads', 99_999_999), last)).not.toThrow();
    expect(() => refuseBeyondRange(segmentName('uploads', 100_000_000), last)).toThrow(/than an archive can/);
  });

  test('of all shards that a plan may make fit into the format', () => {
    expect(WIDE_SHARDS * NUMBERS_PER_SHARD + MORE_SHARDS * NUMBERS_PER_MORE).toBeLessThan(99_999_999);
  });

  test('are fewer in each of the many shards behind the first, which begin where those end', () => {
    const first = WIDE_SHARDS * NUMBERS_PER_SHARD;
    const all = { shards: WIDE_SHARDS + MORE_SHARDS };
    const begin = (shard: number) => parseCursor(cursorOfShard({ shard, ...all, work: null }, null)).segments;
    expect([begin(WIDE_SHARDS), begin(WIDE_SHARDS + 1)]).toEqual([first, first + NUMBERS_PER_MORE]);
    const refuse = (number: number) => () =>
      refuseBeyondRange(segmentName('uploads', number), { shard: WIDE_SHARDS, ...all });
    expect(refuse(first + NUMBERS_PER_MORE)).not.toThrow();
    expect(refuse(first + NUMBERS_PER_MORE + 1)).toThrow(/more segments than an archive can number/);
  });
});
