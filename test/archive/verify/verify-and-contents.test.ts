import { createHash } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import type { ContentsEntry } from '../../../lib/archive/format.ts';
import { type ByteSource, bytesSource } from '../../../lib/archive/reader/byte-source.ts';
import { iterateContents, readContentsPage } from '../../../lib/archive/reader/contents-pages.ts';
import { openArchive } from '../../../lib/archive/reader/open.ts';
import { type VerifyProgress, verifyArchive } from '../../../lib/archive/verify/verify.ts';
import { makeHead } from '../../../lib/archive/writer/head.ts';
import { makeTail } from '../../../lib/archive/writer/tail.ts';
import { listedSegment } from '../crafted/hand-made-component.ts';
import { makeSampleArchive, type SampleArchive, sha256, signerOf } from '../samples/sample-archive.ts';

jest.setTimeout(60_000);

/** A source that counts the bytes read from it. */
const counting = (bytes: Uint8Array) => {
  const inner = bytesSource(bytes);
  const reads: { offset: number; length: number }[] = [];
  const source: ByteSource = {
    size: inner.size,
    read: (offset, length) => {
      reads.push({ offset, length });
      return inner.read(offset, length);
    },
  };
  return { source, reads, total: () => reads.reduce((sum, { length }) => sum + length, 0) };
};

const entry = (path: string, segment: number): ContentsEntry => ({
  path,
  type: 'file',
  size: 1,
  segment,
  offset: 512,
  sha256: sha256(Buffer.from('x')),
});
const names = (count: number, from: number) => Array.from({ length: count }, (_, n) => `f${from + n}`);

const noise = (bytes: number, seed: string): Buffer =>
  Buffer.concat(
    Array.from({ length: bytes / 32 }, (_, at) => createHash('sha256').update(`${seed} ${at}`).digest()),
  );
/**
 * Twelve segments of files with random content; contents in members of three segments each, ten entries in
 * each member.
 */
const SHARES = [4, 3, 3];
const segments = Array.from({ length: 12 }, (_, n) => {
  const before = Math.floor(n / 3) * 10 + (n % 3 === 0 ? 0 : 1 + (n % 3) * 3);
  const share = SHARES[n % 3] ?? 1;
  const bytes = Math.floor(1000 / share) * 32;
  const files = names(share, before).map((path) => ({ path, content: noise(bytes, path) }));
  return listedSegment(files, { segment: n + 1, endsTar: n === 11 });
});
const single = listedSegment([{ path: 'single', content: 'x' }], { endsTar: true });
const large: SampleArchive = await makeSampleArchive({
  components: {
    files: {
      segments: segments.map(({ plain }) => plain),
      contents: [0, 3, 6, 9].map((first) => segments.slice(first, first + 3).flatMap(({ listed }) => listed)),
    },
    more: { segments: [single.plain], contents: [single.listed] },
  },
});
const open = async (source: ByteSource) => openArchive(source, { trust: large.trust });
const { identity } = large.archiveKey;

describe('contents', () => {
  test.each([
    [0, 5],
    [8, 4],
    [0, 100],
    [39, 10],
    [41, 10],
    [100, 10],
    [5, 0],
  ])('give the page that skips %i and holds at most %i, with the total [U9]', async (skip, limit) => {
    const archive = await open(bytesSource(large.bytes));
    const page = await readContentsPage(archive, identity, { skip, limit });
    const all = [...names(40, 0), 'single'];
    expect(page.total).toBe(41);
    expect(page.entries.map(({ path }) => path)).toEqual(all.slice(skip, skip + limit));
    const files = await readContentsPage(archive, identity, { component: 'files', skip, limit });
    expect({ total: files.total, paths: files.entries.map(({ path }) => path) }).toEqual({
      total: 40,
      paths: all.slice(0, 40).slice(skip, skip + limit),
    });
  });

  test('are read without the segments, and only those that a page touches', async () => {
    const counter = counting(large.bytes);
    const archive = await open(counter.source);
    const before = counter.total();
    await readContentsPage(archive, identity, { component: 'files', skip: 12, limit: 5 });
    const [only, ...others] = counter.reads.slice(2);
    expect(others).toEqual([]);
    expect(only?.offset).toBe(archive.member('contents/files/00000002.jsonl.zst.age').offset - 512);
    expect(counter.total() - before).toBeLessThan(2048);
  });

  test('name the component of each entry, and come one after another', async () => {
    const archive = await open(bytesSource(large.bytes));
    const found: string[] = [];
    for await (const { component, path } of iterateContents(archive, identity))
      found.push(`${component}:${path}`);
    expect(found).toEqual([...names(40, 0).map((path) => `files:${path}`), 'more:single']);
    await expect(iterateContents(archive, identity, 'nothing').next()).rejects.toMatchObject({
      code: 'not_in_archive',
    });
  });

  test.each<[string, ContentsEntry[]]>([
    ['of a segment that another contents member lists', [entry('a', 2)]],
    ['that are no entries', [{ ...entry('a', 1), size: -1 }]],
    ['of another component', [{ ...entry('a', 1), component: 'other' }]],
  ])('are refused with lines %s', async (_, entries) => {
    const made = await makeSampleArchive({
      components: { files: { segments: [Buffer.from('x')], contents: [entries] } },
    });
    const archive = await openArchive(bytesSource(made.bytes), { trust: made.trust });
    await expect(
      readContentsPage(archive, made.archiveKey.identity, { skip: 0, limit: 1 }),
    ).rejects.toMatchObject({ code: 'archive_damaged' });
    await expect(verifyArchive(archive, { identity: made.archiveKey.identity })).rejects.toMatchObject({
      code: 'archive_damaged',
    });
  });
});

describe('verification', () => {
  test('reads every byte once, tells how far it is, and can hash the file on the way [U9] [B3]', async () => {
    const counter = counting(large.bytes);
    const archive = await open(counter.source);
    const progress: VerifyProgress[] = [];
    const done = await verifyArchive(archive, { wholeFile: true, onProgress: (at) => progress.push(at) });
    expect(done).toEqual({
      membersVerified: archive.members.length,
      membersTotal: archive.members.length,
      bytesVerified: large.bytes.length,
      archiveBytes: large.bytes.length,
      sha256: sha256(large.bytes),
    });
    expect(progress.map(({ member }) => member)).toEqual(archive.members.map(({ name }) => name));
    expect(progress.at(-1)?.bytesDone).toBe(progress.at(-1)?.bytesTotal);
    // The end is read to open the archive and again for the hash; the head is read again to compare it with
    // the manifest.
    expect(counter.total()).toBeLessThan(large.bytes.length + 20_000);
  });

  test('of a sample reads about its share, and all the parts read everything', async () => {
    const seen = new Map<string, number>();
    for (let part = 1; part <= 4; part += 1) {
      const counter = counting(large.bytes);
      const archive = await open(counter.source);
      const done = await verifyArchive(archive, {
        sample: { part, of: 4 },
        onProgress: ({ member }) => seen.set(member, (seen.get(member) ?? 0) + 1),
      });
      expect(done.bytesVerified).toBeLessThan(large.bytes.length * 0.4);
      expect(counter.total()).toBeLessThan(large.bytes.length * 0.4);
    }
    const archive = await open(bytesSource(large.bytes));
    for (const { name } of archive.members) expect([1, 4]).toContain(seen.get(name));
    expect([...seen.values()].filter((times) => times === 4)).toHaveLength(3);
  });

  test.each([
    [0, 4],
    [5, 4],
    [1.5, 4],
    [1, 0],
  ])('refuses the sample %d/%d, which is none', async (part, of) => {
    const archive = await open(bytesSource(large.bytes));
    await expect(verifyArchive(archive, { sample: { part, of } })).rejects.toThrow(RangeError);
  });

  test('decrypts and decompresses too when it is given the key', async () => {
    const archive = await open(bytesSource(large.bytes));
    await expect(verifyArchive(archive, { identity })).resolves.toMatchObject({
      bytesVerified: large.bytes.length,
    });
  });

  test('of a sample goes inside its segments only, and finds what is false in one of them [B3] [B8]', async () => {
    const lying = segments.map(({ plain, listed }, n) => ({
      plain,
      listed: n === 4 ? listed.map((one) => ({ ...one, mode: 0o600 })) : listed,
    }));
    const made = await makeSampleArchive({
      components: {
        files: {
          segments: lying.map(({ plain }) => plain),
          contents: [lying.flatMap(({ listed }) => listed)],
        },
      },
    });
    const archive = await openArchive(bytesSource(made.bytes), { trust: made.trust });
    await expect(verifyArchive(archive)).resolves.toBeDefined();
    const { identity: key } = made.archiveKey;
    const found: string[] = [];
    for (let part = 1; part <= 4; part += 1)
      found.push(
        await verifyArchive(archive, { identity: key, sample: { part, of: 4 } }).then(
          () => 'good',
          ({ code }) => code,
        ),
      );
    // The damage is in the fifth segment.
    expect(found).toEqual(['archive_damaged', 'good', 'good', 'good']);
  });

  test('goes inside and hashes the file, and tells how far it is up to the last byte', async () => {
    const archive = await open(bytesSource(large.bytes));
    const progress: VerifyProgress[] = [];
    const done = await verifyArchive(archive, {
      identity,
      wholeFile: true,
      onProgress: (at) => progress.push(at),
    });
    expect(done).toMatchObject({ bytesVerified: large.bytes.length, sha256: sha256(large.bytes) });
    expect(progress.at(-1)?.bytesDone).toBe(progress.at(-1)?.bytesTotal);
    for (const [index, { bytesDone }] of progress.entries())
      expect(bytesDone).toBeGreaterThanOrEqual(progress[index - 1]?.bytesDone ?? 0);
  });

  test('stops when it is told to', async () => {
    const archive = await open(bytesSource(large.bytes));
    const controller = new AbortController();
    const reason = new Error('enough');
    const verifying = verifyArchive(archive, {
      signal: controller.signal,
      onProgress: ({ member }) => {
        if (member.includes('00000003')) controller.abort(reason);
      },
    });
    await expect(verifying).rejects.toBe(reason);
  });

  test('passes on what the source fails with, though the next piece was asked for already', async () => {
    const inner = bytesSource(large.bytes);
    let reads = 0;
    const archive = await open({
      size: inner.size,
      read: async (offset, length) => {
        reads += 1;
        if (reads > 6) throw new Error('the disk is gone');
        return inner.read(offset, length);
      },
    });
    await expect(verifyArchive(archive)).rejects.toThrow('the disk is gone');
  });

  test('finds a head that says another thing than the manifest', async () => {
    const other = makeHead({ ...large.head, createdBy: 'eve@example.com' }, { components: [] });
    const tail = await makeTail(
      {
        head: large.head,
        completedAt: '2026-11-20T03:00:01Z',
        encryption: { mode: 'key', keyId: 'k' },
        components: large.components,
        members: [...other.members, ...large.members.slice(2)],
        sealedKey: large.sealedKey,
      },
      signerOf(large.signing),
    );
    const bytes = Buffer.concat([other.bytes, ...large.frames.slice(2, -3), tail.bytes]);
    const archive = await open(bytesSource(bytes));
    await expect(verifyArchive(archive)).rejects.toMatchObject({
      code: 'archive_damaged',
      message: expect.stringContaining('say different things'),
    });
  });
});
