/** Contents that are wrong about the place, the type or the number of entries. */
import type { Component, Contents, Segment } from '../writer/archive.ts';
import { isObject, type Json, type JsonObject } from '../writer/json.ts';
import { END } from '../writer/outer-tar.ts';
import type { TreeEntry } from '../writer/tree.ts';
import { archiveOfTree, badContents, badPlaces, badSegments, harmless, type Shape } from './shape.ts';

const DAMAGED = 'archive_damaged';

const ROOT: TreeEntry = { path: '.', flag: '5', mode: 0o755 };
const LARGE = Buffer.alloc(150_000, 'large ');

/** A file with this line, between other files. */
const withLine = (line: TreeEntry['line']): Shape['make'] =>
  archiveOfTree([
    ROOT,
    { path: 'a', content: 'hello', ...(line === undefined ? {} : { line }) },
    { path: 'z', content: 'z' },
  ]);

const withLarge = (line: TreeEntry['line']): Shape['make'] =>
  archiveOfTree([
    ROOT,
    { path: 'a', content: 'a' },
    { path: 'large', content: LARGE, ...(line === undefined ? {} : { line }) },
    { path: 'z', content: 'z' },
  ]);

const set =
  (changes: JsonObject) =>
  (line: JsonObject): JsonObject => ({ ...line, ...changes });
const without =
  (key: string) =>
  ({ [key]: _, ...rest }: JsonObject): JsonObject =>
    rest;

/** Invalid lines, which every reader of contents detects. */
const none: readonly (readonly [string, TreeEntry['line']])[] = [
  ['that is empty', () => ''],
  ['that is no JSON', () => 'hello'],
  ['that is null', () => 'null'],
  ['that is a list', () => '[]'],
  ['that is a number', () => '5'],
  ['with an unknown key', set({ more: 1 })],
  ['with the key __proto__', (line) => JSON.stringify(line).replace('{', '{"__proto__":{},')],
  ['with the key constructor', set({ constructor: 'x' })],
  ['without a path', without('path')],
  ['without a type', without('type')],
  ['without a size', without('size')],
  ['without a segment', without('segment')],
  ['without an offset', without('offset')],
  ['of a type that nobody knows', set({ type: 'device' })],
  ['of the type toString', set({ type: 'toString' })],
  ...(['size', 'uid', 'gid', 'offset', 'mode'] as const).flatMap((key) =>
    ([-1, 0.5, '5', null, 2 ** 53, [5]] as readonly Json[]).map(
      (value): readonly [string, TreeEntry['line']] => [
        `whose ${key} is ${JSON.stringify(value)}`,
        set({ [key]: value }),
      ],
    ),
  ),
  ['whose mode is 010000', set({ mode: 0o10000 })],
  ['of segment 0', set({ segment: 0 })],
  ['of segment 2 of one', set({ segment: 2 })],
  ['of another component', set({ component: 'other' })],
  ['of a component that is none', set({ component: '../x' })],
  ['with a hash in capitals', set({ sha256: 'A'.repeat(64) })],
  ['with a hash too short', set({ sha256: 'ab' })],
  ['that was not changed', set({ changed: false })],
  [
    'of one piece',
    (line) => ({ ...line, pieces: [{ segment: 1, offset: 0, bytes: 5, sha256: 'a'.repeat(64) }] }),
  ],
  ['of pieces that are none', set({ pieces: [{}, {}] })],
  [
    'with a piece in a segment that is not there',
    (line) => ({
      ...line,
      pieces: [
        { segment: 1, offset: 0, bytes: 2, sha256: 'a'.repeat(64) },
        { segment: 9, offset: 0, bytes: 3, sha256: 'a'.repeat(64) },
      ],
    }),
  ],
  [
    'nested in 10,000 lists',
    (line) => `${JSON.stringify(line).slice(0, -1)},"more":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
  ],
  ['of a file without a hash', without('sha256')],
  ['of a link with a hash', set({ type: 'symlink', link: 'x', size: 0 })],
  ['of a file with a link', set({ link: '/etc/passwd' })],
  ['with a raw control character', (line) => JSON.stringify(line).replace('"a"', '"\u0001"')],
];

/** Valid but false lines. Planning reads only contents, so it cannot detect them. */
const untrue: readonly (readonly [string, TreeEntry['line']])[] = [
  ['another path', set({ path: 'b' })],
  ['another size', set({ size: 4 })],
  ['another mode', set({ mode: 0o4755 })],
  ['another owner', set({ uid: 1_000 })],
  ['another group', set({ gid: 1_000 })],
  ['another time', set({ mtime: '2001-01-01T00:00:00.000000000Z' })],
  ['another hash', set({ sha256: 'a'.repeat(64) })],
];

/** Lines that no tar can match, because headers have fixed lengths and entries fixed places. */
const impossible: readonly (readonly [string, TreeEntry['line']])[] = [
  ['a size of 2 to the 53 less one', set({ size: 2 ** 53 - 1 })],
  ['no mode', without('mode')],
  ['no owner', without('uid')],
  ['a time with a fraction', set({ mtime: '2023-11-14T22:13:20.000000001Z' })],
  ['no time', without('mtime')],
  ['another offset', set({ offset: 512 })],
  ['an offset behind its segment', set({ offset: 2 ** 40 })],
];

const times: readonly string[] = [
  'now',
  '',
  '2023-11-14',
  '2023-11-14T22:13:20Z',
  '2023-11-14T22:13:20.000Z',
  '2023-02-30T22:13:20.000000000Z',
  '2023-11-14T24:00:00.000000000Z',
  '2023-11-14T22:13:20.000000000+00:00',
  '2023-11-14 22:13:20.000000000Z',
  '99999-11-14T22:13:20.000000000Z',
  `${'9'.repeat(100_000)}Z`,
];

const pieces = (line: JsonObject): JsonObject[] =>
  Array.isArray(line.pieces) ? line.pieces.filter(isObject).map((piece) => ({ ...piece })) : [];
const withPieces =
  (bend: (pieces: JsonObject[]) => JsonObject[]) =>
  (line: JsonObject): JsonObject => ({
    ...line,
    pieces: bend(pieces(line)),
  });
const pieceAt = (at: number, changes: JsonObject) =>
  withPieces((all) => all.map((one, index) => (index === at ? { ...one, ...changes } : one)));

const plannedPieces: readonly (readonly [string, TreeEntry['line']])[] = [
  ['twice', withPieces((all) => [...all, ...all])],
  ['without the middle one', withPieces((all) => all.toSpliced(1, 1))],
  ['of which one is a byte short', pieceAt(1, { bytes: 65_535 })],
  ['of which one is a byte long', pieceAt(1, { bytes: 65_537 })],
  ['of which one begins within its segment', pieceAt(1, { offset: 512 })],
  ['all in one segment', withPieces((all) => all.map((one) => ({ ...one, segment: 1 })))],
  ['that are not the size', (line) => ({ ...line, size: 5 })],
  ['of 2 to the 53 bytes', pieceAt(1, { bytes: 2 ** 53 - 1 })],
  [
    'of which one is shorter, and the next longer',
    withPieces((all) =>
      all.map((one, index) => ({
        ...one,
        bytes: Number(one.bytes) + (index === 1 ? -512 : index === 2 ? 512 : 0),
      })),
    ),
  ],
];

const untruePieces: readonly (readonly [string, TreeEntry['line']])[] = [
  ['with another hash', pieceAt(1, { sha256: 'a'.repeat(64) })],
];

const contentsBend = (bend: (contents: Contents) => Contents): Shape['make'] =>
  archiveOfTree([ROOT, { path: 'a', content: 'hello' }], (component) => ({
    ...component,
    contents: component.contents.map(bend),
  }));

const members: readonly (readonly [string, Shape['make']])[] = [
  [
    'that end in the middle of a line',
    contentsBend((one) => ({ ...one, lines: String(one.lines).trimEnd() })),
  ],
  ['with an empty line at the end', contentsBend((one) => ({ ...one, lines: `${one.lines}\n` }))],
  ['of more entries than counted', contentsBend((one) => ({ ...one, lines: `${one.lines}${one.lines}` }))],
  ['of fewer entries than counted', contentsBend((one) => ({ ...one, entries: 3 }))],
  ['of no entries, two of them counted', contentsBend((one) => ({ ...one, lines: '' }))],
  ['with a byte order mark', contentsBend((one) => ({ ...one, lines: `\ufeff${one.lines}` }))],
  ['in UTF-16', contentsBend((one) => ({ ...one, lines: Buffer.from(String(one.lines), 'utf16le') }))],
];

const missing = (drop: (component: Component) => Component): Shape['make'] =>
  archiveOfTree([ROOT, { path: 'a', content: 'hello' }, { path: 'b', content: 'more' }], drop);

/** A segment in the middle of a file that is shorter than it must be. */
const notFull: Shape['make'] = archiveOfTree(
  [ROOT, { path: 'a', content: 'a' }, { path: 'large', content: LARGE }],
  (component) => {
    const [first, second, third] = component.segments;
    if (first === undefined || second === undefined || third === undefined) return component;
    const short = second.plain.subarray(0, 512);
    const segments: Segment[] = [first, { ...second, plain: short }, third];
    return { ...component, segments };
  },
);

export const contentsLines: readonly Shape[] = [
  ...none.map(([what, line]) => ({
    name: `a line ${what}`,
    make: withLine(line),
    refused: badContents(DAMAGED),
  })),
  ...untrue.map(([what, line]) => ({
    name: `a line that says ${what}`,
    make: withLine(line),
    refused: badSegments(DAMAGED),
  })),
  ...impossible.map(([what, line]) => ({
    name: `a line that says ${what}`,
    make: withLine(line),
    refused: badPlaces(DAMAGED),
  })),
  ...(
    [
      ['in another order', withPieces((all) => all.toReversed())],
      ['that begin elsewhere', set({ offset: 0 })],
    ] as const
  ).map(([what, line]) => ({
    name: `pieces ${what}`,
    make: withLarge(line),
    refused: badContents(DAMAGED),
  })),
  ...times.map((mtime) => ({
    name: `a line of the time ${JSON.stringify(mtime.slice(0, 40))}`,
    make: withLine(set({ mtime })),
    refused: badPlaces(DAMAGED),
  })),
  ...plannedPieces.map(([what, line]) => ({
    name: `pieces ${what}`,
    make: withLarge(line),
    refused: badPlaces(DAMAGED),
  })),
  ...untruePieces.map(([what, line]) => ({
    name: `pieces ${what}`,
    make: withLarge(line),
    refused: badSegments(DAMAGED),
  })),
  ...members.map(([what, make]) => ({ name: `contents ${what}`, make, refused: badContents(DAMAGED) })),
  {
    name: 'an entry that contents do not list',
    make: withLine(() => undefined),
    refused: badPlaces(DAMAGED),
  },
  {
    name: 'contents that list nothing of a tar that holds something',
    make: missing((component) => ({
      ...component,
      contents: component.contents.map((one) => ({ ...one, lines: '', entries: 0 })),
    })),
    refused: badPlaces(DAMAGED),
  },
  {
    name: 'contents that list a file twice, which the tar holds once',
    make: archiveOfTree(
      [
        ROOT,
        {
          path: 'a',
          content: 'hello',
          line: (line) => `${JSON.stringify(line)}\n${JSON.stringify({ ...line, path: 'b' })}`,
        },
      ],
      (component) => ({
        ...component,
        contents: component.contents.map((one) => ({ ...one, entries: one.entries + 1 })),
      }),
    ),
    refused: badPlaces(DAMAGED),
  },
  {
    name: 'a file whose middle piece does not fill its segment',
    make: notFull,
    refused: badPlaces(DAMAGED),
  },
  {
    name: 'an empty segment in the middle of a file',
    make: archiveOfTree([ROOT, { path: 'large', content: LARGE }], (component) => ({
      ...component,
      segments: component.segments.map((segment, index) =>
        index === 1 ? { ...segment, plain: Buffer.alloc(0) } : segment,
      ),
    })),
    refused: badPlaces(DAMAGED),
  },
  {
    name: 'segments that changed their numbers',
    make: archiveOfTree([ROOT, { path: 'large', content: LARGE }], (component) => ({
      ...component,
      segments: component.segments.map((segment, index, all) => ({
        ...segment,
        plain: all[all.length - 1 - index]?.plain ?? segment.plain,
      })),
    })),
    refused: badPlaces(DAMAGED),
  },
  {
    name: 'lines whose keys stand in another order',
    make: withLine((line) => JSON.stringify(Object.fromEntries(Object.entries(line).reverse()))),
    refused: harmless,
  },
  {
    name: 'lines that name their own component, and were changed',
    make: withLine(set({ component: 'files', changed: true })),
    refused: harmless,
  },
  { name: 'a file in three segments', make: withLarge((line) => line), refused: harmless },
  {
    name: 'parts of two tasks, each with an end of its own',
    make: archiveOfTree([ROOT, { path: 'a', content: 'a' }], (component) => ({
      ...component,
      segments: [...component.segments, { number: 7, plain: END }],
      contents: component.contents.map((one) => ({ ...one, lastSegment: 7 })),
    })),
    refused: harmless,
  },
];
