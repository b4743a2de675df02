/** Archives that cost far more to read than to make. Each is tried in a process of its own. */
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
const REFUSED = 'archive_entry_refused';

const ROOT: TreeEntry = { path: '.', flag: '5', mode: 0o755 };
const MEBIBYTE = 1024 * 1024;

const segmentPacked = (pack: (plain: Buffer) => Buffer): Shape['make'] =>
  archiveOfTree(smallTree, (component) => ({
    ...component,
    segments: component.segments.map((segment) => ({ ...segment, pack })),
  }));

/** Files whose paths have so many bytes, all below one folder of as many levels as that takes. */
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

const plannedWhole = (code: string): Shape['refused'] => ({
  deep: code,
  entries: code,
  plan: code,
  restore: code,
});

const levels = (depth: number): TreeEntry[] =>
  Array.from({ length: depth }, (_, index) => ({
    path: Array<string>(index + 1)
      .fill('d')
      .join('/'),
    flag: '5',
  }));

const stream = (component: Component): Component => component;

export const bounds: readonly Shape[] = [
  {
    name: 'a manifest of 24 megabytes of opening brackets',
    make: archive({ manifestText: () => '['.repeat(24_000_000) }),
    refused: unread(DAMAGED),
  },
  {
    name: 'a manifest of 24 megabytes of numbers',
    make: archive({
      manifestText: (text) => text.replace('"features":[]', `"features":[${'1,'.repeat(12_000_000)}1]`),
    }),
    refused: unread(DAMAGED),
  },
  {
    name: 'a manifest of 24 megabytes of keys',
    make: archive({
      manifestText: (text) => {
        const keys = Array.from({ length: 2_000_000 }, (_, index) => `"${index.toString(36)}":1`).join(',');
        return text.replace('{', `{${keys},`);
      },
    }),
    refused: unread(DAMAGED),
  },
  {
    name: 'a manifest of 24 megabytes of details',
    make: archive({
      manifestText: (text) => text.replace('"details":{}', `"details":{"x":[${'{},'.repeat(8_000_000)}{}]}`),
    }),
    refused: unread(DAMAGED),
  },
  {
    name: 'a manifest of 24 megabytes of one text',
    make: archive({ manifestText: (text) => text.replace('made by', `made by${'x'.repeat(24_000_000)}`) }),
    refused: unread(DAMAGED),
  },
  {
    name: 'a segment of 60,000 empty frames',
    make: segmentPacked((plain) =>
      Buffer.concat([...Array<Buffer>(60_000).fill(EMPTY_FRAME), zstdOf(plain)]),
    ),
    refused: badSegments(DAMAGED),
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
    refused: badContents(DAMAGED),
  },
  {
    name: 'a segment of 28 gigabytes in a megabyte',
    make: segmentPacked(() => Buffer.concat(Array<Buffer>(7).fill(zeroFrame(2 ** 32 - 1)))),
    refused: badSegments(BOMB),
  },
  {
    name: 'contents of 500 megabytes of one line feed after another',
    make: archiveOfTree(smallTree, (component) => ({
      ...component,
      contents: component.contents.map((one) => ({
        ...one,
        lines: Buffer.alloc(0),
        entries: 65_536,
        said: { plainBytes: 500 * MEBIBYTE },
        pack: () => zeroFrame(500 * MEBIBYTE),
      })),
    })),
    refused: badContents(DAMAGED),
  },
  {
    name: 'a tree of 2,000 paths of 30,000 bytes',
    make: archiveOfTree([ROOT, ...longPaths(2_000, 30_000)], stream, { segmentBytes: 16 * MEBIBYTE }),
    refused: plannedWhole(REFUSED),
  },
  {
    name: 'a tree of 3,000 levels',
    make: archiveOfTree([ROOT, ...levels(3_000)], stream, { segmentBytes: 16 * MEBIBYTE }),
    refused: plannedWhole(REFUSED),
  },
];

/** Trees that no file system takes, though they cost nothing. */
export const limits: readonly Shape[] = [
  {
    name: 'a window of 2 gigabytes, undeclared content',
    make: segmentPacked((plain) => rawFrame(plain, { content: undefined, window: 0xa8 })),
    refused: badSegments(DAMAGED),
  },
  {
    name: 'a tree with a name of 256 bytes',
    make: archiveOfTree([ROOT, { path: 'x'.repeat(256), content: 'x' }]),
    refused: plannedWhole(REFUSED),
  },
  {
    name: 'a tree with a path of 5,000 bytes',
    make: archiveOfTree([ROOT, ...longPaths(1, 5_000)]),
    refused: plannedWhole(REFUSED),
  },
  {
    name: 'a tree with an owner beyond 32 bits',
    make: archiveOfTree([ROOT, { path: 'a', uid: 2 ** 32 }]),
    refused: plannedWhole(REFUSED),
  },
  {
    name: 'a tree with a group beyond 32 bits',
    make: archiveOfTree([ROOT, { path: 'a', gid: 2 ** 40 }]),
    refused: plannedWhole(REFUSED),
  },
  {
    name: 'a tree with the owner that means none',
    make: archiveOfTree([ROOT, { path: 'a', uid: 2 ** 32 - 1 }]),
    refused: plannedWhole(REFUSED),
  },
  {
    name: 'a tree with a link of 5,000 bytes',
    make: archiveOfTree([ROOT, { path: 'a', flag: '2', link: 'x'.repeat(5_000) }]),
    refused: plannedWhole(REFUSED),
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
