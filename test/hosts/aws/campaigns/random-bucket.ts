/** Buckets of a stub with odd keys, contents, metadata, tags and versions. */
import { createHash } from 'node:crypto';
import type { Random } from '../../../hostile/fuzz/random.ts';
import type { StubChecksum, StubObject } from '../../../stubs/stub-s3.ts';

const MIB = 1024 * 1024;

export const ODD_KEYS: readonly string[] = [
  ...['a', 'a/b', 'a/b/c', 'a//b', '/a', 'a/', './a', '../a', 'a/./b', '.', '..', '%', '%2E', '%_', '%~'],
  ...['grüße/€', 'emoji \u{1f600}', 'tab\there', 'line\nend', 'x\u0001y', 'a+b c&d=e?f#g', '__proto__'],
  ...[
    'constructor',
    'attributes/0/objects/a.jsonl',
    'objects/a',
    'u\u2028v',
    '"quoted"',
    "it's",
    '<xml>&amp;',
  ],
  ...[250, 251, 252, 253, 254, 255, 256, 300].map((length) => 'n'.repeat(length)),
  ...[`${'d'.repeat(255)}/e`, `${'ä'.repeat(127)}/x`, `deep/${'p/'.repeat(400)}q`, 'k'.repeat(1_000)],
];

const TEXTS: Readonly<Record<string, readonly string[]>> = {
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
  /** Objects that are streamed: one in so many. */
  readonly largeOneIn: number;
  /** Those that are put in parts: one in so many of the large. */
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
    ? ['class', '__proto__', 'a b&c=d', 'größe']
        .filter(() => random.chance(2))
        .map((name) => [name, `${random.below(9)} +&=`] as const)
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

/** What S3 says of an object that was put without a type. */
const NO_TYPE = 'binary/octet-stream';

/** All that must come back of an object, but its tags: those have a call of their own. */
export const shownObject = ({ body, headers }: Pick<StubObject, 'body' | 'headers'>): string => {
  const texts = [...new Map([['content-type', NO_TYPE], ...headers])].sort(([a], [b]) => (a < b ? -1 : 1));
  return `${body.length} bytes ${createHash('sha256').update(body).digest('hex')} ${JSON.stringify(texts)}`;
};

export const shownTags = (tags: StubObject['tags']): string =>
  JSON.stringify([...tags].sort(([a], [b]) => (a < b ? -1 : 1)));
