/**
 * The engine as a process of its own, for the bench: `engine.ts backup SOURCE FILE LEVEL` or `engine.ts restore FILE
 * TARGET`. Keys are beside the file; times of the parts are printed as JSON.
 */
import { open, readFile, writeFile } from 'node:fs/promises';
import type { CaptureOutcome } from '../lib/archive/capture/capture-sink.ts';
import { captureTree } from '../lib/archive/capture/capture-tree.ts';
import { extractTar } from '../lib/archive/extract/extract-tar.ts';
import { type ComponentSummary, DEFAULT_SEGMENT_BYTES, type Head } from '../lib/archive/format.ts';
import {
  generateArchiveKey,
  generateSigningKey,
  openArchive,
  openFileSource,
  SequentialWriter,
  sealArchiveKey,
  signBytes,
  unsealArchiveKey,
  verifyArchive,
} from '../lib/archive/index.ts';
import { byteStringOf } from '../lib/archive/tar/byte-string.ts';
import { SegmentPool } from '../lib/archive/threads/segment-pool.ts';
import { isAtOrBefore, walk } from '../lib/components/directory/walk.ts';
import { keepYoungGenerationSmall } from '../lib/runtimes/server/small-young-generation.ts';

const secondsSince = (start: number): number => (performance.now() - start) / 1000;

const headFor = (recipient: string, createdAt: string): Head => ({
  format: 1,
  backupId: 'bench',
  installation: 'bench',
  createdAt,
  createdBy: 'bench',
  description: '',
  scope: 'system',
  domain: 'root',
  productVersion: '0.1.0',
  archiveKey: recipient,
  segmentBytes: DEFAULT_SEGMENT_BYTES,
});

const summaryOf = (
  { sourceBytes, entries, skippedCount }: CaptureOutcome,
  capturedAt: string,
): ComponentSummary => ({
  kind: 'directory',
  layout: 'tar',
  outcome: skippedCount === 0 ? 'complete' : 'partial',
  capturedAt,
  sourceBytes,
  entries,
  skippedCount,
  skipped: [],
  details: {},
});

const backup = async (source: string, path: string, level: number): Promise<object> => {
  const pool = new SegmentPool();
  pool.start();
  const { identity, recipient } = await generateArchiveKey();
  const { signingKey, verifyKey } = generateSigningKey();
  const createdAt = new Date().toISOString();
  const head = headFor(recipient, createdAt);
  const start = performance.now();
  const file = await open(path, 'w');
  const writer = new SequentialWriter(head, (bytes) => file.writev([...bytes]));
  await writer.begin({ components: [{ id: 'files', kind: 'directory', layout: 'tar' }] });
  const root = byteStringOf(source);
  const outcome = await captureTree({
    root,
    items: walk(root),
    isAtOrBefore,
    component: 'files',
    recipient,
    segmentBytes: DEFAULT_SEGMENT_BYTES,
    level,
    pool,
    sink: {
      emit: (ready) => writer.add(ready),
      checkpoint: async () => 'continue',
      progress: () => {},
    },
  });
  const captureSeconds = secondsSince(start);
  const { sourceBytes, entries } = outcome;
  const tail = await writer.end(
    {
      completedAt: new Date().toISOString(),
      encryption: { mode: 'key', keyId: 'bench' },
      components: { files: summaryOf(outcome, createdAt) },
      sealedKey: await sealArchiveKey(identity, { recipients: [recipient] }),
    },
    { verifyKey, sign: async (message) => signBytes(message, signingKey) },
  );
  await file.close();
  const sealSeconds = secondsSince(start) - captureSeconds;
  await writeFile(`${path}.key`, identity);
  await pool.close();
  return { captureSeconds, sealSeconds, entries, sourceBytes, archiveBytes: tail.archiveBytes };
};

const opened = async (path: string) => openArchive(await openFileSource(path), { trust: () => true });

const verify = async (path: string): Promise<object> => {
  const start = performance.now();
  const pool = new SegmentPool();
  pool.start();
  await verifyArchive(await opened(path), { wholeFile: true, pool });
  await pool.close();
  return { verifySeconds: secondsSince(start) };
};

const restore = async (path: string, target: string): Promise<object> => {
  const pool = new SegmentPool();
  pool.start();
  const archive = await opened(path);
  const backupKey = await readFile(`${path}.key`, 'utf8');
  const identity = await unsealArchiveKey(
    await archive.readMember('key.age'),
    { identities: [backupKey] },
    archive.manifest.archiveKey,
  );
  const outcome = await extractTar({
    archive,
    component: 'files',
    identity,
    pool,
    target,
    existing: 'refuse',
    restoreId: 'bench',
    // As an installation restores what it has signed itself.
    checkHashes: process.env.BENCH_CHECK_HASHES === '1',
  });
  await pool.close();
  return { entries: outcome.entries, bytes: outcome.bytes };
};

keepYoungGenerationSmall();
const [verb, first = '', second = '', level = '1'] = process.argv.slice(2);
const done =
  verb === 'backup'
    ? await backup(first, second, Number(level))
    : verb === 'verify'
      ? await verify(first)
      : await restore(first, second);
console.log(JSON.stringify(done));
process.exit(0);
