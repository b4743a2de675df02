import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { encryptBytes } from '../../lib/archive/age/age-header.ts';
import { canonicalJson } from '../../lib/archive/canonical-json.ts';
import { ArchiveError, type ArchiveErrorCode } from '../../lib/archive/errors.ts';
import { type Manifest, manifestSchema } from '../../lib/archive/format.ts';
import { generateSigningKey, signBytes, signManifest } from '../../lib/archive/keys/signature.ts';
import { frameMember } from '../../lib/archive/layout/outer-tar.ts';
import { bytesSource } from '../../lib/archive/reader/byte-source.ts';
import { type OpenedArchive, openArchive } from '../../lib/archive/reader/open.ts';
import { verifyArchive } from '../../lib/archive/verify/verify.ts';
import { describeMember } from '../../lib/archive/writer/head.ts';
import { testSeed } from '../random-pieces.ts';
import {
  createdAt,
  defaultComponents,
  makeSampleArchive,
  type SampleArchive,
} from './samples/sample-archive.ts';

const sample = await makeSampleArchive();
// The tests open thousands of archives, and other work may use the processor.
jest.setTimeout(120_000);

const ageFile = await encryptBytes(Buffer.alloc(4000), { recipients: [sample.archiveKey.recipient] });
const seed = testSeed();
console.log(`refusals: SEED=${seed}`);

const readAll = async (bytes: Uint8Array, trust = sample.trust): Promise<OpenedArchive> => {
  const opened = await openArchive(bytesSource(bytes), { trust });
  await verifyArchive(opened);
  return opened;
};

/** The code of the refusal, or `taken`; fails on any error that is not a refusal. */
const refusalOf = async (bytes: Uint8Array, trust = sample.trust): Promise<ArchiveErrorCode | 'taken'> => {
  try {
    await readAll(bytes, trust);
    return 'taken';
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error;
    // The message says what to do and contains no stack of another error.
    expect(error.message).toMatch(/[;:,] /);
    return error.code;
  }
};

describe('a small archive', () => {
  test('is taken as it is', async () => {
    // Some tests below try every byte, so the archive must be small; RECOVER.md has the same length in every
    // archive.
    const recoverBytes = sample.members.find(({ name }) => name === 'RECOVER.md')?.size ?? 0;
    expect(sample.bytes.length - recoverBytes).toBeLessThan(20_000);
    await readAll(sample.bytes);
  });

  test('is refused with any one of its bytes changed [B8]', async () => {
    const copy = Buffer.from(sample.bytes);
    const codes = new Map<string, number>();
    const taken: number[] = [];
    for (let at = 0; at < copy.length; at += 1) {
      const byte = copy[at] ?? 0;
      // Flips one bit, at a position that varies; near the end, where reading is most delicate, two bits.
      const flips = at < copy.length - 2048 ? [1 << (at % 8)] : [1, 1 << (1 + (at % 7))];
      for (const flip of flips) {
        copy[at] = byte ^ flip;
        const code = await refusalOf(copy);
        codes.set(code, (codes.get(code) ?? 0) + 1);
        if (code === 'taken') taken.push(at);
      }
      copy[at] = byte;
    }
    expect(taken).toEqual([]);
    expect([...codes.keys()].sort()).toEqual(
      expect.arrayContaining(['archive_damaged', 'archive_signature_invalid', 'archive_cut']),
    );
  });

  test('is refused with any one byte replaced by any other [B8]', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(sample.bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const copy = Buffer.from(sample.bytes);
          copy[at] = (copy[at] ?? 0) ^ mask;
          expect(await refusalOf(copy)).not.toBe('taken');
        },
      ),
      { seed, numRuns: 3000 },
    );
  });

  test('is refused cut at any point, and never for another reason than being cut or no archive [B8]', async () => {
    for (let length = 0; length < sample.bytes.length; length += 1) {
      const code = await refusalOf(sample.bytes.subarray(0, length));
      expect(code).toBe(length >= 262 ? 'archive_cut' : 'archive_not_recognised');
    }
  });

  test('is refused with anything behind its end [B8]', async () => {
    for (const extra of [1, 511, 512, 1024, 2048, 10_240]) {
      expect(await refusalOf(Buffer.concat([sample.bytes, Buffer.alloc(extra)]))).toBe('archive_cut');
    }
    expect(await refusalOf(Buffer.concat([sample.bytes, sample.bytes]))).toBe('archive_damaged');
  });

  test('is refused with bytes taken out or put in anywhere [B8]', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(sample.bytes.length),
        fc.nat(2048),
        fc.uint8Array({ maxLength: 1500 }),
        async (at, removed, added) => {
          const { bytes } = sample;
          const changed = Buffer.concat([bytes.subarray(0, at), added, bytes.subarray(at + removed)]);
          fc.pre(!changed.equals(bytes));
          expect(await refusalOf(changed)).not.toBe('taken');
        },
      ),
      { seed, numRuns: 1500 },
    );
  });
});

describe('members', () => {
  const end = Buffer.alloc(1024);
  const join = (frames: readonly Buffer[]): Buffer => Buffer.concat([...frames, end]);

  test('put together again as they were are taken', async () => {
    expect(join(sample.frames).equals(sample.bytes)).toBe(true);
  });

  test('are refused in any other order [B8]', async () => {
    const orders = fc.shuffledSubarray([...sample.frames.keys()], { minLength: sample.frames.length });
    await fc.assert(
      fc.asyncProperty(orders, async (order) => {
        fc.pre(order.some((from, to) => from !== to));
        const frames = order.flatMap((index) => sample.frames[index] ?? []);
        expect(await refusalOf(join(frames))).not.toBe('taken');
      }),
      { seed, numRuns: 300 },
    );
  });

  test('are refused when any two are swapped, one is dropped, repeated or added [B8]', async () => {
    const { frames } = sample;
    const stranger = Buffer.concat(
      frameMember('components/notes/00000002.tar.zst.age', [Buffer.from('x')], createdAt),
    );
    for (const [index, frame] of frames.entries()) {
      const before = frames.slice(0, index);
      const after = frames.slice(index + 1);
      expect(await refusalOf(join([...before, ...after]))).not.toBe('taken');
      expect(await refusalOf(join([...before, frame, frame, ...after]))).not.toBe('taken');
      expect(await refusalOf(join([...before, stranger, frame, ...after]))).not.toBe('taken');
      const [next, ...rest] = after;
      if (next !== undefined)
        expect(await refusalOf(join([...before, next, frame, ...rest]))).not.toBe('taken');
    }
  });

  test('of another archive of the same installation are refused, alone or with its signature [B8]', async () => {
    const other = await makeSampleArchive({ signing: sample.signing });
    for (const index of sample.frames.keys()) {
      const frames = sample.frames.map((frame, at) => (at === index ? (other.frames[at] ?? frame) : frame));
      if (join(frames).equals(sample.bytes)) continue;
      expect(await refusalOf(join(frames))).not.toBe('taken');
    }
    const tail = other.frames.slice(-3);
    expect(await refusalOf(join([...sample.frames.slice(0, -3), ...tail]))).toBe('archive_damaged');
  });
});

describe('a signature', () => {
  test('of another installation is refused until its verify key is trusted [B8]', async () => {
    const other = await makeSampleArchive();
    expect(await refusalOf(other.bytes)).toBe('archive_signer_unknown');
    await readAll(other.bytes, other.trust);
  });

  test('of a forger who signs the same manifest anew is refused [B8]', async () => {
    const { manifest } = await readAll(sample.bytes);
    expect(await refusalOf(await signedAnew(sample, manifest, generateSigningKey()))).toBe(
      'archive_signer_unknown',
    );
  });
});

/**
 * The sample with another manifest, signed by the given key: as an attacker with a valid key would make it.
 */
const signedAnew = async (
  { frames, signing }: SampleArchive,
  manifest: Manifest,
  by: ReturnType<typeof generateSigningKey> = signing,
  json = canonicalJson(manifestSchema, manifest),
): Promise<Buffer> => {
  const signature = await signManifest(json, by.verifyKey, async (m) => signBytes(m, by.signingKey));
  return Buffer.concat([
    ...frames.slice(0, -2),
    ...frameMember('manifest.json', [json], createdAt),
    ...frameMember('manifest.sig', [signature], createdAt),
    Buffer.alloc(1024),
  ]);
};

describe('a manifest, though signed by us,', () => {
  const change = async (edit: (manifest: Manifest) => void): Promise<ArchiveErrorCode | 'taken'> => {
    const { manifest } = await readAll(sample.bytes);
    const changed = structuredClone(manifest);
    edit(changed);
    return refusalOf(await signedAnew(sample, changed));
  };
  const raw = async (edit: (text: string) => string): Promise<ArchiveErrorCode | 'taken'> => {
    const { manifest } = await readAll(sample.bytes);
    const text = edit(canonicalJson(manifestSchema, manifest).toString());
    return refusalOf(await signedAnew(sample, manifest, sample.signing, Buffer.from(text)));
  };
  const member = (manifest: Manifest, part: string) => {
    const found = manifest.members.find(({ name }) => name.includes(part));
    if (found === undefined) throw new Error(`no member ${part}`);
    return found;
  };

  test('is taken when nothing was changed', async () => {
    expect(await change(() => {})).toBe('taken');
  });

  test.each<[string, ArchiveErrorCode, (manifest: Manifest) => void]>([
    ['a feature this version does not know', 'archive_format_unsupported', (m) => m.features.push('bases')],
    [
      'a segment larger than the archive says',
      'archive_bomb',
      (m) => {
        member(m, 'components/notes').plainBytes = m.segmentBytes + 1;
      },
    ],
    [
      'a contents member beyond all limits',
      'archive_bomb',
      (m) => {
        member(m, 'contents/notes').plainBytes = 2 ** 40;
      },
    ],
    [
      'a segment without its plain size',
      'archive_damaged',
      (m) => {
        delete member(m, 'components/notes').plainBytes;
      },
    ],
    [
      'the same segment twice',
      'archive_damaged',
      (m) => {
        m.members.splice(3, 0, { ...member(m, 'components/database/00000001') });
      },
    ],
    [
      'segments out of order',
      'archive_damaged',
      (m) => {
        const [a, b] = m.members.splice(2, 2);
        if (a !== undefined && b !== undefined) m.members.splice(2, 0, b, a);
      },
    ],
    [
      'a member outside all folders',
      'archive_damaged',
      (m) => {
        member(m, 'components/notes').name = '../../etc/passwd';
      },
    ],
    [
      'a segment with a name in another form',
      'archive_damaged',
      (m) => {
        member(m, 'components/notes').name = 'components/notes/000000001.tar.zst.age';
      },
    ],
    [
      'a segment of a component that is not declared',
      'archive_damaged',
      (m) => {
        member(m, 'components/notes').name = 'components/other/00000001.tar.zst.age';
      },
    ],
    [
      'a segment named as a stream, of a component that is a tar',
      'archive_damaged',
      (m) => {
        member(m, 'components/notes').name = 'components/notes/00000001.dump.zst.age';
      },
    ],
    [
      'contents that leave a segment out',
      'archive_damaged',
      (m) => {
        member(m, 'contents/database').lastSegment = 1;
      },
    ],
    [
      'contents that speak of a segment that is not there',
      'archive_damaged',
      (m) => {
        member(m, 'contents/database').lastSegment = 3;
      },
    ],
    [
      'totals that are not sums',
      'archive_damaged',
      (m) => {
        m.entries += 1;
      },
    ],
    [
      'no key',
      'archive_damaged',
      (m) => {
        m.members.pop();
      },
    ],
    [
      'another key member than its mode has',
      'archive_damaged',
      (m) => {
        m.encryption = { mode: 'hsm', keyId: 'k' };
      },
    ],
    [
      'an end before its beginning',
      'archive_damaged',
      (m) => {
        m.completedAt = '2026-11-20T02:59:59Z';
      },
    ],
    [
      'a time that no tar header can say',
      'archive_damaged',
      (m) => {
        m.createdAt = '1901-01-01T00:00:00Z';
      },
    ],
    [
      'another size of a member',
      'archive_cut',
      (m) => {
        member(m, 'components/notes').size += 512;
      },
    ],
  ])('is refused with %s', async (_, code, edit) => {
    expect(await change(edit)).toBe(code);
  });

  test.each<[string, ArchiveErrorCode, (text: string) => string]>([
    ['of a newer format', 'archive_format_unsupported', (text) => text.replace('{"format":1', '{"format":2')],
    [
      'of a format before the first',
      'archive_format_unsupported',
      (text) => text.replace('{"format":1', '{"format":0'),
    ],
    ['with an unknown field', 'archive_damaged', (text) => text.replace('{"format":1', '{"format":1,"x":1')],
    ['with white space', 'archive_damaged', (text) => text.replace('{"format":1', '{ "format":1')],
    [
      'with a field twice',
      'archive_damaged',
      (text) => text.replace('{"format":1', '{"format":1,"format":1'),
    ],
    ['without its last line feed', 'archive_damaged', (text) => text.trimEnd()],
    ['that is no JSON', 'archive_damaged', () => '{"format":1,'],
    [
      'with details nested 2,000 deep',
      'archive_damaged',
      (text) => text.replace('"details":{}', `"details":{"x":${'['.repeat(2000)}${']'.repeat(2000)}}`),
    ],
    [
      'with details nested beyond any stack',
      'archive_damaged',
      (text) => text.replace('"details":{}', `"details":{"x":${'['.repeat(300_000)}${']'.repeat(300_000)}}`),
    ],
    [
      'with details as long as a film',
      'archive_damaged',
      (text) => text.replace('"details":{}', `"details":{"x":"${'x'.repeat(17_000_000)}"}`),
    ],
    [
      'with a time of a thousand digits',
      'archive_damaged',
      (text) => text.replace(/"capturedAt":"([^"]*)Z"/, `"capturedAt":"$1.${'0'.repeat(1000)}Z"`),
    ],
    ['that is nested beyond measure', 'archive_damaged', () => '['.repeat(200_000)],
  ])('is refused %s', async (_, code, edit) => {
    expect(await raw(edit)).toBe(code);
  });
});

describe('a manifest of very many components', () => {
  const summary = (id: number) =>
    `"c${id}":{"kind":"directory","layout":"tar","outcome":"complete","capturedAt":"2026-11-20T03:00:00Z","sourceBytes":0,"entries":0,"skippedCount":0,"skipped":[],"details":{}}`;
  const withComponents = async (count: number): Promise<Buffer> => {
    const made = await makeSampleArchive({ components: {}, signing: sample.signing });
    const { manifest } = await readAll(made.bytes);
    const many = Array.from({ length: count }, (_, id) => summary(id)).join(',');
    const text = canonicalJson(manifestSchema, manifest).toString();
    const json = Buffer.from(text.replace('"components":{}', `"components":{${many}}`));
    return signedAnew(made, manifest, sample.signing, json);
  };

  test('is taken up to 500 and refused above, before they are looked into [B8]', async () => {
    expect(await refusalOf(await withComponents(500))).toBe('taken');
    expect(await refusalOf(await withComponents(501))).toBe('archive_damaged');
    const hostile = await withComponents(200_000);
    const before = process.memoryUsage().rss;
    expect(await refusalOf(hostile)).toBe('archive_damaged');
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
  });
});

describe('something else', () => {
  test.each([
    ['an empty file', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(10_240)],
    ['text', Buffer.from('hello\n'.repeat(1000))],
    [
      'a tar of others',
      Buffer.concat([...frameMember('etc/passwd', [Buffer.from('root')], createdAt), Buffer.alloc(1024)]),
    ],
    ['an age file', ageFile],
  ])('is not recognised: %s', async (_, bytes) => {
    expect(await refusalOf(bytes)).toBe('archive_not_recognised');
  });

  test('is not recognised: random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async (bytes) => {
        expect(await refusalOf(bytes)).toBe('archive_not_recognised');
      }),
      { seed },
    );
  });
});

describe('what is inside', () => {
  /** An archive whose manifest declares a size other than the segment's. */
  const declaring = async (plain: Buffer, declared: number): Promise<string> => {
    const made = await makeSampleArchive({
      components: { ...defaultComponents, notes: { segments: [plain], contents: [[]] } },
      segmentBytes: 1024 * 1024 * 1024,
    });
    const { manifest } = await readAll(made.bytes, made.trust);
    const changed = structuredClone(manifest);
    for (const member of changed.members) {
      if (member.name.startsWith('components/notes')) member.plainBytes = declared;
    }
    const opened = await openArchive(bytesSource(await signedAnew(made, changed)), { trust: made.trust });
    await verifyArchive(opened);
    try {
      await verifyArchive(opened, { identity: made.archiveKey.identity });
      return 'taken';
    } catch (error) {
      return error instanceof ArchiveError ? error.code : String(error);
    }
  };

  test('is refused when it is more than declared, before it is all decompressed', async () => {
    expect(await declaring(Buffer.alloc(60_000), 1024)).toBe('archive_bomb');
    expect(await declaring(Buffer.alloc(512 * 1024 * 1024), 1024)).toBe('archive_bomb');
  });

  test('is refused when it is less than declared', async () => {
    expect(await declaring(Buffer.alloc(1024), 1025)).toBe('archive_damaged');
    expect(await declaring(Buffer.alloc(1024), 1024)).toBe('taken');
  });

  test('is refused when the key inside is another archive’s', async () => {
    const opened = await readAll(sample.bytes);
    const other = await makeSampleArchive();
    await expect(verifyArchive(opened, { identity: other.archiveKey.identity })).rejects.toMatchObject({
      code: 'wrong_key',
    });
  });

  test('is described by its own bytes', () => {
    expect(describeMember('x', Buffer.from('abc'))).toEqual({
      name: 'x',
      size: 3,
      sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    });
  });
});
