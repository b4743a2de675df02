/** Random buckets of a stub, with unusual keys, contents, metadata, tags and versions. */
import { createHash } from 'node:crypto';
import type { Random } from '../../../hostile/fuzz/random.ts';
import type { StubChecksum, StubObject } from '../../../stubs/stub-s3.ts';

const MIB = 1024 * 1024;

/** Unusual keys, grouped by what is unusual about them. */
export const KEY_CLASSES = {
  plain: ['a', 'attributes/0/objects/a.jsonl', 'objects/a', '__proto__', 'constructor'],
  'beside what lies below them': ['b', 'b/c', 'b/c/d'],
  'empty parts': ['a//b', '/a', 'c/'],
  dots: ['./a', '../a', 'a/./b', '.', '..'],
  'percent signs': ['%', '%2E', '%_', '%~'],
  'marks of addresses': ['a+b c&d=e?f#g', "it's", '"quoted"', '<xml>&amp;'],
  'beyond ASCII': ['grüße/€', 'emoji \u{1f600}', 'u\u2028v'],
  'control characters': ['tab\there', 'line\nend', 'x\u0001y'],
  'long names': [250, 251, 252, 253, 254, 255].map((length) => `${length}`.padEnd(length, 'n')),
  'names of more than 255 bytes': ['n'.repeat(256), 'n'.repeat(300), `${'ä'.repeat(150)}/x`],
  'long paths': [`${'d'.repeat(255)}/e`, `deep/${'p/'.repeat(400)}q`, `${`${'k'.repeat(200)}/`.repeat(4)}e`],
} as const satisfies Record<string, readonly string[]>;

export const ODD_KEYS: readonly string[] = Object.values(KEY_CLASSES).flat();

/** The values to try for each header that a backup keeps. */
export const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'content-type': ['text/plain', 'image/png; x=1'],
  'content-encoding': ['gzip', 'br'],
  'content-disposition': ['attachment; filename="x.txt"'],
  'content-language': ['de', 'en, fr'],
  'cache-control': ['no-store', 'max-age=60'],
  expires: ['Wed, 21 Oct 2026 07:28:00 GMT', '0', 'never'],
  'x-amz-website-redirect-location': ['/elsewhere'],
  'x-amz-meta-owner': ['Ada', ''],
  'x-amz-meta-__proto__': ['x'],
};

export interface RandomObject {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
  readonly tags: StubObject['tags'];
  readonly checksum: StubChecksum;
}

export interface BucketSizes {
  /** One of this many objects is large enough to be streamed. */
  readonly largeOneIn: number;
  /** One of this many large objects is uploaded in parts. */
  readonly partsOneIn: number;
}

export const randomObject = (random: Random, { largeOneIn, partsOneIn }: BucketSizes): RandomObject => {
  const bytes = random.chance(largeOneIn)
    ? random.chance(partsOneIn)
      ? 16 * MIB + random.below(MIB)
      : 4 * MIB + random.below(MIB)
    : random.pick([0, 1, random.below(3_000), random.below(100_000)]);
  const headers = Object.entries(TEXTS)
    .filter(() => random.chance(4))
    .map(([name, texts]): [string, string] => [name, random.pick(texts)]);
  const tags = random.chance(3)
    ? ['class', '__proto__', 'a b+c=d', 'größe']
        .filter(() => random.chance(2))
        .map((name) => [name, `${random.below(9)} +=@`] as const)
    : [];
  return {
    body: random.content(bytes),
    headers: Object.fromEntries(headers),
    tags,
    checksum: randomChecksum(random, bytes),
  };
};

const randomChecksum = (random: Random, bytes: number): StubChecksum => {
  const parts: number[] = [];
  for (let left = bytes; left > 0 && parts.length < 3; left -= parts.at(-1) ?? 0)
    parts.push(parts.length === 2 ? left : random.between(1, left));
  const sum = parts.reduce((total, part) => total + part, 0);
  if (sum < bytes || bytes === 0) parts.push(bytes - sum);
  return {
    algorithm: random.pick(['crc32', 'crc32', 'crc64nvme', 'crc32c', 'sha256', 'sha1']),
    composite: random.chance(2),
    parts,
  };
};

/** The content type that S3 reports for an object uploaded without one. */
const NO_TYPE = 'binary/octet-stream';

/** All of an object that a restore must bring back, except its tags, which S3 returns by a separate call. */
export const shownObject = ({ body, headers }: Pick<StubObject, 'body' | 'headers'>): string => {
  const texts = [...new Map([['content-type', NO_TYPE], ...headers])].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${body.length} bytes ${createHash('sha256').update(body).digest('hex')} ${JSON.stringify(texts)}`;
};

export const shownTags = (tags: StubObject['tags']): string =>
  JSON.stringify([...tags].sort(([a], [b]) => (a < b ? -1 : 1)));
