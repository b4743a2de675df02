/** Named changes ("bends") that make a valid archive wrong, each at one place. */
import type { AgeBends, Chunk, Stanza } from '../writer/age.ts';
import {
  type ArchiveBends,
  type ArchivePlan,
  type Component,
  type Keys,
  type Segment,
  sealedIdentity,
} from '../writer/archive.ts';
import { isObject } from '../writer/json.ts';
import { END } from '../writer/outer-tar.ts';
import { lowOrderSigner, malleable } from '../writer/signing.ts';
import { EMPTY_FRAME, frameOf, rawFrame, skippableFrame, zeroFrame, zstdOf } from '../writer/zstd.ts';
import type { Random } from './random.ts';
import { bentBytes, bentJson, oddText } from './random-json.ts';

export const grease = (random: Random): Stanza => ({
  args: ['grease', oddText(random).replaceAll(/[^!-~]/g, '') || 'x'],
  body: random.bytes(random.below(100)),
});

export const one = <T>(random: Random, list: readonly T[], change: (value: T) => T): T[] => {
  const at = random.below(Math.max(1, list.length));
  return list.map((value, index) => (index === at ? change(value) : value));
};

const swapped = <T>(random: Random, list: readonly T[]): T[] => random.shuffled(list);
const doubled = <T>(random: Random, list: readonly T[]): T[] => {
  const at = random.below(Math.max(1, list.length));
  return list.flatMap((value, index) => (index === at ? [value, value] : [value]));
};
const dropped = <T>(random: Random, list: readonly T[]): T[] =>
  list.filter((_, index) => index !== random.below(list.length));

const agePayloads: readonly ((random: Random) => AgeBends & { sealed?: (bytes: Buffer) => Buffer })[] = [
  (random) => ({ payload: (bytes) => bentBytes(random, bytes) }),
  (random) => ({ header: (text) => bentBytes(random, Buffer.from(text, 'latin1')) }),
  () => ({ chunks: (chunks: Chunk[]) => chunks.map((chunk) => ({ ...chunk, last: false })) }),
  () => ({ chunks: (chunks: Chunk[]) => [...chunks, { plain: Buffer.alloc(0), last: true }] }),
  (random) => ({ chunks: (chunks: Chunk[]) => random.shuffled([...chunks, ...chunks]) }),
  (random) => ({ stanzas: () => [grease(random)] }),
  (random) => ({
    stanzas: (made) => [
      ...made,
      { args: ['scrypt', 'A'.repeat(22), random.pick(['4', '18', '30', '-1'])], body: random.bytes(32) },
    ],
  }),
  (random) => ({
    stanzas: (made) => made.map(({ args, body }) => ({ args, body: bentBytes(random, body) })),
  }),
  (random) => ({ sealed: (bytes) => bentBytes(random, bytes) }),
];

const packs: readonly ((random: Random) => (plain: Buffer) => Buffer)[] = [
  (random) => (plain) => bentBytes(random, zstdOf(plain)),
  () => (plain) => Buffer.concat([zstdOf(plain), zeroFrame(2 ** 31)]),
  () => (plain) => Buffer.concat([skippableFrame(Buffer.alloc(9)), zstdOf(plain)]),
  (random) => (plain) => rawFrame(plain, { content: BigInt(random.pick([0, 1, plain.length + 1, 2 ** 40])) }),
  (random) => (plain) => rawFrame(plain, { window: random.below(256), content: undefined }),
  (random) => (plain) => rawFrame(plain, { bits: random.below(256) }),
  (random) => () =>
    frameOf({
      content: 100n,
      blocks: [
        {
          type: random.pick(['raw', 'rle', 'compressed', 'reserved']),
          bytes: random.bytes(100),
          size: random.below(2 ** 21),
        },
      ],
    }),
  () => (plain) => Buffer.concat([...Array<Buffer>(50).fill(EMPTY_FRAME), zstdOf(plain)]),
  () => (plain) => zstdOf(Buffer.concat([plain, Buffer.alloc(1)])),
  () => (plain) => zstdOf(plain.subarray(1)),
  () => () => Buffer.alloc(0),
];

type SegmentBend = (random: Random, segment: Segment) => Segment;
const segmentBends: readonly (readonly [string, SegmentBend])[] = [
  ['age file', (random, segment) => ({ ...segment, ...random.pick(agePayloads)(random) })],
  ['frames', (random, segment) => ({ ...segment, pack: random.pick(packs)(random) })],
  ['plain bytes', (random, segment) => ({ ...segment, plain: bentBytes(random, segment.plain) })],
  [
    'plain bytes cut',
    (random, segment) => ({
      ...segment,
      plain: segment.plain.subarray(0, 512 * random.below(1 + segment.plain.length / 512)),
    }),
  ],
  ['end blocks before', (_random, segment) => ({ ...segment, plain: Buffer.concat([END, segment.plain]) })],
  ['end blocks behind', (_random, segment) => ({ ...segment, plain: Buffer.concat([segment.plain, END]) })],
  [
    'number',
    (random, segment) => ({
      ...segment,
      number: random.pick([0, segment.number + 1, 99_999_999, 100_000_000, 2 ** 40]),
    }),
  ],
  [
    'declared',
    (random, segment) => ({
      ...segment,
      said: { plainBytes: random.pick([0, 1, segment.plain.length + 1, 65_536, 2 ** 40]) },
    }),
  ],
];

type ComponentBend = (random: Random, component: Component) => Component;
export const componentBends: readonly (readonly [string, ComponentBend])[] = [
  ...segmentBends.map(([name, bend]): readonly [string, ComponentBend] => [
    `segment: ${name}`,
    (random, component) => ({
      ...component,
      segments: one(random, component.segments, (segment) => bend(random, segment)),
    }),
  ]),
  [
    'segments swapped',
    (random, component) => ({
      ...component,
      segments: component.segments.map((segment, index) => ({
        ...segment,
        plain: swapped(random, component.segments)[index]?.plain ?? segment.plain,
      })),
    }),
  ],
  ['segment twice', (random, component) => ({ ...component, segments: doubled(random, component.segments) })],
  [
    'segment dropped',
    (random, component) => ({ ...component, segments: dropped(random, component.segments) }),
  ],
  [
    'contents dropped',
    (random, component) => ({ ...component, contents: dropped(random, component.contents) }),
  ],
  [
    'contents: age file',
    (random, component) => ({
      ...component,
      contents: one(random, component.contents, (contents) => ({
        ...contents,
        ...random.pick(agePayloads)(random),
      })),
    }),
  ],
  [
    'contents: frames',
    (random, component) => ({
      ...component,
      contents: one(random, component.contents, (contents) => ({
        ...contents,
        pack: random.pick(packs)(random),
      })),
    }),
  ],
  [
    'contents: bytes',
    (random, component) => ({
      ...component,
      contents: one(random, component.contents, (contents) => ({
        ...contents,
        lines: bentBytes(random, Buffer.from(contents.lines)),
      })),
    }),
  ],
  [
    'contents: lines in another order',
    (random, component) => ({
      ...component,
      contents: one(random, component.contents, (contents) => ({
        ...contents,
        lines: random
          .shuffled(String(contents.lines).split('\n').slice(0, -1))
          .map((line) => `${line}\n`)
          .join(''),
      })),
    }),
  ],
  [
    'contents: counts',
    (random, component) => ({
      ...component,
      contents: one(random, component.contents, (contents) => ({
        ...contents,
        said: {
          [random.pick(['entries', 'firstSegment', 'lastSegment', 'plainBytes'])]: random.pick([
            0,
            1,
            2,
            3,
            65_536,
            2 ** 40,
          ]),
        },
      })),
    }),
  ],
  [
    'kind',
    (random, component) => ({
      ...component,
      kind: random.pick(['postgres', 'dynamodb', 's3', 'x'.repeat(64), oddText(random)]),
    }),
  ],
  [
    'id',
    (random, component) => ({
      ...component,
      id: random.pick(['__proto__', 'toString', 'a'.repeat(63), oddText(random)]),
    }),
  ],
  [
    'summary',
    (random, component) => ({
      ...component,
      summary: {
        [random.pick(['outcome', 'entries', 'sourceBytes', 'skipped', 'details', 'capturedAt'])]: bentJson(
          random,
          random.pick([5, 'x', [], {}]),
        ),
      },
    }),
  ],
];

export const planBends: readonly (readonly [
  string,
  (random: Random, plan: ArchivePlan, keys: Keys) => ArchivePlan,
])[] = [
  [
    'head',
    (random, plan) => {
      const bent = bentJson(random, plan.head);
      return isObject(bent) ? { ...plan, head: bent } : plan;
    },
  ],
  [
    'encryption',
    (random, plan) => {
      const bent = bentJson(random, plan.encryption);
      return isObject(bent) ? { ...plan, encryption: bent } : plan;
    },
  ],
  [
    'key: bytes',
    (random, plan) => ({ ...plan, key: { ...plan.key, bytes: bentBytes(random, plan.key.bytes) } }),
  ],
  [
    'key: of another archive',
    (_random, plan, keys) => ({
      ...plan,
      key: { ...plan.key, bytes: sealedIdentity(keys.backup.identity, keys.backup.recipient) },
    }),
  ],
  [
    'key: text',
    (random, plan, keys) => ({
      ...plan,
      key: {
        ...plan.key,
        bytes: sealedIdentity(
          bentBytes(random, Buffer.from(keys.archive.identity)).toString('latin1'),
          keys.backup.recipient,
        ),
      },
    }),
  ],
  [
    'key: name',
    (random, plan) => ({
      ...plan,
      key: { ...plan.key, name: random.pick(['key.kms', 'key', 'backup.log.age', oddText(random)]) },
    }),
  ],
  ['log', (random, plan) => ({ ...plan, log: oddText(random).repeat(random.pick([1, 100])) })],
  [
    'components twice',
    (_random, plan) => ({ ...plan, components: [...plan.components, ...plan.components] }),
  ],
];

export const wholeBends: readonly (readonly [string, (random: Random) => ArchiveBends])[] = [
  ['manifest', (random) => ({ manifest: (manifest) => bentJson(random, manifest) })],
  ['manifest', (random) => ({ manifest: (manifest) => bentJson(random, bentJson(random, manifest)) })],
  ['manifest text', (random) => ({ manifestText: (text) => bentBytes(random, Buffer.from(text)) })],
  ['holdfast.json', (random) => ({ head: (head) => bentJson(random, head) })],
  ['holdfast.json text', (random) => ({ headText: (text) => bentBytes(random, Buffer.from(text)) })],
  ['manifest.sig', (random) => ({ value: (value) => bentJson(random, value) })],
  ['manifest.sig text', (random) => ({ text: (text) => bentBytes(random, Buffer.from(text)) })],
  ['statement', (random) => ({ signed: (text) => bentBytes(random, Buffer.from(text)) })],
  [
    'signature',
    (random) => ({
      raw: (raw) => random.pick([malleable, (bytes: Buffer) => bentBytes(random, bytes)])(raw),
    }),
  ],
  ['signer of low order', () => ({ signer: lowOrderSigner(`01${'00'.repeat(31)}`) })],
  ['members in another order', (random) => ({ parts: (parts) => random.shuffled(parts) })],
  ['member twice', (random) => ({ parts: (parts) => doubled(random, parts) })],
  ['member dropped', (random) => ({ parts: (parts) => dropped(random, parts) })],
  [
    'member renamed',
    (random) => ({
      parts: (parts) =>
        one(random, parts, (part) => ({
          ...part,
          name: random.pick([...parts.map(({ name }) => name), 'x', '../x', 'verify.key']),
        })),
    }),
  ],
  [
    'member bent',
    (random) => ({
      parts: (parts) => one(random, parts, (part) => ({ ...part, bytes: bentBytes(random, part.bytes) })),
    }),
  ],
  ['frames in another order', (random) => ({ frames: (frames) => random.shuffled(frames) })],
  [
    'frame bent',
    (random) => ({ frames: (frames) => one(random, frames, (frame) => bentBytes(random, frame)) }),
  ],
  ['frame twice', (random) => ({ frames: (frames) => doubled(random, frames) })],
  ['frame dropped', (random) => ({ frames: (frames) => dropped(random, frames) })],
  ['file bent', (random) => ({ file: (bytes) => bentBytes(random, bytes) })],
  ['file cut', (random) => ({ file: (bytes) => bytes.subarray(0, random.below(bytes.length + 1)) })],
  [
    'file cut at a block',
    (random) => ({ file: (bytes) => bytes.subarray(0, 512 * random.below(1 + bytes.length / 512)) }),
  ],
];
