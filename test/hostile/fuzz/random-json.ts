/** JSON values and texts with a fault at a random place. */
import { isObject, type Json, type JsonObject } from '../writer/json.ts';
import type { Random } from './random.ts';

const oddNumbers: readonly number[] = [
  -1,
  0,
  0.5,
  1,
  255,
  256,
  511,
  512,
  513,
  65_535,
  65_536,
  65_537,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  8 ** 11,
  2 ** 53 - 1,
  2 ** 53,
  1e21,
  1e300,
  -(2 ** 53),
];

const oddTexts: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  '/',
  '../../evil',
  '/etc/passwd',
  'a/../b',
  '\0',
  '\n',
  '\u001b[2J',
  '\u202e',
  '\ud800',
  '__proto__',
  'constructor',
  'toString',
  'null',
  '0',
  '-1',
  '1e9',
  'NaN',
  'true',
  '[]',
  '{}',
  'é',
  '😀',
  'x'.repeat(300),
  '$(id)',
  '`id`',
  "'",
  '"',
  '\\',
  '%s',
  '2026-02-30T00:00:00Z',
  '9999-12-31T23:59:59.999999999Z',
];

export const oddText = (random: Random): string => random.pick(oddTexts);
export const oddNumber = (random: Random): number => random.pick(oddNumbers);

const oddValue = (random: Random): Json => {
  const kind = random.below(8);
  if (kind < 3) return oddNumber(random);
  if (kind < 6) return oddText(random);
  return random.pick<Json>([null, true, false, [], {}, [[]], [1, 2], { a: 1 }, { __proto__x: 1 }]);
};

type Path = readonly (string | number)[];

const pathsOf = (value: Json, at: Path = []): Path[] => {
  if (Array.isArray(value)) return [at, ...value.flatMap((one, index) => pathsOf(one, [...at, index]))];
  if (isObject(value))
    return [at, ...Object.entries(value).flatMap(([key, one]) => pathsOf(one, [...at, key]))];
  return [at];
};

const changedAt = (value: Json, path: Path, change: (value: Json) => Json | undefined): Json => {
  const [key, ...rest] = path;
  if (key === undefined) return change(value) ?? null;
  if (Array.isArray(value))
    return value.flatMap((one, index) => {
      if (index !== key) return [one];
      if (rest.length > 0) return [changedAt(one, rest, change)];
      const changed = change(one);
      return changed === undefined ? [] : [changed];
    });
  if (!isObject(value)) return value;
  const entries = Object.entries(value).flatMap(([name, one]): [string, Json][] => {
    if (name !== key) return [[name, one]];
    if (rest.length > 0) return [[name, changedAt(one, rest, change)]];
    const changed = change(one);
    return changed === undefined ? [] : [[name, changed]];
  });
  return Object.fromEntries(entries);
};

const bentText = (random: Random, text: string): string => {
  const at = random.below(text.length + 1);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at) + oddText(random) + text.slice(at);
    case 1:
      return text.slice(0, at);
    case 2:
      return text.toUpperCase();
    case 3:
      return text + text;
    default:
      return oddText(random);
  }
};

const bentNumber = (random: Random, number: number): number =>
  random.pick([number + 1, number - 1, number * 2, -number, number + 512, number - 512, oddNumber(random)]);

const bentObject = (random: Random, value: JsonObject): JsonObject => {
  const entries = Object.entries(value);
  switch (random.below(4)) {
    case 0:
      return Object.fromEntries([...entries, [oddText(random), oddValue(random)]]);
    case 1:
      return Object.fromEntries(random.shuffled(entries));
    case 2: {
      const at = random.below(Math.max(1, entries.length));
      return Object.fromEntries(
        entries.map(([key, one], index) => [index === at ? oddText(random) : key, one]),
      );
    }
    default:
      return Object.fromEntries(entries.slice(random.below(entries.length + 1)));
  }
};

const bentList = (random: Random, list: readonly Json[]): Json[] => {
  switch (random.below(4)) {
    case 0:
      return random.shuffled(list);
    case 1:
      return [...list, oddValue(random)];
    case 2:
      return list.flatMap((one) => (random.chance(3) ? [one, one] : [one]));
    default:
      return list.filter(() => !random.chance(3));
  }
};

/** The value with one part changed, removed or added. */
export const bentJson = (random: Random, value: Json): Json => {
  const path = random.pick(pathsOf(value));
  return changedAt(value, path, (found) => {
    if (random.chance(6)) return undefined;
    if (random.chance(4)) return oddValue(random);
    if (typeof found === 'string') return bentText(random, found);
    if (typeof found === 'number') return bentNumber(random, found);
    if (Array.isArray(found)) return bentList(random, found);
    if (isObject(found)) return bentObject(random, found);
    return oddValue(random);
  });
};

/** The bytes of a text with a piece changed, doubled, removed or moved. */
export const bentBytes = (random: Random, bytes: Buffer): Buffer => {
  const at = random.below(bytes.length + 1);
  const length = random.pick([1, 2, 8, 100, 512]);
  const [before, piece, behind] = [
    bytes.subarray(0, at),
    bytes.subarray(at, at + length),
    bytes.subarray(at + length),
  ];
  switch (random.below(7)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
      return flipped;
    }
    case 1:
      return Buffer.concat([before, random.bytes(length), behind]);
    case 2:
      return Buffer.concat([before, piece, piece, behind]);
    case 3:
      return Buffer.concat([before, behind]);
    case 4:
      return before;
    case 5:
      return Buffer.concat([bytes, random.bytes(length)]);
    default:
      return Buffer.concat([
        before,
        Buffer.from(
          random
            .pick(['[', '{"a":', '"', '\\', '\0', ',', '1e999', '\ufeff'])
            .repeat(random.pick([1, 1, 2_000])),
        ),
        piece,
        behind,
      ]);
  }
};
