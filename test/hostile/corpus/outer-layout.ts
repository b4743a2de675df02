/** Files whose outer tar differs from the one that the manifest describes. */
import { gzipSync } from 'node:zlib';
import { BLOCK, outerBlock, padded, withSum } from '../writer/outer-tar.ts';
import { archive, replaceOnce, type Shape, unread, unverified } from './shape.ts';

const DAMAGED = 'archive_damaged';
const CUT = 'archive_cut';
const FOREIGN = 'archive_not_recognised';

const files: readonly (readonly [string, (bytes: Buffer) => Buffer, string])[] = [
  ['nothing', () => Buffer.alloc(0), FOREIGN],
  ['one byte', (bytes) => bytes.subarray(0, 1), FOREIGN],
  ['zeros', () => Buffer.alloc(10_240), FOREIGN],
  ['text', () => Buffer.alloc(10_000, 'text '), FOREIGN],
  ['the archive, compressed', (bytes) => gzipSync(bytes), FOREIGN],
  ['the first block alone', (bytes) => bytes.subarray(0, BLOCK), CUT],
  ['the head alone', (bytes) => bytes.subarray(0, 1_024), CUT],
  ['the archive without its last byte', (bytes) => bytes.subarray(0, -1), CUT],
  ['the archive without its last block', (bytes) => bytes.subarray(0, -BLOCK), CUT],
  ['the archive without its end', (bytes) => bytes.subarray(0, -1_024), CUT],
  ['the archive without its signature', (bytes) => bytes.subarray(0, -2_048), CUT],
  ['the end alone', (bytes) => bytes.subarray(-2_048), CUT],
  ['the end, and half of the manifest', (bytes) => bytes.subarray(-3_000), CUT],
  ['the archive without its first block', (bytes) => bytes.subarray(BLOCK), CUT],
  ['the archive and a byte', (bytes) => Buffer.concat([bytes, Buffer.from('x')]), CUT],
  ['the archive and a NUL', (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]), CUT],
  [
    'the archive filled up to 10,240 bytes',
    (bytes) => Buffer.concat([bytes, Buffer.alloc(10_240 - (bytes.length % 10_240))]),
    CUT,
  ],
  ['the archive twice', (bytes) => Buffer.concat([bytes, bytes]), DAMAGED],
  ['a block of zeros and the archive', (bytes) => Buffer.concat([Buffer.alloc(BLOCK), bytes]), DAMAGED],
  [
    'a script and the archive',
    (bytes) => Buffer.concat([padded(Buffer.from('#!/bin/sh\n')), bytes]),
    DAMAGED,
  ],
];

type BlockBend = (block: Buffer) => Buffer;
const field =
  (at: number, text: string): BlockBend =>
  (block) => {
    const bent = Buffer.from(block);
    bent.write(text, at, 'latin1');
    return withSum(bent);
  };

const headers: readonly (readonly [string, BlockBend])[] = [
  ['another name', field(0, 'X')],
  ['a name behind its NUL', field(99, 'X')],
  ['another mode', field(100, '0000755')],
  ['setuid', field(100, '0004755')],
  ['an owner', field(108, '0000001')],
  ['a group', field(116, '0000001')],
  ['a size with spaces', field(124, '         ')],
  ['a size in base 256', field(124, '\x80')],
  ['another time', field(136, '00000000000')],
  ['the type of a link', field(156, '2')],
  ['the type of a hard link', field(156, '1')],
  ['the type of a directory', field(156, '5')],
  ['the type of a device', field(156, '3')],
  ['the type of a pipe', field(156, '6')],
  ['the old type NUL', field(156, '\0')],
  ['the type 7', field(156, '7')],
  ['the target of a link', field(157, '/etc/passwd')],
  ['the magic of GNU', field(257, 'ustar  \0')],
  ['the name of an owner', field(265, 'root')],
  ['a device', field(329, '0000001')],
  ['a prefix', field(345, '..')],
  ['bytes at its end', field(500, 'x')],
  [
    'another sum',
    (block) => {
      const bent = Buffer.from(block);
      bent[148] = 0x37;
      return bent;
    },
  ],
  [
    'a sum that ends in a space',
    (block) => {
      const bent = Buffer.from(block);
      bent.write(' \0', 154, 'latin1');
      return bent;
    },
  ],
];

const frameAt = (frames: readonly Buffer[], at: number): number => (at < 0 ? frames.length + at : at);

const bentFrame = (at: number, bend: BlockBend) => (frames: Buffer[]) =>
  frames.map((frame, index) =>
    index === frameAt(frames, at)
      ? Buffer.concat([bend(frame.subarray(0, BLOCK)), frame.subarray(BLOCK)])
      : frame,
  );

const bentPadding = (at: number) => (frames: Buffer[]) =>
  frames.map((frame, index) => {
    if (index !== frameAt(frames, at)) return frame;
    const bent = Buffer.from(frame);
    bent[bent.length - 1] = 1;
    return bent;
  });

const inserted =
  (at: number, ...blocks: Buffer[]) =>
  (frames: Buffer[]) =>
    frames.toSpliced(frameAt(frames, at), 0, ...blocks);

const TIME = 1_795_143_600;
const typed = (name: string, flag: string, link = ''): Buffer => {
  const block = outerBlock(name, 0, TIME);
  block.write(flag, 156, 'latin1');
  block.write(link, 157, 'latin1');
  return withSum(block);
};

const pax = (records: string): Buffer[] => {
  const block = outerBlock('PaxHeader', records.length, TIME);
  block.write('x', 156, 'latin1');
  return [withSum(block), padded(Buffer.from(records))];
};

const SEGMENT = 2;
const MANIFEST = -3;
const SIGNATURE = -2;

const insertions: readonly (readonly [string, (frames: Buffer[]) => Buffer[]])[] = [
  ['a symbolic link before the head', inserted(0, typed('verify.key', '2', '/etc/passwd'))],
  [
    'a symbolic link called manifest.json before the manifest',
    inserted(MANIFEST, typed('manifest.json', '2', '/etc/passwd')),
  ],
  ['a pipe called statement', inserted(SEGMENT, typed('statement', '6'))],
  ['a directory called components', inserted(SEGMENT, typed('components', '5'))],
  ['a pax header before a segment', inserted(SEGMENT, ...pax('19 path=../outside\n'))],
  ['a GNU long name before a segment', inserted(SEGMENT, typed('././@LongLink', 'L'))],
  ['two blocks of zeros before a segment', inserted(SEGMENT, Buffer.alloc(1_024))],
  ['a block of zeros before the manifest', inserted(MANIFEST, Buffer.alloc(BLOCK))],
  ['a file that the manifest does not know', inserted(SEGMENT, outerBlock('members.sha256', 0, TIME))],
];

/** Stages that read only the end, or a member without its frame, do not detect these. */
export const outerLayout: readonly Shape[] = [
  ...files.map(([what, file, code]) => ({
    name: `a file that is ${what}`,
    make: archive({ file }),
    refused: unread(code),
  })),
  ...headers.flatMap(([what, bend]) => [
    {
      name: `a segment whose header has ${what}`,
      make: archive({ frames: bentFrame(SEGMENT, bend) }),
      refused: unverified(DAMAGED),
    },
    {
      name: `a manifest whose header has ${what}`,
      make: archive({ frames: bentFrame(MANIFEST, bend) }),
      refused: unread(DAMAGED),
    },
  ]),
  ...headers
    .filter(
      ([what]) =>
        ![
          'another name',
          'a size with spaces',
          'a size in base 256',
          'a size',
          'the magic of GNU',
          'a name behind its NUL',
        ].includes(what),
    )
    .map(([what, bend]) => ({
      name: `a signature whose header has ${what}`,
      make: archive({ frames: bentFrame(SIGNATURE, bend) }),
      refused: unread(DAMAGED),
    })),
  {
    name: 'a signature whose header has another name',
    make: archive({ frames: bentFrame(SIGNATURE, field(0, 'X')) }),
    refused: unread(CUT),
  },
  ...(
    [
      '00000000000',
      '00000001001',
      '99999999999',
      '-0000000100',
      '           ',
      '\x80\0\0\0\0\0\0\0\0\0\x01',
    ] as const
  ).map((size) => ({
    name: `a signature of the size ${JSON.stringify(size)}`,
    make: archive({ frames: bentFrame(SIGNATURE, field(124, size)) }),
    refused: unread(DAMAGED),
  })),
  ...(
    [
      ['a segment', SEGMENT, unverified(DAMAGED)],
      ['the head', 0, unverified(DAMAGED)],
      ['the manifest', MANIFEST, unread(DAMAGED)],
      ['the signature', SIGNATURE, unread(DAMAGED)],
      ['the archive', -1, unread(DAMAGED)],
    ] as const
  ).map(([what, at, refused]) => ({
    name: `a byte in the padding behind ${what}`,
    make: archive({ frames: bentPadding(at) }),
    refused,
  })),
  ...insertions.map(([what, frames]) => ({
    name: `a tar with ${what}`,
    make: archive({ frames }),
    refused: unread(DAMAGED),
  })),
  {
    name: 'two segments that changed places',
    make: archive({
      frames: (frames) => {
        const [a, b] = [frames[4], frames[5]];
        return a === undefined || b === undefined ? frames : frames.with(4, b).with(5, a);
      },
    }),
    refused: { verify: DAMAGED, deep: DAMAGED, restore: DAMAGED },
  },
  ...(
    [
      ['backupId', '"backupId":"crafted', '"backupId":"Crafted'],
      ['installation', '"installation":"stranger"', '"installation":"friend"'],
      ['createdAt', '03:00:00.250Z', '03:00:00.251Z'],
      ['createdBy', 'nobody@', 'somebody@'],
      ['description', 'made by', 'not made by'],
      ['scope', '"scope":"system"', '"scope":"domain"'],
      ['domain', '"domain":"root"', '"domain":"blue"'],
      ['productVersion', '"0.1.0"', '"0.2.0"'],
      ['segmentBytes', '65536', '65537'],
    ] as const
  ).map(([key, from, to]) => ({
    name: `a head with another ${key} than the manifest`,
    make: archive({ headText: (text) => replaceOnce(text, from, to) }),
    refused: unverified(DAMAGED),
  })),
];
