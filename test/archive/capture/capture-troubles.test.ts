import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { generateArchiveKey } from '../../../lib/archive/age/age-header.ts';
import type { CaptureCursor, CaptureOutcome } from '../../../lib/archive/capture/capture-sink.ts';
import { captureTree } from '../../../lib/archive/capture/capture-tree.ts';
import type { TreeItem } from '../../../lib/archive/capture/tree-item.ts';
import { extractTar } from '../../../lib/archive/extract/extract-tar.ts';
import { iterateContents } from '../../../lib/archive/reader/contents-pages.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { isAtOrBefore, walk } from '../../../lib/components/directory/walk.ts';
import { MemorySink, makeEngineArchive } from '../samples/engine-archive.ts';
import { describeTree, scratchFolder, treeComponent } from '../samples/tree-fixtures.ts';

const SEGMENT = 65_536;
const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

/** Captures the tree; `meddle` runs after the walk and before any file is read. */
const captureMeddled = async (root: string, meddle: () => void) => {
  const items: TreeItem[] = [...walk(root)];
  meddle();
  const made = await makeEngineArchive(
    {
      files: {
        capture: (how) => captureTree({ ...how, root, items, isAtOrBefore, component: 'files', pool }),
      },
    },
    SEGMENT,
  );
  const skipped = made.sinks.files?.groups.flatMap((group) => group.skipped) ?? [];
  skipped.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { ...made, skipped };
};

const extract = (made: Awaited<ReturnType<typeof captureMeddled>>, target: string) =>
  extractTar({ ...made, component: 'files', pool, target, existing: 'refuse', restoreId: 'r-1' });

test('a file that vanishes is named, and the rest is whole', async () => {
  using source = scratchFolder();
  using target = scratchFolder();
  for (const name of ['a', 'b', 'c']) writeFileSync(join(source.path, name), name);
  writeFileSync(join(source.path, 'large'), randomBytes(200_000));
  const made = await captureMeddled(source.path, () => {
    rmSync(join(source.path, 'b'));
    rmSync(join(source.path, 'large'));
  });
  expect(made.skipped).toEqual([
    { path: 'b', reason: 'was deleted or renamed while the backup ran' },
    { path: 'large', reason: 'was deleted or renamed while the backup ran' },
  ]);
  expect(made.archive.manifest.components.files?.outcome).toBe('partial');
  await extract(made, target.path);
  expect(readFileSync(join(target.path, 'c'), 'utf8')).toBe('c');
});

test('files that grow or shrink are kept as far as the walk saw them, marked and named', async () => {
  using source = scratchFolder();
  using target = scratchFolder();
  const large = randomBytes(200_000);
  const at = (name: string): string => join(source.path, name);
  writeFileSync(at('grows'), 'before');
  writeFileSync(at('grows-large'), large);
  writeFileSync(at('shrinks'), 'all of it');
  writeFileSync(at('shrinks-large'), large);
  const made = await captureMeddled(source.path, () => {
    appendFileSync(at('grows'), ' and after');
    appendFileSync(at('grows-large'), 'more');
    truncateSync(at('shrinks'), 3);
    truncateSync(at('shrinks-large'), 100_000);
  });
  expect(made.skipped.map(({ path, reason }) => `${path} ${reason.split(' ')[0]}`)).toEqual([
    'grows grew',
    'grows-large grew',
    'shrinks shrank',
    'shrinks-large shrank',
  ]);
  const marked: string[] = [];
  for await (const entry of iterateContents(made.archive, made.identity)) {
    if (entry.changed === true) marked.push(entry.path);
  }
  expect(marked).toEqual(['grows', 'grows-large', 'shrinks', 'shrinks-large']);
  await extract(made, target.path);
  const restored = (name: string): Buffer => readFileSync(join(target.path, name));
  expect(restored('grows').toString()).toBe('before');
  expect(restored('grows-large').equals(large)).toBe(true);
  expect(restored('shrinks').toString('latin1')).toBe('all\0\0\0\0\0\0');
  expect(
    restored('shrinks-large').equals(Buffer.concat([large.subarray(0, 100_000), Buffer.alloc(100_000)])),
  ).toBe(true);
});

test('what may not be read is named with the reason', async () => {
  using source = scratchFolder();
  chmodSync(source.path, 0o755);
  const at = (name: string): string => join(source.path, name);
  writeFileSync(at('closed'), 'x', { mode: 0o000 });
  mkdirSync(at('folder'), { mode: 0o711 });
  writeFileSync(at('open'), 'x');
  // Root may read everything, so this part runs as another user.
  const wasRoot = process.geteuid?.() === 0;
  if (wasRoot) process.seteuid?.(65_534);
  try {
    const made = await captureMeddled(source.path, () => {});
    expect(made.skipped).toEqual(
      wasRoot
        ? [
            { path: 'closed', reason: 'permission denied' },
            { path: 'folder', reason: 'its contents: permission denied' },
          ]
        : [{ path: 'closed', reason: 'permission denied' }],
    );
  } finally {
    if (wasRoot) process.seteuid?.(0);
  }
});

test('sockets and pipes are named, not waited for', async () => {
  using source = scratchFolder();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(source.path, 'socket'), resolve));
  execFileSync('mkfifo', [join(source.path, 'pipe')]);
  try {
    const made = await captureMeddled(source.path, () => {});
    expect(made.skipped).toEqual([
      { path: 'pipe', reason: 'is a named pipe' },
      { path: 'socket', reason: 'is a socket' },
    ]);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

test('a capture that stops at every checkpoint, in the middle of a file too, gives the same archive', async () => {
  using source = scratchFolder();
  using target = scratchFolder();
  mkdirSync(join(source.path, 'd'));
  for (let i = 0; i < 60; i += 1) writeFileSync(join(source.path, 'd', `f${i}`), randomBytes(40_000));
  writeFileSync(join(source.path, 'huge'), randomBytes(40 * SEGMENT + 11));
  writeFileSync(join(source.path, 'last'), 'x');
  let calls = 0;
  const made = await makeEngineArchive(
    {
      files: {
        capture: async (how) => {
          let cursor: unknown;
          const sums = { sourceBytes: 0, entries: 0, skippedCount: 0 };
          for (;;) {
            calls += 1;
            const stopping: MemorySink = new MemorySink((group) => {
              // A workflow's state holds the cursor as JSON.
              cursor = JSON.parse(JSON.stringify(group.cursor)) as CaptureCursor;
              return 'stop';
            });
            const sink = {
              ...how.sink,
              emit: how.sink.emit.bind(how.sink),
              progress: () => {},
              checkpoint: stopping.checkpoint.bind(stopping),
            };
            const root = source.path;
            const outcome = await captureTree({
              ...how,
              sink,
              root,
              items: walk(root),
              isAtOrBefore,
              component: 'files',
              pool,
              cursor,
            });
            sums.sourceBytes += outcome.sourceBytes;
            sums.entries += outcome.entries;
            if (outcome.done || calls > 20) return { done: true, ...sums };
          }
        },
      },
    },
    SEGMENT,
  );
  expect(calls).toBeGreaterThan(4);
  expect(made.outcomes.files?.sourceBytes).toBe(60 * 40_000 + 40 * SEGMENT + 12);
  await extractTar({
    ...made,
    component: 'files',
    pool,
    target: target.path,
    existing: 'refuse',
    restoreId: 'r-1',
  });
  expect(describeTree(target.path)).toEqual(describeTree(source.path));
});

test('a cancelled capture ends at once, and the threads go on to the next', async () => {
  using source = scratchFolder();
  for (let i = 0; i < 50; i += 1) writeFileSync(join(source.path, `f${i}`), randomBytes(50_000));
  const { recipient } = await generateArchiveKey();
  const controller = new AbortController();
  const sink = new MemorySink();
  sink.emit = async () => controller.abort(new Error('cancelled by the test'));
  const cancelled = captureTree({
    root: source.path,
    items: walk(source.path),
    isAtOrBefore,
    component: 'files',
    recipient,
    segmentBytes: SEGMENT,
    pool,
    sink,
    signal: controller.signal,
  });
  await expect(cancelled).rejects.toThrow('cancelled by the test');
  const made = await makeEngineArchive({ files: treeComponent(pool, source.path) }, SEGMENT);
  expect(made.outcomes.files?.entries).toBe(51);
});

test('a sink that fails makes the capture fail with its error', async () => {
  using source = scratchFolder();
  for (let i = 0; i < 20; i += 1) writeFileSync(join(source.path, `f${i}`), randomBytes(50_000));
  const { recipient } = await generateArchiveKey();
  const sink = new MemorySink();
  sink.emit = async () => {
    throw new Error('the store is full');
  };
  const failing = captureTree({
    root: source.path,
    items: walk(source.path),
    isAtOrBefore,
    component: 'files',
    recipient,
    segmentBytes: SEGMENT,
    pool,
    sink,
  });
  await expect(failing).rejects.toThrow('the store is full');
});

test('what a segment holds depends on the tree alone', async () => {
  using source = scratchFolder();
  for (let i = 0; i < 30; i += 1) writeFileSync(join(source.path, `f${i}`), randomBytes(i * 3_000));
  const shape = async (): Promise<unknown> => {
    const made = await makeEngineArchive({ files: treeComponent(pool, source.path) }, SEGMENT);
    const entries: unknown[] = [];
    for await (const entry of iterateContents(made.archive, made.identity)) entries.push(entry);
    return entries;
  };
  expect(await shape()).toEqual(await shape());
});

test('whether nothing but folders was captured is known, also of a capture that went on in other calls', async () => {
  using source = scratchFolder();
  mkdirSync(join(source.path, 'd'));
  for (let i = 0; i < 200; i += 1) writeFileSync(join(source.path, 'd', `f${i}`), randomBytes(12_000));
  const items: TreeItem[] = [...walk(source.path)];
  rmSync(join(source.path, 'd'), { recursive: true });
  const { recipient } = await generateArchiveKey();
  const capture = async (): Promise<{ unread: CaptureOutcome['unread']; calls: number }> => {
    let cursor: unknown;
    for (let calls = 1; ; calls += 1) {
      const sink = new MemorySink((group) => {
        cursor = JSON.parse(JSON.stringify(group.cursor));
        return 'stop';
      });
      const root = source.path;
      const how = { recipient, segmentBytes: SEGMENT, sink, component: 'files', pool };
      const { done, unread } = await captureTree({ ...how, root, items, isAtOrBefore, cursor });
      if (done) return { unread, calls };
    }
  };
  const { unread, calls } = await capture();
  expect(calls).toBeGreaterThan(2);
  expect(unread).toEqual({
    count: 200,
    first: { path: 'd/f0', reason: 'was deleted or renamed while the backup ran' },
  });
  mkdirSync(join(source.path, 'd'));
  writeFileSync(join(source.path, 'd', 'f1'), randomBytes(12_000));
  // A different file under the same name is captured as the file it is, at the end.
  expect((await capture()).unread).toBeUndefined();
});
