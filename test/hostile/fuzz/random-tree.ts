/** Trees that Holdfast could have made, and changes of their entries. */
import { ABSOLUTE } from '../jail.ts';
import { paxRecord, type TreeEntry } from '../writer/tree.ts';
import type { Random } from './random.ts';
import { bentJson, oddNumber, oddText } from './random-json.ts';

const names: readonly string[] = [
  // Some of these names also exist in a prepared target.
  'a',
  'b',
  'c',
  'd',
  'e',
  'f',
  '.hidden',
  'a b',
  '-n',
  '*',
  'a\nb',
  '\u001b[2J',
  '\xc3\xbc',
  'a\xff',
  '\xe2\x82',
  '__proto__',
  'constructor',
  '...',
  'A',
  'x'.repeat(100),
  'y'.repeat(155),
  'z'.repeat(255),
];

const sizes: readonly number[] = [
  0, 0, 1, 5, 511, 512, 513, 1_024, 5_000, 40_000, 65_024, 65_536, 70_000, 200_000,
];
const times: readonly number[] = [
  0,
  1,
  1_700_000_000,
  1_700_000_001,
  2 ** 31,
  8 ** 11 - 1,
  8 ** 11,
  -1,
  -86_400,
];
const owners: readonly number[] = [0, 0, 0, 1_000, 65_534, 0o7777777, 0o10000000, 3_000_000];

const facts = (random: Random): Partial<TreeEntry> => ({
  mode: random.pick([0o644, 0o755, 0o600, 0o400, 0o4755, 0o2755, 0o1777, 0, 0o7777, random.below(0o10000)]),
  uid: random.pick(owners),
  gid: random.pick(owners),
  seconds: random.pick(times),
  nanoseconds: random.pick([0, 0, 0, 1, 500_000_000, 999_999_999, 123_456_000]),
});

interface Grown {
  readonly entries: TreeEntry[];
  readonly files: string[];
}

const below = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

const grow = (random: Random, folder: string, depth: number, grown: Grown): void => {
  const chosen = random.shuffled(names).slice(0, random.below(depth === 0 ? 7 : 4));
  for (const name of chosen) {
    const path = below(folder, name);
    // The system allows 4,096 bytes for a path; this leaves room for the target's path and the staging
    // folder.
    if (path.length > 1_500) continue;
    const kind = random.below(10);
    if (kind < 2 && depth < 4) {
      grown.entries.push({ path, flag: '5', ...facts(random) });
      grow(random, path, depth + 1, grown);
    } else if (kind === 2) {
      const link = random.pick(['a', '../..', '/etc/passwd', 'x/'.repeat(60), 'l\xff', '.', `${ABSOLUTE}`]);
      grown.entries.push({ path, flag: '2', link, ...facts(random), mode: 0o777 });
    } else if (kind === 3 && grown.files.length > 0) {
      grown.entries.push({ path, flag: '1', link: random.pick(grown.files), ...facts(random) });
    } else {
      grown.entries.push({ path, content: random.content(random.pick(sizes)), ...facts(random) });
      grown.files.push(path);
    }
  }
};

/**
 * A tree with folders before their entries and files before links to them; some folders have no entry of
 * their own.
 */
export const randomTree = (random: Random): TreeEntry[] => {
  const grown: Grown = { entries: [], files: [] };
  if (!random.chance(3)) grown.entries.push({ path: '.', flag: '5', ...facts(random) });
  grow(random, '', 0, grown);
  return grown.entries.filter(({ flag }) => flag !== '5' || !random.chance(8));
};

const fields: readonly (readonly [string, number, number])[] = [
  ['name', 0, 100],
  ['mode', 100, 8],
  ['uid', 108, 8],
  ['gid', 116, 8],
  ['size', 124, 12],
  ['mtime', 136, 12],
  ['flag', 156, 1],
  ['link', 157, 100],
  ['magic', 257, 8],
  ['owner', 265, 32],
  ['device', 329, 8],
  ['prefix', 345, 155],
  ['end', 500, 12],
];

const fieldValues: readonly string[] = [
  '',
  '\0',
  '0',
  '7',
  '0000001',
  '0004755',
  '00000000001',
  '00000001000',
  '77777777777',
  '-1',
  '        ',
  '\x80\0\0\x01',
  '../evil',
  '/etc/passwd',
  ABSOLUTE,
  'a',
  'b',
  '..',
  'x'.repeat(155),
  '1',
  '2',
  '5',
  'x',
  'g',
  'L',
  'S',
  'ustar  ',
  'ustar\x0000',
];

const bentBlock = (random: Random): NonNullable<TreeEntry['block']> => {
  const [, at, room] = random.pick(fields);
  const value = random.pick(fieldValues).slice(0, room);
  const wiped = random.chance(2);
  return (block) => {
    if (wiped) block.fill(0, at, at + room);
    block.write(value, at, room, 'latin1');
  };
};

const paxKeys: readonly string[] = [
  'path',
  'linkpath',
  'size',
  'uid',
  'gid',
  'mtime',
  'hdrcharset',
  'atime',
  'GNU.sparse.size',
  'SCHILY.xattr.x',
  '',
];

const bentPax = (random: Random): NonNullable<TreeEntry['pax']> => {
  const record = paxRecord(
    random.pick(paxKeys),
    random.pick([Buffer.from(oddText(random)).toString('latin1'), String(oddNumber(random))]),
  );
  const cut = random.chance(5);
  const doubled = random.chance(5);
  return (records) => {
    const all = doubled ? record + records + record : records + record;
    return cut ? all.slice(0, -random.between(1, 4)) : all;
  };
};

/** Hostile changes of one entry. */
const entryBends: readonly ((
  random: Random,
  entry: TreeEntry,
  others: readonly TreeEntry[],
) => Partial<TreeEntry>)[] = [
  (random) => ({ block: bentBlock(random) }),
  (random) => ({ pax: bentPax(random) }),
  (random) => ({
    path: random.pick([
      '',
      '/',
      '..',
      '../evil',
      ABSOLUTE,
      'a/../../evil',
      './a',
      'a//b',
      'a/',
      'a\0b',
      '.',
      'b/evil',
      'c',
      `${'x/'.repeat(3_000)}y`,
      'n'.repeat(256),
    ]),
  }),
  (random, _entry, others) => ({ path: random.pick(others).path }),
  (random, _entry, others) => ({ path: `${random.pick(others).path}/below` }),
  (random, _entry, others) => ({
    flag: random.pick(['0', '1', '2', '5']),
    link: random.pick(others).path,
    content: '',
  }),
  (random) => ({ flag: random.pick(['3', '4', '6', '7', 'x', 'g', 'L', 'K', 'S', 'V', '\0', ' ']) }),
  (random) => ({
    line: (line) => {
      const bent = bentJson(random, line);
      return JSON.stringify(bent);
    },
  }),
  () => ({ line: () => undefined }),
  (random) => ({
    line: (line) =>
      JSON.stringify(line).replace(
        '{',
        random.pick(['{"__proto__":1,', '{"path":"b",', ' {', '{"component":"other",', '{"changed":true,']),
      ),
  }),
  (random) => ({
    line: (line) => ({
      ...line,
      [random.pick(['offset', 'size', 'segment', 'mode', 'uid', 'gid'])]: random.pick([
        0,
        1,
        2,
        512,
        1_024,
        65_536,
        oddNumber(random),
      ]),
    }),
  }),
  (random) => ({
    line: (line) => ({
      ...line,
      mtime: random.pick([
        oddText(random),
        '2023-11-14T22:13:20.000000000Z',
        '0001-01-01T00:00:00.000000000Z',
        '+275760-09-13T00:00:00.000000000Z',
        '2023-11-31T00:00:00.000000000Z',
      ]),
    }),
  }),
  (random) => ({
    uid: random.pick([2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]),
    gid: random.pick([0, 2 ** 32 - 1, 2 ** 40]),
  }),
  (random) => ({
    flag: '2',
    content: '',
    link: random.pick(['', 'x'.repeat(4_095), 'x'.repeat(5_000), 'a\0b']),
  }),
  (random) => ({ summed: (block) => void block.writeUInt8(random.below(256), random.below(512)) }),
];

/** The entries with one of them changed. */
export const bentEntries = (random: Random, entries: readonly TreeEntry[]): TreeEntry[] => {
  if (entries.length === 0) return [{ path: Buffer.from(oddText(random)).toString('latin1'), content: 'x' }];
  if (random.chance(8)) return random.shuffled(entries);
  const at = random.below(entries.length);
  return entries.map((entry, index) =>
    index === at ? { ...entry, ...random.pick(entryBends)(random, entry, entries) } : entry,
  );
};
