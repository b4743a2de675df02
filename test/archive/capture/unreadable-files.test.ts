import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from '@jest/globals';
import { extractTar, planExtractTar } from '../../../lib/archive/extract/extract-tar.ts';
import type { Member, Skipped } from '../../../lib/archive/format.ts';
import { bytesSource } from '../../../lib/archive/reader/byte-source.ts';
import { iterateContents } from '../../../lib/archive/reader/contents-pages.ts';
import { openArchive } from '../../../lib/archive/reader/open.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { extractByHand, testWithStockTools } from '../recover/stock-tools.ts';
import { MemorySink } from '../samples/engine-archive.ts';
import { scratchFolder } from '../samples/tree-fixtures.ts';

const SEGMENT = 65_536;
const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

let root = '';
let folder = '';
let disposed: Disposable[] = [];
beforeEach(() => {
  const [source, other] = [scratchFolder(), scratchFolder()];
  disposed = [source, other];
  root = source.path;
  folder = other.path;
});
afterEach(() => {
  for (const one of disposed) one[Symbol.dispose]();
});
const put = (name: string, content: string | Buffer): void => {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), content);
};

interface Captured {
  readonly archive: string;
  readonly identity: string;
  readonly skipped: readonly Skipped[];
  readonly members: readonly Member[];
  readonly bytes: readonly string[];
}

/**
 * Captures with failing reads; each failure gives a part of the file's name, the error, and the offset where
 * it starts.
 */
const capture = async (
  failing: readonly (readonly [string, string, number])[],
  { source = root, segmentBytes = SEGMENT } = {},
) => {
  const file = join(folder, 'captured');
  const program = [join(import.meta.dirname, 'capture-program.ts'), source, file, String(segmentBytes)];
  const preload = ['--import', join(import.meta.dirname, 'failing-reads.js')];
  const env = { ...process.env, FAILING_READS: JSON.stringify(failing), NODE_OPTIONS: '' };
  const { status, stderr } = spawnSync(process.execPath, [...preload, ...program], { env, encoding: 'utf8' });
  expect({ status, stderr: stderr.replaceAll(/.*ExperimentalWarning.*\n.*\n/g, '') }).toEqual({
    status: 0,
    stderr: '',
  });
  const found: Captured = JSON.parse(readFileSync(file, 'utf8'));
  const archive = await openArchive(bytesSource(Buffer.from(found.archive, 'base64')), { trust: () => true });
  const sink = new MemorySink();
  sink.members.push(...found.members);
  sink.bytes.push(...found.bytes.map((bytes) => Buffer.from(bytes, 'base64')));
  return { archive, identity: found.identity, skipped: found.skipped, sinks: { files: sink } };
};

const restore = (made: Awaited<ReturnType<typeof capture>>, target: string) =>
  extractTar({ ...made, component: 'files', pool, target, existing: 'overwrite', restoreId: 'r-1' });

const EIO = 'could not be read (EIO)';

testWithStockTools(
  'what cannot be read is left out and named, whatever its size, and so are links to it',
  async () => {
    put('a/small-bad', 'never to be seen');
    linkSync(join(root, 'a/small-bad'), join(root, 'b-link-bad'));
    // Larger than a block and smaller than a segment.
    put('c/medium-bad', randomBytes(900_000));
    put('c/good', 'good');
    put('d/medium-good', randomBytes(900_000));
    const made = await capture(
      [
        ['small-bad', 'EIO', 3],
        ['link-bad', 'EIO', 3],
        ['medium-bad', 'EIO', 400_000],
      ],
      { segmentBytes: 4 * 1024 * 1024 },
    );
    expect([...made.skipped].sort((a, b) => (a.path < b.path ? -1 : 1))).toEqual([
      { path: 'a/small-bad', reason: EIO },
      { path: 'b-link-bad', reason: EIO },
      { path: 'c/medium-bad', reason: EIO },
    ]);
    const target = join(folder, 'ours');
    mkdirSync(join(target, 'a'), { recursive: true });
    writeFileSync(join(target, 'a/small-bad'), 'good and there');
    await restore(made, target);
    expect(readFileSync(join(target, 'a/small-bad'), 'utf8')).toBe('good and there');
    expect(existsSync(join(target, 'c/medium-bad'))).toBe(false);
    const byHand = extractByHand(made, 'files', folder);
    for (const restored of [target, byHand]) {
      expect(readFileSync(join(restored, 'c/good'), 'utf8')).toBe('good');
      expect(
        readFileSync(join(restored, 'd/medium-good')).equals(readFileSync(join(root, 'd/medium-good'))),
      ).toBe(true);
    }
    expect(existsSync(join(byHand, 'a/small-bad'))).toBe(false);
    expect(existsSync(join(byHand, 'b-link-bad'))).toBe(false);
  },
);

testWithStockTools(
  'a file of several segments that fails in its middle does not replace a good one, nor do its links',
  async () => {
    put('dir/large-bad', randomBytes(4 * SEGMENT));
    linkSync(join(root, 'dir/large-bad'), join(root, 'link'));
    put('other', 'other');
    const made = await capture([['large-bad', 'EIO', 2 * SEGMENT + 5]]);
    expect(made.skipped).toEqual([
      {
        path: 'dir/large-bad',
        reason: expect.stringMatching(
          /^could not be read \(EIO\): zeros replace \d+ bytes; a restore leaves it out$/,
        ),
      },
    ]);
    expect(made.archive.manifest.components.files?.details).toEqual({
      unreadable: [{ path: 'dir/large-bad' }],
    });
    const marked: string[] = [];
    for await (const entry of iterateContents(made.archive, made.identity))
      if (entry.changed) marked.push(entry.path);
    expect(marked).toEqual(['dir/large-bad']);

    const target = join(folder, 'ours');
    mkdirSync(join(target, 'dir'), { recursive: true });
    writeFileSync(join(target, 'dir/large-bad'), 'good and there');
    writeFileSync(join(target, 'link'), 'good, too');
    const options = { ...made, component: 'files', pool, target, restoreId: 'r-1' };
    const plan = await planExtractTar({ ...options, existing: 'refuse' });
    expect(plan.counts).toMatchObject({ refuse: 0, overwrite: 0 });
    expect(plan.entries.filter(({ reason }) => reason !== undefined)).toEqual([
      { path: 'dir/large-bad', action: 'skip', reason: 'could not be read to its end when it was backed up' },
      { path: 'link', action: 'skip', reason: 'could not be read to its end when it was backed up' },
    ]);
    const outcome = await restore(made, target);
    expect(outcome.skipped).toEqual([
      { path: 'dir/large-bad', reason: 'could not be read to its end when it was backed up' },
      { path: 'link', reason: 'is a hard link to a file that was not restored' },
    ]);
    expect(readFileSync(join(target, 'dir/large-bad'), 'utf8')).toBe('good and there');
    expect(readFileSync(join(target, 'link'), 'utf8')).toBe('good, too');
    expect(readFileSync(join(target, 'other'), 'utf8')).toBe('other');

    const chosen = await extractTar({
      ...options,
      target: join(folder, 'chosen'),
      existing: 'refuse',
      select: ['link'],
    });
    expect(chosen.skipped.map(({ path }) => path)).toEqual(['link']);
    const rest = await extractTar({
      ...options,
      target: join(folder, 'rest'),
      existing: 'refuse',
      select: ['other'],
    });
    expect(rest).toMatchObject({ entries: 1, skippedCount: 0 });
    // Stock tools cannot see which files are incomplete; only the manifest names them.
    expect(readFileSync(join(extractByHand(made, 'files', folder), 'dir/large-bad'))).toHaveLength(
      4 * SEGMENT,
    );
  },
);

test('a name that cannot be read at a place (ESPIPE, EISDIR) is named, too', async () => {
  for (const name of ['pipe-like', 'folder-like']) put(name, 'x'.repeat(100));
  const made = await capture([
    ['pipe-like', 'ESPIPE', 0],
    ['folder-like', 'EISDIR', 0],
  ]);
  expect(made.skipped).toEqual([
    { path: 'folder-like', reason: 'could not be read (EISDIR)' },
    { path: 'pipe-like', reason: 'could not be read (ESPIPE)' },
  ]);
});

const hasProc = existsSync('/proc/sys/kernel/hostname');
(hasProc ? testWithStockTools : test.skip)(
  'files that the system calls empty, or longer than they are, are read to their end',
  async () => {
    const made = await capture([], { source: '/proc/sys/kernel' });
    const target = join(folder, 'ours');
    await restore(made, target);
    const hostname = readFileSync('/proc/sys/kernel/hostname', 'utf8');
    const byHand = extractByHand(made, 'files', folder);
    for (const restored of [target, byHand])
      expect(readFileSync(join(restored, 'hostname'), 'utf8')).toBe(hostname);
    expect(made.skipped.filter(({ path }) => path === 'hostname')).toEqual([]);
  },
);

(hasProc ? testWithStockTools : test.skip)(
  'so are such files that are longer than what is left of a segment',
  async () => {
    const source = '/proc/self/net';
    const made = await capture([], { source });
    const target = join(folder, 'ours');
    await restore(made, target);
    const snmp = readFileSync(join(target, 'snmp'), 'utf8');
    expect(snmp).toMatch(/^Ip: /);
    expect(snmp.length).toBeGreaterThan(500);
    expect(extractByHand(made, 'files', folder)).toBeTruthy();
  },
);

const hasSys = existsSync('/sys/kernel/mm/transparent_hugepage');
(hasSys ? test : test.skip)(
  'what gives less than the system says is what it gives, without zeros',
  async () => {
    const made = await capture([], { source: '/sys/kernel/mm/transparent_hugepage' });
    expect(made.skipped).toEqual([]);
    const target = join(folder, 'ours');
    await restore(made, target);
    expect(readFileSync(join(target, 'enabled'), 'utf8')).toBe(
      readFileSync('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8'),
    );
  },
);
