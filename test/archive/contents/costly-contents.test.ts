/**
 * Signed archives whose contents and headers are expensive to read: the reader refuses them for what they
 * are, on a thread that can be stopped.
 */

import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { encryptBytes, generateArchiveKey, readAgePrefix } from '../../../lib/archive/age/age-header.ts';
import { parseContents } from '../../../lib/archive/contents/contents-lines.ts';
import { listedContents } from '../../../lib/archive/extract/contents/listed-contents.ts';
import { readContentsOn } from '../../../lib/archive/extract/contents/read-contents-on.ts';
import { openSegmentOn } from '../../../lib/archive/extract/extract-stream.ts';
import { planExtractTar } from '../../../lib/archive/extract/extract-tar.ts';
import { bytesSource } from '../../../lib/archive/reader/byte-source.ts';
import { iterateContents, readContentsPage } from '../../../lib/archive/reader/contents-pages.ts';
import { type OpenedArchive, openArchive } from '../../../lib/archive/reader/open.ts';
import { newAbortFlag, raise } from '../../../lib/archive/threads/abort-flag.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { verifyArchive } from '../../../lib/archive/verify/verify.ts';
import { type CraftedOptions, contentsLineOf, craftArchive, craftTree } from '../crafted/crafted-archive.ts';
import { scratchFolder } from '../samples/tree-fixtures.ts';

jest.setTimeout(120_000);
const MiB = 1024 * 1024;
const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

const opened = async (
  options: CraftedOptions,
  isKnown = true,
): Promise<{ archive: OpenedArchive; identity: string }> => {
  const { bytes, identity } = await craftArchive(options);
  return {
    identity,
    archive: await openArchive(bytesSource(bytes), { trust: () => true, known: () => isKnown }),
  };
};
const codeOf = (error: unknown): string => String(Object(error).code ?? error);
const segment = { plain: Buffer.alloc(1024) };
const lines = (text: string, entries: number) => ({
  segments: [segment],
  contents: [{ plain: Buffer.from(text), entries }],
});

const piece = (number: number): string =>
  `{"segment":${number},"offset":0,"bytes":1,"sha256":"${'0'.repeat(64)}"}`;

describe('a line of contents', () => {
  const member = (entries: number) => ({
    name: 'contents/files/1',
    component: 'files',
    entries,
    firstSegment: 1,
    lastSegment: 9_999_999,
  });
  const read = (text: string, entries = 1): string => {
    try {
      return `${[...parseContents(Buffer.from(text), member(entries))].length} taken`;
    } catch (error) {
      return codeOf(error);
    }
  };

  test.each<[string, string]>([
    ['of brackets', `${'['.repeat(30 * MiB)}\n`],
    [
      'of brackets behind a path',
      `{"path":"a","type":"file","size":0,"segment":1,"offset":0,"pieces":${'['.repeat(30 * MiB)}\n`,
    ],
    [
      'of five million empty objects for pieces',
      `{"path":"a","type":"file","size":0,"segment":1,"offset":0,"pieces":[${'{},'.repeat(5_000_000)}{}]}\n`,
    ],
    ['of five million keys', `{${Array.from({ length: 3_000_000 }, (_, n) => `"${n}":0`).join(',')}}\n`],
  ])('%s is not parsed [B8]', (_, text) => {
    const before = process.threadCpuUsage();
    expect(read(text)).toBe('archive_damaged');
    const { user, system } = process.threadCpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(2_000);
  });

  test('of a name that no header of a tar has room for is no entry [B8]', () => {
    expect(read(contentsLineOf('n'.repeat(64 * 1024)))).toBe('1 taken');
    expect(read(contentsLineOf('n'.repeat(64 * 1024 + 1)))).toBe('archive_damaged');
    expect(read(contentsLineOf('l', { type: 'symlink', link: 'n'.repeat(1024 * 1024) }))).toBe(
      'archive_damaged',
    );
  });

  test('is read where it is long since its file lies in a hundred thousand segments', () => {
    const pieces = Array.from({ length: 100_000 }, (_, n) => piece(n + 1)).join(',');
    const large = `{"path":"a","type":"file","size":100000,"segment":1,"offset":0,"pieces":[${pieces}]}\n`;
    expect(read(large + contentsLineOf('b') + large, 3)).toBe('3 taken');
  });

  test('is found whole wherever the windows end in which lines are read', () => {
    const all = Array.from({ length: 3_000 }, (_, n) => contentsLineOf(`${'é'.repeat(n % 700)}${n}`));
    const found = [...parseContents(Buffer.from(all.join('')), member(3_000))];
    expect(found.map((entry) => `${JSON.stringify(entry)}\n`)).toEqual(all);
    expect(read(all.join(''), 2_999)).toBe('archive_damaged');
    expect(read(all.join(''), 3_001)).toBe('archive_damaged');
    expect(read('\n'.repeat(5_000_000), 65_536)).toBe('archive_damaged');
  });
});

describe('a page of contents', () => {
  const many = Array.from({ length: 2_500 }, (_, n) =>
    contentsLineOf(`${String(n).padStart(5, '0')}${'x'.repeat(2_000)}`),
  );

  test('is the same from a thread and from this one, and goes on where a short one ended [U9]', async () => {
    const { archive, identity } = await opened(lines(many.join(''), many.length));
    const all: string[] = [];
    for (let skip = 0; skip < many.length; ) {
      const query = { skip, limit: 2_000 };
      const here = await readContentsPage(archive, identity, query);
      const there = await readContentsPage(archive, identity, query, readContentsOn(pool));
      expect(there).toEqual(here);
      expect(there.total).toBe(many.length);
      expect(JSON.stringify(there.entries).length).toBeLessThan(4 * MiB);
      expect(there.entries.length).toBeGreaterThan(0);
      all.push(...there.entries.map(({ path }) => path));
      skip += there.entries.length;
    }
    const listed = await Array.fromAsync(iterateContents(archive, identity));
    expect(all).toEqual(listed.map(({ path }) => path));
    expect(all).toHaveLength(many.length);
  });

  test('of an entry with more pieces than a page has room for is that entry', async () => {
    const pieces = Array.from({ length: 60_000 }, (_, n) => piece(n + 1)).join(',');
    const large = `{"path":"a","type":"file","size":60000,"segment":1,"offset":0,"pieces":[${pieces}]}\n`;
    const { archive, identity } = await opened({
      segments: Array.from({ length: 1 }, () => segment),
      contents: [{ plain: Buffer.from(contentsLineOf('b') + large), entries: 2 }],
      manifest: (right) => right,
    });
    // The entry ends in a segment that does not exist; the reader reports it however few lines it is asked
    // for.
    for (const read of [undefined, readContentsOn(pool)])
      await expect(readContentsPage(archive, identity, { skip: 0, limit: 1 }, read)).rejects.toMatchObject({
        code: 'archive_damaged',
      });
  });
});

describe('a job on a thread', () => {
  test('ends when its signal aborts, and the thread does the next one', async () => {
    const tree = craftTree(
      Array.from({ length: 60_000 }, (_, n) => ({ path: `f${String(n).padStart(5, '0')}` })),
      30_000,
    );
    const { archive, identity } = await opened(tree);
    const stop = new AbortController();
    const reason = new Error('not wanted any more');
    const listing = Array.fromAsync(
      listedContents({ archive, component: 'files', identity, pool, signal: stop.signal }),
    );
    stop.abort(reason);
    await expect(listing).rejects.toBe(reason);
    expect(
      (await readContentsPage(archive, identity, { skip: 0, limit: 1 }, readContentsOn(pool))).entries,
    ).toHaveLength(1);
    const stream = await opened(craftTree([{ path: 'a' }, { path: 'b' }], 1));
    const abort = newAbortFlag();
    raise(abort);
    for (const member of stream.archive.segments('files'))
      await expect(openSegmentOn(pool, stream.archive, member, stream.identity, { abort })).rejects.toThrow(
        'was cancelled',
      );
  });
});

describe('the header of an age file', () => {
  test('of more than 512 recipients is refused before any key is tried on them [B8]', async () => {
    const keys = await Promise.all(Array.from({ length: 513 }, () => generateArchiveKey()));
    const recipients = keys.map(({ recipient }) => recipient);
    const identities = [keys[0]?.identity ?? ''];
    const many = await encryptBytes(Buffer.alloc(10), { recipients });
    await expect(readAgePrefix(many, { identities })).rejects.toMatchObject({ code: 'age_malformed' });
    const fewer = await encryptBytes(Buffer.alloc(10), { recipients: recipients.slice(0, 512) });
    await expect(readAgePrefix(fewer, { identities })).resolves.toMatchObject({
      prefixBytes: expect.any(Number),
    });
  });
});

describe('of a signer who is not known', () => {
  const options = (archive: OpenedArchive, identity: string, target: string) => ({
    archive,
    identity,
    component: 'files',
    pool,
    target,
    existing: 'overwrite' as const,
    restoreId: 'r-1',
  });

  test('not more than 64 MiB of names are planned, and the sentence says what to do [B7] [B8]', async () => {
    using folder = scratchFolder();
    // Folders of ten thousand files each, so that names are long and headers are not.
    const folders = Array.from({ length: 28 }, (_, n) => `${String(n).padStart(3, '0')}${'d'.repeat(117)}`);
    const entries = folders.flatMap((path) => [
      { path, type: 'directory' as const },
      ...Array.from({ length: 9_999 }, (_, n) => ({ path: `${path}/${String(n).padStart(90, 'f')}` })),
    ]);
    const crafted = craftTree(entries, 28_000);
    const { bytes, identity, signing } = await craftArchive(crafted);
    const source = bytesSource(bytes);
    const unknown = await openArchive(source, { trust: () => true, known: () => false });
    const planned = planExtractTar(options(unknown, identity, `${folder.path}/target`));
    await expect(planned).rejects.toMatchObject({ code: 'archive_signer_unknown' });
    await expect(planned).rejects.toThrow(signing.verifyKey);
    const known = await openArchive(source, { trust: () => true });
    const plan = await planExtractTar(options(known, identity, `${folder.path}/target`));
    expect(plan.counts).toEqual({ create: 280_000, overwrite: 0, skip: 0, refuse: 0 });
    expect(plan.entries.length).toBeLessThanOrEqual(10_000);
    expect(JSON.stringify(plan.entries).length).toBeLessThan(1.2 * MiB);
  });

  test('a tree of folders that nobody lists is no plan to carry out, whoever signed it [B7] [B8]', async () => {
    using folder = scratchFolder();
    const deep = (n: number): string => `${String(n).padStart(4, '0')}/${'d/'.repeat(900)}f`;
    const crafted = craftTree(Array.from({ length: 1_500 }, (_, n) => ({ path: deep(n) })));
    for (const isKnown of [true, false]) {
      const { archive, identity } = await opened(crafted, isKnown);
      await expect(planExtractTar(options(archive, identity, `${folder.path}/target`))).rejects.toMatchObject(
        {
          code: 'archive_bomb',
        },
      );
    }
    // Objects of a store may have this many such paths, so the plan accepts them.
    const { archive, identity } = await opened(
      craftTree(Array.from({ length: 70 }, (_, n) => ({ path: deep(n) }))),
    );
    const plan = await planExtractTar(options(archive, identity, `${folder.path}/target`));
    expect(plan.counts.create).toBe(70);
  });
});

test('a deep verification looks at the lines of contents on a thread, too [U9]', async () => {
  const sound = await opened(lines(contentsLineOf('a') + contentsLineOf('b'), 2));
  const broken = await opened(lines(`${contentsLineOf('a')}{"path":"b"}\n`, 2));
  for (const threads of [undefined, pool]) {
    const how = threads === undefined ? {} : { pool: threads };
    await expect(verifyArchive(broken.archive, { identity: broken.identity, ...how })).rejects.toMatchObject({
      code: 'archive_damaged',
    });
    expect(sound.archive.members.length).toBeGreaterThan(4);
  }
});
