import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { itemFromLine, itemToLine } from '../../../../lib/adapters/aws/sources/tables/attribute-json.ts';
import { textLines } from '../../../../lib/adapters/aws/sources/tables/text-lines.ts';
import { piecesOf, randomFrom, testSeed } from '../../../random-pieces.ts';

const binary = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.record({ S: fc.string({ unit: 'binary' }) }),
    fc.record({ N: fc.constantFrom('0', '-1.50', '1E-130', '12345678901234567890.123456789012345678') }),
    fc.record({ B: binary }),
    fc.record({ BOOL: fc.boolean() }),
    fc.constant({ NULL: true }),
    fc.record({ SS: fc.array(fc.string(), { minLength: 1, maxLength: 3 }) }),
    fc.record({ NS: fc.constant(['1', '2.0']) }),
    fc.record({ BS: fc.array(binary, { minLength: 1, maxLength: 3 }) }),
    fc.record({ L: fc.array(tie('value'), { maxLength: 3 }) }),
    fc.record({ M: fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }) }),
  ),
}));

describe('an item as a line of JSON', () => {
  test('comes back as it was, whatever is in it, and is one line', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value), (item) => {
        const line = itemToLine(Object.fromEntries(Object.entries(Object(item))));
        expect(line).not.toContain('\n');
        expect(itemToLine(itemFromLine(line))).toBe(line);
        expect(itemFromLine(line)).toEqual(Object.fromEntries(Object.entries(Object(item))));
      }),
      { seed: testSeed() },
    );
  });

  test('that is none is refused', () => {
    for (const line of ['{"a":{"X":"1"}}', '{"a":{"N":1}}', '{"a":{"S":"x","N":"1"}}', '{"a":"x"}'])
      expect(() => itemFromLine(line)).toThrow(/not an attribute value/);
  });
});

describe('lines of a text', () => {
  test('end at line feeds alone, wherever the chunks are cut', async () => {
    const seed = testSeed();
    const lines = ['one', '{"a":"\u2028 and \u2029"}', 'grüße €', 'last'];
    const bytes = Buffer.from(`${lines.slice(0, 2).join('\n')}\n\n${lines.slice(2).join('\n')}`);
    for (let round = 0; round < 20; round++) {
      const pieces = [...piecesOf(bytes, randomFrom(seed + round), 5)];
      const chunks = (async function* () {
        yield* pieces;
      })();
      expect({ seed, lines: await Array.fromAsync(textLines(chunks)) }).toEqual({ seed, lines });
    }
  });
});
