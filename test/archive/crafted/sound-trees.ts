/** Unusual trees that are valid by the format: all readers must restore the same. */
import fc from 'fast-check';
import { type Crafted, type RunOnFile, runOn } from './crafted-components.ts';
import { type HandMadeEntry, linesOf, TAR_END, tarOf } from './hand-made-component.ts';

const root: HandMadeEntry = { path: '.', type: 'directory', mode: 0o750, mtimeSeconds: 1_600_000_000 };
const tree = (what: string, ...entries: readonly HandMadeEntry[]): Crafted => {
  const all = [root, ...entries];
  return { what, segments: [Buffer.concat([tarOf(all), TAR_END])], lines: linesOf(all) };
};
const latin1 = (bytes: number, count: number): string => String.fromCharCode(bytes).repeat(count);
const folders = (...paths: readonly string[]): HandMadeEntry[] =>
  paths.map((path) => ({ path, type: 'directory' }));

const parts: readonly (readonly HandMadeEntry[])[] = [
  [root, { path: 'a', content: 'x' }],
  [],
  [{ path: 'b', content: 'y'.repeat(512) }],
];

const cut = runOn([1, 511, 513, 1024]);
/** The file's line when another segment precedes its own segments. */
const later = ({ pieces, line }: RunOnFile): string =>
  line(pieces.map((piece) => ({ ...piece, segment: piece.segment + 1 }))).replace(
    '"segment":1,',
    '"segment":2,',
  );
const short = runOn([1024, 700]);
const behind: HandMadeEntry = { path: 'z', content: 'behind' };
/** The offset of an entry that follows the last piece of `short`: its 700 bytes end in the second block. */
const BEHIND = 1024;

export const soundTrees: readonly Crafted[] = [
  tree('nothing but the root'),
  tree(
    'files around the size of a block',
    ...[0, 1, 511, 512, 513].map((size) => ({ path: `of-${size}`, content: 'x'.repeat(size) })),
  ),
  tree(
    'modes of all kinds',
    ...[0, 0o400, 0o644, 0o777, 0o1666, 0o2755, 0o4755, 0o6711, 0o7777].map((mode) => ({
      path: mode.toString(8),
      mode,
    })),
    ...[0o700, 0o1777, 0o2770, 0o4755, 0o7777].map((mode) => ({
      path: `d${mode.toString(8)}`,
      mode,
      type: 'directory' as const,
    })),
  ),
  tree(
    'owners of all kinds',
    ...[1, 0o7777777, 0o10000000, 2 ** 31, 2 ** 32 - 2].map((id) => ({ path: `u${id}`, uid: id, gid: id })),
    { path: 'd', type: 'directory', uid: 3_000_000, gid: 1 },
    { path: 'link', type: 'symlink', link: 'd', uid: 1, gid: 3_000_000 },
  ),
  tree(
    'times of all kinds',
    ...[
      [0, 0],
      [0, 1000],
      [-1, 0],
      [-1, 500_000_000],
      [-86_400, 999_999_000],
      [1_700_000_000, 123_456_000],
      [1_700_000_000, 999_999_999],
      [2 ** 31, 0],
      [4_294_967_295, 5000],
    ].map(([mtimeSeconds = 0, mtimeNanoseconds = 0]) => ({
      path: `t${mtimeSeconds}.${mtimeNanoseconds}`,
      mtimeSeconds,
      mtimeNanoseconds,
    })),
    { path: 'd', type: 'directory', mtimeSeconds: -5, mtimeNanoseconds: 250_000_000 },
    { path: 'd/inside', content: 'x' },
    { path: 'link', type: 'symlink', link: 'd', mtimeSeconds: 5, mtimeNanoseconds: 250_000_000 },
  ),
  tree(
    'names of all lengths',
    ...[99, 100, 101, 150, 255].map((length) => ({ path: 'n'.repeat(length), content: 'x' })),
    ...folders('p'.repeat(155), `p`.repeat(99), 'q'.repeat(100), 'r'.repeat(156)),
    ...[100, 101].map((length) => ({ path: `${'r'.repeat(156)}/${'n'.repeat(length)}` })),
  ),
  tree(
    'names that are cut at a slash',
    ...folders('p'.repeat(155)),
    { path: `${'p'.repeat(155)}/${'n'.repeat(100)}`, content: 'x' },
    { path: `${'p'.repeat(155)}/${'o'.repeat(101)}`, content: 'x' },
    { path: `${'p'.repeat(155)}/${'s'.repeat(99)}`, type: 'directory' },
  ),
  tree(
    'names in any bytes',
    { path: ' ' },
    { path: '"\\%\n\t' },
    { path: '\u00c3\u00bc.txt', content: 'UTF-8' },
    { path: latin1(0xfe, 20), content: 'not UTF-8' },
    { path: latin1(0xff, 150), content: 'not UTF-8, and long' },
    { path: `${'\u00c3\u00bc'.repeat(75)}`, content: 'UTF-8, and long' },
    { path: `long-${latin1(0xc3, 120)}`, type: 'symlink', link: `${latin1(0xbc, 120)}` },
    { path: `link-${'\u00c3\u00bc'.repeat(70)}`, type: 'symlink', link: latin1(0xff, 120) },
  ),
  tree(
    'links of all kinds',
    { path: 'a', content: 'x', mode: 0o4755 },
    { path: 'b', type: 'hardlink', link: 'a', mode: 0o600, mtimeSeconds: 7 },
    { path: 'c', type: 'hardlink', link: 'a' },
    { path: 'dangling', type: 'symlink', link: 'nowhere' },
    { path: 'long', type: 'symlink', link: 'l'.repeat(300) },
    { path: 'of-100', type: 'symlink', link: 'l'.repeat(100) },
    { path: 'outside', type: 'symlink', link: '/etc/hostname' },
    { path: 'up', type: 'symlink', link: '../..' },
    { path: 'with-slash', type: 'symlink', link: 'd/' },
  ),
  tree(
    'folders in no order of a walk',
    ...folders('z', 'z/b', 'z/b/c'),
    { path: 'z/b/c/file', mtimeSeconds: 9 },
    ...folders('z/a'),
    { path: 'z/a/file' },
    { path: 'z/last' },
    ...folders('m'),
    { path: 'm/file' },
    { path: 'b', type: 'hardlink', link: 'm/file' },
  ),
  tree(
    'files and links that come late to their folders',
    { path: 'd', type: 'directory', mtimeSeconds: 1_500_000_000 },
    { path: 'd/a', content: 'x' },
    { path: 'd/e', type: 'directory', mtimeSeconds: 1_400_000_000 },
    { path: 'd/e/b' },
    { path: 'f', type: 'directory', mtimeSeconds: 1_300_000_000 },
    { path: 'd/e/late', content: 'late' },
    { path: 'd/late', content: 'later' },
    { path: 'd/late-link', type: 'hardlink', link: 'd/e/late' },
    { path: 'f/late', type: 'symlink', link: 'nowhere' },
    { path: 'g', type: 'directory' },
    { path: 'g/h', content: 'x' },
  ),
  {
    what: 'a tar that ends after the part of each task',
    segments: parts.map((entries) => Buffer.concat([tarOf(entries), TAR_END])),
    lines: parts.map((entries, index) => linesOf(entries, index + 1)).join(''),
  },
  {
    what: 'segments that end with an entry, and one without a byte',
    segments: [
      ...parts.slice(0, 1).map(tarOf),
      Buffer.alloc(0),
      Buffer.concat([...parts.slice(2).map(tarOf), TAR_END]),
    ],
    lines: parts.map((entries, index) => linesOf(entries, index + 1)).join(''),
  },
  {
    what: 'a file of pieces that are no blocks',
    segments: [tarOf([root]), ...cut.segments],
    lines: linesOf([root]) + later(cut),
  },
  {
    what: 'an entry behind the last piece of a file',
    segments: [
      tarOf([root]),
      ...short.segments.slice(0, 1),
      ...short.segments
        .slice(1)
        .map((last) => Buffer.concat([last.subarray(0, BEHIND), tarOf([behind]), TAR_END])),
    ],
    lines:
      linesOf([root]) +
      later(short) +
      linesOf([behind], 3).replace('"offset":512', `"offset":${BEHIND + 512}`),
  },
];

const name = fc
  .oneof(
    fc.array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 12 }),
    fc
      .tuple(fc.constantFrom(0x61, 0xc3, 0xff), fc.integer({ min: 60, max: 250 }))
      .map(([byte, n]) => Array(n).fill(byte)),
  )
  .map((bytes: number[]) => String.fromCharCode(...bytes).replaceAll(/[/\n]/g, '_'))
  .filter((text) => text !== '.' && text !== '..');
const id = fc.oneof(
  fc.nat(2000),
  fc.integer({ min: 2_097_150, max: 2_097_153 }),
  fc.constantFrom(2 ** 31, 2 ** 32 - 2),
);
const about = fc.record({
  name,
  inside: fc.array(name, { maxLength: 3 }),
  kind: fc.constantFrom('file' as const, 'directory' as const, 'symlink' as const),
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: id,
  gid: id,
  size: fc.constantFrom(0, 1, 511, 512, 513, 1500),
  mtimeSeconds: fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 32 }),
  mtimeNanoseconds: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 999_999 }).map((n) => n * 1000),
  ),
  link: fc.oneof(name, fc.constant('../outside')),
});

/** Random trees of a few entries with arbitrary names, owners, modes and times. */
export const randomTrees = (seed: number, count: number): Crafted[] =>
  fc
    .sample(fc.uniqueArray(about, { selector: (one) => one.name, minLength: 1, maxLength: 8 }), {
      seed,
      numRuns: count,
    })
    .map((all, index) =>
      tree(
        `random tree ${index} of SEED=${seed}`,
        ...all.flatMap(({ inside, kind, size, link, name: path, ...rest }): HandMadeEntry[] => {
          if (kind === 'file') return [{ ...rest, path, content: 'x'.repeat(size) }];
          if (kind === 'symlink') return [{ ...rest, path, type: 'symlink', link }];
          const names = [...new Set(inside)];
          return [
            { ...rest, path, type: 'directory' },
            ...names.map((one) => ({ ...rest, path: `${path}/${one}`, content: one })),
          ];
        }),
      ),
    );
