import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type Extent,
  extentBytes,
  groupParts,
  type PlannedPart,
  partBytes,
  planParts,
} from '../../../../lib/adapters/aws/s3/multipart-plan.ts';
import { testSeed } from '../../../random-pieces.ts';

const limits = { minPartBytes: 10, maxPartBytes: 64, maxParts: 8 };
const from = { bucket: 'b', key: 'k' };

/** Each byte, shown as its origin. */
const bytesOf = (extent: Extent): string[] =>
  'bytes' in extent
    ? Array.from(extent.bytes, (byte) => `byte ${byte}`)
    : Array.from({ length: extent.length }, (_, i) => `${extent.from.key} ${extent.offset + i}`);
const bytesOfPart = (part: PlannedPart): string[] =>
  'copy' in part ? bytesOf(part.copy) : part.gather.flatMap(bytesOf);

const extents = fc.array(
  fc.oneof(
    fc.uint8Array({ maxLength: 30 }).map((bytes): Extent => ({ bytes })),
    fc.record({ offset: fc.nat(50), length: fc.nat(300) }).map((range): Extent => ({ from, ...range })),
  ),
  { maxLength: 40 },
);

describe('a plan of a multipart upload', () => {
  test('has every byte once and in order, in parts of allowed sizes, and copies what is large', () => {
    const seed = testSeed();
    const property = fc.property(extents, (asked) => {
      const parts = planParts(asked, limits);
      expect(parts.flatMap(bytesOfPart)).toEqual(asked.flatMap(bytesOf));
      for (const part of parts.slice(0, -1))
        expect(partBytes(part)).toBeGreaterThanOrEqual(limits.minPartBytes);
      for (const part of parts)
        if ('copy' in part) expect(part.copy.length).toBeLessThanOrEqual(limits.maxPartBytes);
      const copied = parts.reduce((sum, part) => sum + ('copy' in part ? part.copy.length : 0), 0);
      // Of a large extent, at most two minimum parts are sent as bytes: what fills up the neighbouring part,
      // and its own rest.
      const large = asked.reduce(
        (sum, extent) =>
          sum + ('from' in extent ? Math.max(0, extentBytes(extent) - 2 * limits.minPartBytes) : 0),
        0,
      );
      expect(copied).toBeGreaterThanOrEqual(large);
    });
    fc.assert(property, { seed });
  });

  test('groups parts into objects that are parts themselves', () => {
    const seed = testSeed();
    const property = fc.property(extents, (asked) => {
      const parts = planParts(asked, limits);
      const groups = groupParts(parts, limits);
      expect(groups.flat()).toEqual(parts);
      for (const group of groups) {
        expect(group.length).toBeLessThanOrEqual(limits.maxParts);
        const bytes = group.reduce((sum, part) => sum + partBytes(part), 0);
        if (group.length > 1) expect(bytes).toBeLessThanOrEqual(limits.maxPartBytes);
      }
    });
    fc.assert(property, { seed });
  });
});
