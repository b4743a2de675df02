import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { attributesPath, parseAttributesPath } from '../../../lib/components/s3/object-attributes.ts';
import { keyOfPath, pathOfKey } from '../../../lib/components/s3/object-path.ts';
import { testSeed } from '../../random-pieces.ts';

const key = fc
  .array(
    fc.oneof(
      fc.constantFrom('', '.', '..', '%', '%_', '%25', '%2E', 'a', '...'),
      fc.string({ unit: 'binary', maxLength: 6 }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join('/'));

describe("an object's path in an archive", () => {
  test('has no part that is empty, "." or "..", and leads back to the key and to no other', () => {
    fc.assert(
      fc.property(key, (one) => {
        const path = pathOfKey(one);
        expect(path.split('/').some((part) => ['', '.', '..'].includes(part))).toBe(false);
        expect(path).not.toContain('\0');
        expect(keyOfPath(path)).toBe(one);
        expect(parseAttributesPath(attributesPath(path, 3))).toEqual({ firstObjectPath: path, attempt: 3 });
        expect(keyOfPath(attributesPath(path, 3))).toBeUndefined();
      }),
      { seed: testSeed(), numRuns: 500 },
    );
  });

  test.each([248, 249, 250, 252, 255])(
    'can be a name of a file, and so can that of its attributes: a part of %d bytes',
    (bytes) => {
      for (const one of [
        'n'.repeat(bytes),
        `a/${'n'.repeat(bytes)}`,
        `${'ä'.repeat(bytes >> 1)}${'x'.repeat(bytes & 1)}`,
      ]) {
        const path = attributesPath(pathOfKey(one), 0);
        const longest = Math.max(...path.split('/').map((part) => Buffer.byteLength(part)));
        expect(longest).toBeLessThanOrEqual(255);
        expect(parseAttributesPath(path)).toEqual({ firstObjectPath: pathOfKey(one), attempt: 0 });
      }
    },
  );

  test('is the key itself for ordinary keys', () => {
    expect(pathOfKey('photos/2026/a b.jpg')).toBe('objects/photos/2026/a b.jpg');
  });
});
