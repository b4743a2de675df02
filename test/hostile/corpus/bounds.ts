/** Archives that cost far more to read than to make. Each runs in a separate process. */
import type { Component } from '../writer/archive.ts';
import type { TreeEntry } from '../writer/tree.ts';
import { EMPTY_FRAME, rawFrame, zeroFrame, zstdOf } from '../writer/zstd.ts';
import {
  archive,
  archiveOfTree,
  badContents,
  badSegments,
  harmless,
  type Shape,
  smallTree,
  unread,
} from './shape.ts';

const DAMAGED = 'archive_damaged';
const BOMB = 'archive_bomb';
/** Too large to open for an unknown signer. */
const UNKNOWN = 'archive_signer_unknown';

const ROOT: TreeEntry = { path: '.', flag: '5', mode: 0o755 };
const MEBIBYTE = 1024 * 1024;

const segmentPacked = (pack: (plain: Buffer) => Buffer): Shape['make'] =>
  archiveOfTree(smallTree, (component) => ({
    ...component,
    segments: component.segments.map((segment) => ({ ...segment, pack })),
  }));

/** Files whose paths have this many bytes, all below one folder, with as many levels as that needs. */
const longPaths = (count: number, bytes: number): TreeEntry[] => {
  const folder = 'x'.repeat(200);
  const above = Array<string>(Math.ceil(bytes / 201))
    .fill(folder)
    .join('/')
    .slice(0, bytes - 10);
  return Array.from({ length: count }, (_, index) => ({
    path: `${above}${String(index).padStart(8, '0')}z`,
  }));
};

/** A valid archive that no file system can hold; its plan says so. */
const unholdable: Shape['refused'] = { plan: 'target_conflict', restore: 'target_conflict' };

const levels = (depth: number): TreeEntry[] =>
  Array.from({ length: depth }, (_, index) => ({
    path: Array<string>(index + 1)
      .fill('d')
      .join('/'),
    flag: '5',
  }));

const stream = (component: Component): Component => component;

/** Manifests of about this many megabytes. */
const manifests: readonly (readonly [string, (megabytes: number) => Shape['make']])[] = [
  ['opening brackets', (megabytes) => archive({ manifestText: () => '['.repeat(megabytes * 1_000_000) })],
  [
    'numbers',
    (megabytes) =>
      archive({
        manifestText: (text) =>
          text.replace('"features":[]', `"features":[${'1,'.repeat(megabytes * 500_000)}1]`),
      }),
  ],
  [
    'keys',
    (megabytes) =>
      archive({
        manifestText: (text) => {
          const count = Math.round((megabytes * 1_000_000) / 12);
          const keys = Array.from({ length: count }, (_, index) => `"${index.toString(36)}":1`).join(',');
          return text.replace('{', `{${keys},`);
        },
      }),
  ],
  [
    'details',
    (megabytes) =>
      archive({
        manifestText: (text) =>
          text.replace('"details":{}', `"details":{"x":[${'{},'.repeat(megabytes * 333_000)}{}]}`),
      }),
  ],
  [
    'one text',
    (megabytes) =>
      archive({
        manifestText: (text) => text.replace('made by', `made by${'x'.repeat(megabytes * 1_000_000)}`),
      }),
  ],
  [
    'one text in another script',
    (megabytes) =>
      archive({
        manifestText: (text) => text.replace('made by', `made by${'\u{1f512}'.repeat(megabytes * 250_000)}`),
      }),
  ],
  [
    'escapes in one text',
    (megabytes) =>
      archive({
        manifestText: (text) => text.replace('made by', `made by${'\\"'.repeat(megabytes * 500_000)}`),
      }),
  ],
];

const oneTextOfDetails = (megabytes: number): Shape['make'] =>
  archive({
    manifestText: (text) =>
      text.replace('"details":{}', `"details":{"x":"${'x'.repeat(megabytes * 1_000_000)}"}`),
  });

/** A tree with a contents member that declares this many bytes, all of them line feeds. */
const emptyLines = (mebibytes: number): Shape['make'] =>
  archiveOfTree(smallTree, (component) => ({
    ...component,
    contents: component.contents.map((one) => ({
      ...one,
      lines: Buffer.alloc(0),
      entries: 65_536,
      said: { plainBytes: mebibytes * MEBIBYTE },
      pack: () => zeroFrame(mebibytes * MEBIBYTE),
    })),
  }));

export const bounds: readonly Shape[] = [
  ...manifests.flatMap(([what, make]): Shape[] => [
    { name: `a manifest of 15 megabytes of ${what}`, make: make(15), refused: unread(DAMAGED) },
    { name: `a manifest of 24 megabytes of ${what}`, make: make(24), refused: unread(UNKNOWN) },
    {
      name: `a manifest of 24 megabytes of ${what}, by a signer who is known`,
      make: make(24),
      known: true,
      refused: unread(DAMAGED),
    },
  ]),
  { name: 'details of 15 megabytes of one text', make: oneTextOfDetails(15), refused: unread(DAMAGED) },
  { name: 'details of 8 megabytes of one text', make: oneTextOfDetails(8), refused: harmless },
  {
    name: 'a segment of 60,000 empty frames',
    make: segmentPacked((plain) =>
      Buffer.concat([...Array<Buffer>(60_000).fill(EMPTY_FRAME), zstdOf(plain)]),
    ),
    refused: badSegments(BOMB),
  },
  {
    name: 'contents of 200,000 empty frames',
    make: archiveOfTree(smallTree, (component) => ({
      ...component,
      contents: component.contents.map((one) => ({
        ...one,
        pack: (plain: Buffer) => Buffer.concat([...Array<Buffer>(200_000).fill(EMPTY_FRAME), zstdOf(plain)]),
      })),
    })),
    refused: badContents(BOMB),
  },
  {
    name: 'a segment of 28 gigabytes in a megabyte',
    make: segmentPacked(() => Buffer.concat(Array<Buffer>(7).fill(zeroFrame(2 ** 32 - 1)))),
    refused: badSegments(BOMB),
  },
  {
    name: 'contents of 500 megabytes of zeros',
    make: emptyLines(500),
    refused: badContents(UNKNOWN),
  },
  {
    name: 'contents of 16 megabytes of zeros',
    make: emptyLines(16),
    refused: badContents(DAMAGED),
  },
  {
    name: 'a tree of 2,000 paths of 30,000 bytes',
    make: archiveOfTree([ROOT, ...longPaths(2_000, 30_000)], stream, { segmentBytes: 16 * MEBIBYTE }),
    refused: badContents(UNKNOWN),
  },
  {
    name: 'a tree of 400 paths of 30,000 bytes',
    make: archiveOfTree([ROOT, ...longPaths(400, 30_000)], stream, { segmentBytes: 16 * MEBIBYTE }),
    refused: unholdable,
  },
  {
    name: 'a tree of 3,000 levels',
    make: archiveOfTree([ROOT, ...levels(3_000)], stream, { segmentBytes: 16 * MEBIBYTE }),
    refused: unholdable,
  },
];

/** Trees that no file system can hold, although they are cheap to read. */
export const limits: readonly Shape[] = [
  {
    name: 'a window of 2 gigabytes, undeclared content',
    make: segmentPacked((plain) => rawFrame(plain, { content: undefined, window: 0xa8 })),
    refused: badSegments(DAMAGED),
  },
  {
    name: 'a tree with a name of 256 bytes',
    make: archiveOfTree([ROOT, { path: 'x'.repeat(256), content: 'x' }]),
    refused: unholdable,
  },
  {
    name: 'a tree with a path of 5,000 bytes',
    make: archiveOfTree([ROOT, ...longPaths(1, 5_000)]),
    refused: unholdable,
  },
  {
    name: 'a tree with an owner beyond 32 bits',
    make: archiveOfTree([ROOT, { path: 'a', uid: 2 ** 32 }]),
    refused: unholdable,
  },
  {
    name: 'a tree with a group beyond 32 bits',
    make: archiveOfTree([ROOT, { path: 'a', gid: 2 ** 40 }]),
    refused: unholdable,
  },
  {
    name: 'a tree with the owner that means none',
    make: archiveOfTree([ROOT, { path: 'a', uid: 2 ** 32 - 1 }]),
    refused: unholdable,
  },
  {
    name: 'a tree with a link of 5,000 bytes',
    make: archiveOfTree([ROOT, { path: 'a', flag: '2', link: 'x'.repeat(5_000) }]),
    refused: unholdable,
  },
  {
    name: 'a tree of the year 9999',
    make: archiveOfTree([ROOT, { path: 'a', seconds: 253_402_300_799 }]),
    refused: harmless,
  },
  {
    name: 'a tree from before 1970',
    make: archiveOfTree([ROOT, { path: 'a', seconds: -62_135_596_800, nanoseconds: 1 }]),
    refused: harmless,
  },
];
