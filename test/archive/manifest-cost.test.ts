/** Reading a hostile manifest costs time and memory in proportion to its size, and its size is limited. */
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, parseCanonicalJson } from '../../lib/archive/canonical-json.ts';
import { ArchiveError } from '../../lib/archive/errors.ts';
import { type Manifest, manifestSchema } from '../../lib/archive/format.ts';
import { JsonMeter, jsonExcess } from '../../lib/archive/json-cost.ts';
import { generateSigningKey } from '../../lib/archive/keys/signature.ts';
import { membersOfRun, type ParsedManifest, parseManifest } from '../../lib/archive/layout/manifest-parse.ts';
import { checkManifest } from '../../lib/archive/layout/manifest-rules.ts';
import { type ByteSource, bytesSource } from '../../lib/archive/reader/byte-source.ts';
import { inspectArchive } from '../../lib/archive/reader/inspect.ts';
import { openArchive } from '../../lib/archive/reader/open.ts';
import { SegmentPool } from '../../lib/archive/threads/segment-pool.ts';
import { testSeed } from '../random-pieces.ts';
import { craftArchive } from './crafted/crafted-archive.ts';
import { makeSampleArchive } from './samples/sample-archive.ts';

const seed = testSeed();
console.log(`manifest-cost: SEED=${seed}`);
jest.setTimeout(120_000);

const pool = new SegmentPool({ size: 1 });
afterAll(() => pool.close());

const MiB = 1024 * 1024;
/** The processor time of this thread only; other threads do not count. */
const cpuMilliseconds = async (work: () => Promise<unknown>): Promise<number> => {
  const before = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
};
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'taken',
    (error: unknown) => {
      if (!(error instanceof ArchiveError)) throw error;
      return error.code;
    },
  );

const sha256 = 'a'.repeat(64);
const segments = (count: number): string =>
  Array.from(
    { length: count },
    (_, index) =>
      `{"name":"components/files/${String(index + 1).padStart(8, '0')}.tar.zst.age","size":300,"sha256":"${sha256}","plainBytes":1024}`,
  ).join(',');
/** The correct manifest with another list of members. */
const withMembers = (list: string) => (right: string) =>
  right.replace(/"members":\[.*\]\}\n$/, `"members":[${list}]}\n`);
const withDetails = (details: string) => (right: string) =>
  right.replace('"details":{}', `"details":{${details}}`);

const costly: Readonly<Record<string, (right: string) => string>> = {
  'a hundred MiB of brackets': () => '['.repeat(100 * MiB),
  '16 MiB of brackets': () => '['.repeat(16 * MiB),
  '16 MiB of brackets in details': withDetails(`"x":${'['.repeat(15 * MiB)}`),
  'five million empty lists': withDetails(`"x":[${'[],'.repeat(5_000_000)}0]`),
  'five million empty objects': withDetails(`"x":[${'{},'.repeat(5_000_000)}0]`),
  '16 MiB of quotes': () => '"'.repeat(16 * MiB),
  '16 MiB of letters': () => 'x'.repeat(16 * MiB),
  'five million members that are none': withMembers('{},'.repeat(5_000_000)),
  '16 MiB of commas for members': withMembers(','.repeat(15 * MiB)),
  'a hundred thousand members of no sound archive': withMembers(segments(100_000)),
};

describe('a manifest, validly signed, of', () => {
  test.each(Object.entries(costly))(
    '%s is refused, and this thread is kept for less than 200 ms [B8]',
    async (_, manifest) => {
      const { bytes } = await craftArchive({ manifest });
      const source = bytesSource(bytes);
      const threads = await warm();
      const before = process.memoryUsage().rss;
      let code = '';
      // The lowest of three tries: a garbage collection for earlier tests may slow any one of them.
      let spent = Number.POSITIVE_INFINITY;
      for (let tries = 0; tries < 3 && spent >= 200; tries++) {
        const once = await cpuMilliseconds(async () => {
          code = await codeOf(openArchive(source, { trust: () => true, known: () => false, threads }));
        });
        spent = Math.min(spent, once);
      }
      expect(['archive_damaged', 'archive_signer_unknown']).toContain(code);
      // The archive is read once; the test holds it in memory, so reading makes a copy.
      expect(spent).toBeLessThan(200);
      expect(process.memoryUsage().rss - before).toBeLessThan(300 * MiB);
    },
  );

  test('16 MiB is refused by inspect in seconds, without any thread [C11]', async () => {
    for (const manifest of Object.values(costly)) {
      const { bytes } = await craftArchive({ manifest });
      const spent = await cpuMilliseconds(async () => {
        expect(await codeOf(inspectArchive(bytesSource(bytes), { trust: () => false }))).not.toBe('taken');
      });
      expect(spent).toBeLessThan(5_000);
    }
  });
});

/** Makes the pool's thread load its parsing modules beforehand. */
const warm = async (): Promise<SegmentPool> => {
  await pool.run('parse-manifest', { json: new Uint8Array(1) }).catch(() => undefined);
  return pool;
};

describe('what is judged first', () => {
  /** A source that records the offsets at which it is read. */
  const watched = (bytes: Uint8Array): { source: ByteSource; read: number[] } => {
    const read: number[] = [];
    const source = bytesSource(bytes);
    return {
      read,
      source: {
        size: source.size,
        read: (offset, length) => {
          read.push(length);
          return source.read(offset, length);
        },
      },
    };
  };

  test('is the signature: of a forged end nothing but the end is read [B8]', async () => {
    const { bytes } = await makeSampleArchive();
    const forged = Buffer.from(bytes);
    const at = forged.lastIndexOf('"signature":"') + 20;
    forged[at] = forged[at] === 0x41 ? 0x42 : 0x41;
    const { source, read } = watched(forged);
    expect(await codeOf(openArchive(source, { trust: () => true }))).toBe('archive_signature_invalid');
    expect(read).toEqual([2048]);
  });

  test('is the signer: of an archive by nobody known nothing but the end is read [B8]', async () => {
    const { bytes } = await makeSampleArchive();
    const { source, read } = watched(bytes);
    expect(await codeOf(openArchive(source, { trust: () => false }))).toBe('archive_signer_unknown');
    expect(read).toEqual([2048]);
  });

  test('is the size: a manifest beyond 16 MiB is read for a known signer alone [B8] [C11]', async () => {
    const signing = generateSigningKey();
    const manifest = withDetails(`"x":"${'x'.repeat(16 * MiB)}"`);
    const { bytes } = await craftArchive({ manifest, signing });
    const { source, read } = watched(bytes);
    const refused = openArchive(source, { trust: () => true, known: () => false });
    await expect(refused).rejects.toMatchObject({ code: 'archive_signer_unknown' });
    await expect(refused).rejects.toThrow(signing.verifyKey);
    await expect(refused).rejects.toThrow('import its verify key first');
    expect(read).toEqual([2048]);
    await expect(inspectArchive(source, { trust: () => false })).rejects.toMatchObject({
      code: 'archive_signer_unknown',
    });
    // The archive is not valid, and this is what a caller who knows the signer is told.
    expect(await codeOf(openArchive(source, { trust: () => true }))).toBe('archive_damaged');
    expect(await codeOf(inspectArchive(source, { trust: (key) => key === signing.verifyKey }))).toBe(
      'archive_damaged',
    );
  });
});

/** Parses the whole manifest with the schema library at once: slow, but known to be correct. */
const byTheBook = (bytes: Buffer): Manifest => {
  const manifest = parseCanonicalJson(manifestSchema, bytes, 'manifest.json');
  checkManifest(manifest);
  return manifest;
};
const joined = ({ about, components, members }: ParsedManifest): unknown => ({
  ...JSON.parse(about),
  components: Object.fromEntries(components.map(([id, summary]) => [id, JSON.parse(summary)])),
  members: members.flatMap((run) => [...membersOfRun(run)]),
});
const outcome = (read: () => unknown): { code: string } | { value: unknown } => {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    return { code: error.code };
  }
};

describe('the manifest read in pieces', () => {
  test('is what the schemas make of it, for each edit of a sound one [B8]', async () => {
    const { bytes } = await makeSampleArchive({ log: 'a line\n' });
    const opened = await openArchive(bytesSource(bytes), { trust: () => true });
    const sound = canonicalJson(manifestSchema, opened.manifest).toString();
    expect(outcome(() => joined(parseManifest(Buffer.from(sound))))).toEqual({
      value: byTheBook(Buffer.from(sound)),
    });
    const piece = fc.oneof(
      fc.constantFrom(
        '',
        ',',
        '{',
        '}',
        '[',
        ']',
        '"',
        '\\',
        ':',
        '0',
        '1',
        'null',
        ' ',
        '\n',
        '"members":[',
        ',"size":1',
      ),
      fc.string({ maxLength: 4, unit: 'binary' }),
    );
    const taken = { both: 0, neither: 0 };
    fc.assert(
      fc.property(fc.nat(sound.length), fc.nat(12), piece, fc.nat(3), (at, removed, added, times) => {
        const edited = Buffer.from(sound.slice(0, at) + added.repeat(times) + sound.slice(at + removed));
        const [book, ours] = [outcome(() => byTheBook(edited)), outcome(() => joined(parseManifest(edited)))];
        expect('value' in ours).toBe('value' in book);
        if ('value' in book) expect(ours).toEqual(book);
        taken['value' in book ? 'both' : 'neither'] += 1;
      }),
      { seed, numRuns: 4_000 },
    );
    expect(taken.neither).toBeGreaterThan(1_000);
  });

  test('is the same on a thread and on this one, with very many members [B8]', async () => {
    const { bytes, backupId } = await craftArchive({
      segments: Array.from({ length: 900 }, () => ({ plain: Buffer.alloc(1024) })),
      contents: Array.from({ length: 900 }, () => ({ plain: Buffer.alloc(0), entries: 0 })),
    });
    const [here, there] = await Promise.all(
      [undefined, pool].map((threads) => openArchive(bytesSource(bytes), { trust: () => true, threads })),
    );
    expect(there?.manifest.backupId).toBe(backupId);
    expect(there?.manifest).toEqual(here?.manifest);
    expect(there?.members).toEqual(here?.members);
    expect(there?.segments('files')).toHaveLength(900);
    expect(there?.contents('files')).toEqual(here?.contents('files'));
    expect((await there?.readMember('key.age'))?.toString('latin1')).toMatch(/^age-encryption/);
  });

  test('of a thread that has not the memory for it is refused, and the next one is read', async () => {
    const small = new SegmentPool({ size: 1, threadMemoryMb: 24 });
    const manifest = withDetails(`"x":${JSON.stringify(Array(16_000).fill('x'.repeat(500)))}`);
    const large = await craftArchive({ manifest });
    expect(await codeOf(openArchive(bytesSource(large.bytes), { trust: () => true, threads: pool }))).toBe(
      'taken',
    );
    expect(await codeOf(openArchive(bytesSource(large.bytes), { trust: () => true, threads: small }))).toBe(
      'archive_bomb',
    );
    await small.run('parse-manifest', { json: new Uint8Array(1) }).then(
      () => expect('taken').toBe('refused'),
      (error: unknown) => expect(error).toMatchObject({ code: 'archive_damaged' }),
    );
    await small.close();
  });

  test('is not called hostile because the server was stopped meanwhile', async () => {
    const stopped = new SegmentPool({ size: 1 });
    const { bytes } = await craftArchive({ manifest: () => '"'.repeat(16 * MiB) });
    const opening = openArchive(bytesSource(bytes), { trust: () => true, threads: stopped }).catch(
      (error: unknown) => error,
    );
    while (stopped.threads === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await stopped.close();
    expect(await opening).not.toBeInstanceOf(ArchiveError);
  });
});

describe('the meter of JSON', () => {
  const depthOf = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
  const valuesOf = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? Object.values(value).reduce((sum: number, inner) => sum + valuesOf(inner), 1)
      : 1;

  test('never counts less than there is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const bytes = Buffer.from(text);
        const value: unknown = JSON.parse(text);
        const bounds = { depth: depthOf(value), values: 2 * valuesOf(value) };
        expect(jsonExcess(bytes, bounds)).toBeUndefined();
        if (bounds.depth > 0) expect(jsonExcess(bytes, { ...bounds, depth: bounds.depth - 1 })).toBeDefined();
        const meter = new JsonMeter(bytes);
        for (let byte = meter.next(); byte !== undefined; byte = meter.next())
          if (byte === 0x22) meter.skipString();
        expect(meter.values).toBeGreaterThanOrEqual(valuesOf(value));
        expect(meter.depth).toBe(0);
      }),
      { seed, numRuns: 2_000 },
    );
  });
});
