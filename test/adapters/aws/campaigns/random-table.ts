/** Random tables of a stub, with keys, indexes and items of every type. */
import type { Random } from '../../../hostile/fuzz/random.ts';
import type { StubItem, StubTable } from '../../../stubs/stub-dynamodb.ts';

type Value = StubItem[string];

const NAMES = ['a', 'b', '__proto__', 'constructor', 'größe', 'x.y', ' ', '#n', 'toString', 'hasOwnProperty'];
const TEXTS = ['', 'x', '__proto__', 'line\nend', 'u\u2028v', '"quoted"', '\u{1f600}', '\u0000', '\\'];
const NUMBERS = [
  '0',
  '-1',
  '1.50',
  '1E+2',
  '12345678901234567890123456789012345678',
  '-0.000000000000000001',
];

const binary = (random: Random): string => random.bytes(random.below(9) + 1).toString('base64');
const some = <T>(random: Random, make: () => T): T[] => Array.from({ length: random.below(3) + 1 }, make);
const distinct = (texts: readonly string[]): string[] => [...new Set(texts)];

const randomValue = (random: Random, depth = 0): Value => {
  const kinds: readonly (() => Value)[] = [
    () => ({ S: random.pick(TEXTS) }),
    () => ({ N: random.pick(NUMBERS) }),
    () => ({ B: binary(random) }),
    () => ({ BOOL: random.chance(2) }),
    () => ({ NULL: true }),
    () => ({ SS: distinct(some(random, () => `s${random.pick(TEXTS)}`)) }),
    () => ({ NS: distinct(some(random, () => random.pick(NUMBERS))) }),
    () => ({ BS: distinct(some(random, () => binary(random))) }),
    () => ({ L: depth > 3 ? [] : some(random, () => randomValue(random, depth + 1)) }),
    () => ({ M: depth > 3 ? {} : randomMap(random, depth + 1) }),
  ];
  return random.pick(kinds)();
};

/** Uses own properties, so that names such as `__proto__` are safe. */
const randomMap = (random: Random, depth = 0): StubItem =>
  Object.fromEntries(some(random, () => [random.pick(NAMES), randomValue(random, depth)] as const));

const keyValue = (random: Random, type: string, n: number): Value => {
  if (type === 'N') return { N: String(n) };
  return type === 'B'
    ? { B: Buffer.from(`key ${n}`).toString('base64') }
    : { S: `${random.pick(['k', '__proto__', 'é'])}${n}` };
};

export const randomSchema = (random: Random): StubTable['made'] => {
  const names = random.pick([['id'], ['id'], ['__proto__'], ['id', 'sort']]);
  const KeySchema = names.map((AttributeName, n) => ({
    AttributeName,
    KeyType: n === 0 ? 'HASH' : 'RANGE',
  }));
  const AttributeDefinitions = names.map((AttributeName) => ({
    AttributeName,
    AttributeType: random.pick(['S', 'S', 'N', 'B']),
  }));
  const tags = random.chance(3)
    ? [
        { Key: '__proto__', Value: 'x' },
        { Key: 'team', Value: 'a b' },
      ]
    : [];
  return { KeySchema, AttributeDefinitions, Tags: tags };
};

/** The same table with an index whose key types items may violate. */
export const withIndex = (made: StubTable['made']): StubTable['made'] => ({
  ...made,
  AttributeDefinitions: [...made.AttributeDefinitions, { AttributeName: 'a', AttributeType: 'N' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-a',
      KeySchema: [{ AttributeName: 'a', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
});

/** @param n a number that makes the item differ from every other item of its table */
export const randomItem = (
  random: Random,
  { KeySchema, AttributeDefinitions }: StubTable['made'],
  n: number,
): StubItem => {
  const typeOf = (name: string): string =>
    AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType ?? 'S';
  const key = KeySchema.map(({ AttributeName: name }) => [name, keyValue(random, typeOf(name), n)] as const);
  const big = random.chance(100) ? [['big', { S: 'x'.repeat(random.below(300_000)) }] as const] : [];
  return Object.fromEntries([...Object.entries(randomMap(random)), ...big, ...key]);
};

/** The item as text, independent of the order of its attributes. */
export const shownItem = (item: unknown): string =>
  JSON.stringify(item, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
