/** Segments whose age file or zstd frames differ from what a writer makes. */
import type { Chunk, Stanza } from '../writer/age.ts';
import {
  type Component,
  composeArchive,
  plainPlan,
  type SealBends,
  treeComponent,
} from '../writer/archive.ts';
import { treeOf } from '../writer/tree.ts';
import {
  EMPTY_FRAME,
  frameOf,
  rawFrame,
  skippableFrame,
  zeroFrame,
  zstdOf,
  zstdWithChecksum,
  zstdWithoutSize,
} from '../writer/zstd.ts';
import { badContents, badSegments, harmless, type Shape, smallTree } from './shape.ts';

const MALFORMED = 'age_malformed';
const DAMAGED = 'archive_damaged';
const BOMB = 'archive_bomb';

/** A tree whose only segment, or whose contents, are sealed in this way. */
const sealedSo =
  (where: 'segments' | 'contents', bends: SealBends): Shape['make'] =>
  (keys) => {
    const component = treeComponent(
      treeOf([...smallTree, { path: 'z', content: Buffer.alloc(50_000, 'z') }]),
    );
    const bent: Component =
      where === 'segments'
        ? { ...component, segments: component.segments.map((segment) => ({ ...segment, ...bends })) }
        : { ...component, contents: component.contents.map((contents) => ({ ...contents, ...bends })) };
    return composeArchive(keys, plainPlan(keys, [bent]));
  };

const one = (text: string): Stanza => ({ args: [text], body: Buffer.alloc(32) });
const split = (chunks: Chunk[], at: number): Chunk[] =>
  chunks.flatMap(({ plain, last }) => [
    { plain: plain.subarray(0, at), last: false },
    { plain: plain.subarray(at), last },
  ]);

const files: readonly (readonly [string, SealBends, string | undefined])[] = [
  ['is empty', { sealed: () => Buffer.alloc(0) }, MALFORMED],
  ['is not age', { sealed: () => Buffer.alloc(2_000, 'x') }, MALFORMED],
  ['is the plain tar', { sealed: () => Buffer.from('holdfast') }, MALFORMED],
  ['is cut by a byte', { payload: (bytes) => bytes.subarray(0, -1) }, MALFORMED],
  ['is cut behind its nonce', { payload: (bytes) => bytes.subarray(0, 16) }, MALFORMED],
  ['is cut within its nonce', { payload: (bytes) => bytes.subarray(0, 5) }, MALFORMED],
  ['has a byte behind its end', { payload: (bytes) => Buffer.concat([bytes, Buffer.alloc(1)]) }, MALFORMED],
  ['has a second age file behind its end', { sealed: (bytes) => Buffer.concat([bytes, bytes]) }, MALFORMED],
  [
    'has an empty last chunk',
    {
      chunks: (chunks) => [
        ...chunks.map((chunk) => ({ ...chunk, last: false })),
        { plain: Buffer.alloc(0), last: true },
      ],
    },
    MALFORMED,
  ],
  [
    'has a chunk behind the last one',
    { chunks: (chunks) => [...chunks, { plain: Buffer.from('more'), last: true }] },
    MALFORMED,
  ],
  [
    'has no last chunk',
    { chunks: (chunks) => chunks.map((chunk) => ({ ...chunk, last: false })) },
    MALFORMED,
  ],
  ['has chunks that are not full', { chunks: (chunks) => split(chunks, 100) }, MALFORMED],
  ['has an empty chunk only', { chunks: () => [{ plain: Buffer.alloc(0), last: true }] }, DAMAGED],
  [
    'has a header of 300 kilobytes',
    { stanzas: (made) => [...Array.from({ length: 6_000 }, () => one('grease')), ...made] },
    MALFORMED,
  ],
  [
    'has a header with stanzas that nobody knows',
    { stanzas: (made) => [one('grease'), ...made, one('x-grease')] },
    undefined,
  ],
  [
    'has a header longer than is read at first',
    { stanzas: (made) => [...Array.from({ length: 200 }, () => one('grease')), ...made] },
    undefined,
  ],
  ['has our stanza twice', { stanzas: (made) => [...made, ...made] }, undefined],
  ['has no stanza for the archive key', { stanzas: () => [one('X25519')] }, MALFORMED],
  ['has only stanzas that nobody knows', { stanzas: () => [one('piv-p256')] }, 'wrong_key'],
  [
    'asks for a passphrase',
    { stanzas: () => [{ args: ['scrypt', 'A'.repeat(22), '18'], body: Buffer.alloc(32) }] },
    'wrong_key',
  ],
  [
    'asks for a costly passphrase',
    { stanzas: () => [{ args: ['scrypt', 'A'.repeat(22), '30'], body: Buffer.alloc(32) }] },
    'passphrase_too_costly',
  ],
];

const patched =
  (at: number, byte: number) =>
  (plain: Buffer): Buffer => {
    const frame = Buffer.from(zstdOf(plain));
    frame[at] = byte;
    return frame;
  };

const packs: readonly (readonly [string, (plain: Buffer) => Buffer, string | undefined])[] = [
  ['nothing', () => Buffer.alloc(0), DAMAGED],
  ['the bytes as they are', (plain) => plain, DAMAGED],
  ['gzip', () => Buffer.from('1f8b0800000000000003030000000000', 'hex'), DAMAGED],
  ['a frame cut by a byte', (plain) => zstdOf(plain).subarray(0, -1), DAMAGED],
  ['a frame cut in its header', (plain) => zstdOf(plain).subarray(0, 5), DAMAGED],
  ['a byte behind the frame', (plain) => Buffer.concat([zstdOf(plain), Buffer.alloc(1)]), DAMAGED],
  ['a frame of the old format', (plain) => patched(0, 0x27)(plain), DAMAGED],
  ['a frame with the reserved bit', (plain) => rawFrame(plain, { bits: 8 }), DAMAGED],
  [
    'a block of the reserved type',
    (plain) =>
      frameOf({
        content: BigInt(plain.length),
        blocks: [{ type: 'reserved', bytes: plain.subarray(0, 100) }],
      }),
    DAMAGED,
  ],
  ['a dictionary', (plain) => rawFrame(plain, { dictionary: 77 }), DAMAGED],
  ['a wrong checksum', (plain) => rawFrame(plain, { checksum: Buffer.alloc(4) }), DAMAGED],
  [
    'a size that is less than is there',
    (plain) => rawFrame(plain, { content: BigInt(plain.length - 1) }),
    DAMAGED,
  ],
  [
    'a size that is more than is there',
    (plain) => rawFrame(plain, { content: BigInt(plain.length + 1) }),
    BOMB,
  ],
  ['a size beyond all numbers', (plain) => rawFrame(plain, { content: 2n ** 64n - 1n }), BOMB],
  ['a size of 2 to the 63', (plain) => rawFrame(plain, { content: 2n ** 63n }), BOMB],
  ['a frame too many', (plain) => Buffer.concat([zstdOf(plain), zstdOf(Buffer.alloc(1))]), BOMB],
  ['a frame too few', (plain) => rawFrame(plain.subarray(0, -1)), DAMAGED],
  ['4 gigabytes of zeros', () => zeroFrame(2 ** 32), BOMB],
  ['4 gigabytes of zeros, undeclared', () => zeroFrame(2 ** 32, { content: undefined, window: 0x38 }), BOMB],
  [
    'a skippable frame before it',
    (plain) => Buffer.concat([skippableFrame(Buffer.from('hidden')), zstdOf(plain)]),
    DAMAGED,
  ],
  [
    'a skippable frame behind it',
    (plain) => Buffer.concat([zstdOf(plain), skippableFrame(Buffer.alloc(100))]),
    DAMAGED,
  ],
  [
    'a block larger than blocks are',
    (plain) =>
      frameOf({ content: BigInt(plain.length), blocks: [{ type: 'raw', bytes: Buffer.alloc(200_000) }] }),
    DAMAGED,
  ],
  ['a window of 2 to the 41', (plain) => rawFrame(plain, { content: undefined, window: 0xff }), DAMAGED],
  [
    'a compressed block of rubbish',
    (plain) =>
      frameOf({
        content: BigInt(plain.length),
        blocks: [{ type: 'compressed', bytes: Buffer.alloc(300, 0xa5) }],
      }),
    DAMAGED,
  ],
  ['frames with checksums', zstdWithChecksum, undefined],
  ['a frame that does not say its size', zstdWithoutSize, undefined],
  ['raw blocks', (plain) => rawFrame(plain), undefined],
  [
    'a frame for each byte of the first hundred',
    (plain) =>
      Buffer.concat([
        ...Array.from({ length: 100 }, (_, at) => rawFrame(plain.subarray(at, at + 1))),
        zstdOf(plain.subarray(100)),
      ]),
    undefined,
  ],
  ['an empty frame before it', (plain) => Buffer.concat([EMPTY_FRAME, zstdOf(plain)]), undefined],
  ['an empty frame behind it', (plain) => Buffer.concat([zstdOf(plain), EMPTY_FRAME]), undefined],
  ['a window of 128 mebibytes', (plain) => rawFrame(plain, { window: 0x88 }), undefined],
];

export const sealing: readonly Shape[] = [
  ...files.flatMap(([what, bends, code]) => [
    {
      name: `a segment that ${what}`,
      make: sealedSo('segments', bends),
      refused: code === undefined ? harmless : badSegments(code),
    },
    {
      name: `contents whose member ${what}`,
      make: sealedSo('contents', bends),
      refused: code === undefined ? harmless : badContents(code),
    },
  ]),
  ...packs.flatMap(([what, pack, code]) => [
    {
      name: `a segment compressed to ${what}`,
      make: sealedSo('segments', { pack }),
      refused: code === undefined ? harmless : badSegments(code),
    },
    {
      name: `contents compressed to ${what}`,
      make: sealedSo('contents', { pack }),
      refused: code === undefined ? harmless : badContents(code),
    },
  ]),
];
