import { randomBytes } from 'node:crypto';
import { afterAll, expect, test } from '@jest/globals';
import { captureEntries } from '../../../lib/archive/capture/capture-entries.ts';
import { captureStream } from '../../../lib/archive/capture/capture-stream.ts';
import type { CapturedEntry } from '../../../lib/archive/capture/captured-entry.ts';
import { extractEntries } from '../../../lib/archive/extract/extract-entries.ts';
import { extractStream } from '../../../lib/archive/extract/extract-stream.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { verifyArchive } from '../../../lib/archive/verify/verify.ts';
import { MemorySink, makeEngineArchive } from '../samples/engine-archive.ts';

const SEGMENT = 65_536;
const pool = new SegmentPool({ size: 2 });
afterAll(() => pool.close());

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

for (const size of [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 20 * SEGMENT + 5]) {
  test(`a stream of ${size} bytes comes back as it was`, async () => {
    const bytes = randomBytes(size);
    const made = await makeEngineArchive({
      dump: {
        stream: 'database.dump',
        capture: (how) =>
          captureStream({
            ...how,
            component: 'dump',
            stream: 'database.dump',
            pool,
            content: inChunks(bytes, 7_777),
          }),
      },
    });
    const found: Buffer[] = [];
    for await (const chunk of extractStream({ ...made, component: 'dump', pool })) found.push(chunk);
    expect(Buffer.concat(found).equals(bytes)).toBe(true);
    expect(made.outcomes.dump).toEqual({ done: true, sourceBytes: size, entries: 1, skippedCount: 0 });
  });
}

test('a source that fails makes the capture fail with its error', async () => {
  const failing = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.alloc(200_000);
    throw new Error('the database went away');
  };
  const made = makeEngineArchive({
    dump: {
      stream: 'database.dump',
      capture: (how) =>
        captureStream({ ...how, component: 'dump', stream: 'database.dump', pool, content: failing() }),
    },
  });
  await expect(made).rejects.toThrow('the database went away');
});

test('a cancelled stream ends though its source hangs', async () => {
  const controller = new AbortController();
  const hanging = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.alloc(10);
    controller.abort(new Error('cancelled by the test'));
    await new Promise(() => {});
  };
  const made = makeEngineArchive({
    dump: {
      stream: 'database.dump',
      capture: (how) =>
        captureStream({
          ...how,
          component: 'dump',
          stream: 'database.dump',
          pool,
          content: hanging(),
          signal: controller.signal,
        }),
    },
  });
  await expect(made).rejects.toThrow('cancelled by the test');
});

test('entries from elsewhere come back as they were, stopped at every checkpoint or not', async () => {
  const sizes = [
    0,
    1,
    511,
    512,
    513,
    SEGMENT,
    3 * SEGMENT,
    40 * SEGMENT + 1,
    ...Array.from({ length: 40 }, (_, i) => i * 997),
    20,
  ];
  const contents = sizes.map((size) => randomBytes(size));
  const mtime = new Date('2026-01-02T03:04:05.678Z');
  const all: CapturedEntry[] = contents.map((content, i) => ({
    path: `objects/${String(i).padStart(3, '0')} ü`,
    type: 'object',
    size: content.length,
    mtime,
    content: i % 2 === 0 ? content : (from) => inChunks(content.subarray(from), 10_000),
  }));
  const entries = async function* ({
    after,
    open,
  }: {
    after: string;
    open?: string;
  }): AsyncGenerator<CapturedEntry> {
    yield* all.filter(({ path }) => (open === undefined ? path > after : path >= open));
  };
  for (const stops of [false, true]) {
    let calls = 0;
    const made = await makeEngineArchive({
      files: {
        capture: async (how) => {
          let cursor: unknown;
          const sums = { sourceBytes: 0, entries: 0, skippedCount: 0 };
          for (;;) {
            calls += 1;
            const sink = new MemorySink((group) => {
              cursor = JSON.parse(JSON.stringify(group.cursor));
              return stops ? 'stop' : 'continue';
            });
            sink.emit = (member) => how.sink.emit(member);
            const outcome = await captureEntries({ ...how, sink, component: 'files', pool, entries, cursor });
            sums.sourceBytes += outcome.sourceBytes;
            sums.entries += outcome.entries;
            if (outcome.done || calls > 50) return { done: true, ...sums };
          }
        },
      },
    });
    expect(calls > 3).toBe(stops);
    expect(made.outcomes.files).toMatchObject({
      entries: all.length,
      sourceBytes: sizes.reduce((a, b) => a + b, 0),
    });
    let at = 0;
    for await (const { entry, content } of extractEntries({ ...made, component: 'files', pool })) {
      const found: Buffer[] = [];
      for await (const piece of content) found.push(piece);
      expect(entry).toMatchObject({
        path: all[at]?.path,
        type: 'object',
        mtime: '2026-01-02T03:04:05.678000000Z',
      });
      expect(Buffer.concat(found).equals(contents[at] ?? Buffer.alloc(0))).toBe(true);
      at += 1;
    }
    expect(at).toBe(all.length);
    const { archive, identity } = made;
    await expect(verifyArchive(archive, { identity, pool })).resolves.toMatchObject({
      bytesVerified: archive.archiveBytes,
    });
  }
});

test('ends a group early when the next checkpoint is going to stop, and goes on after it [B6]', async () => {
  const all = Array.from({ length: 12 }, (_, i): CapturedEntry => {
    const content = Buffer.from(`content ${i}`);
    const path = `objects/${String(i).padStart(2, '0')}`;
    return { path, type: 'object', size: content.length, mtime: new Date(0), content };
  });
  const calls: number[] = [];
  const made = await makeEngineArchive({
    files: {
      capture: async (how) => {
        let cursor: unknown;
        const sums = { sourceBytes: 0, entries: 0, skippedCount: 0 };
        for (;;) {
          let given = 0;
          const short = (): boolean => given > 5;
          const sink = Object.assign(
            new MemorySink((group) => {
              cursor = JSON.parse(JSON.stringify(group.cursor));
              return short() ? 'stop' : 'continue';
            }),
            { emit: how.sink.emit.bind(how.sink), stopsNext: short },
          );
          const entries = async function* ({ after }: { after: string }): AsyncGenerator<CapturedEntry> {
            for (const entry of all.filter(({ path }) => path > after)) {
              given += 1;
              yield entry;
            }
          };
          const outcome = await captureEntries({ ...how, sink, component: 'files', pool, entries, cursor });
          calls.push(outcome.entries);
          sums.sourceBytes += outcome.sourceBytes;
          sums.entries += outcome.entries;
          if (outcome.done || calls.length > 20) return { done: true, ...sums };
        }
      },
    },
  });
  expect(calls).toEqual([5, 5, 2]);
  const found = await Array.fromAsync(extractEntries({ ...made, component: 'files', pool }));
  expect(found.map(({ entry }) => entry.path)).toEqual(all.map(({ path }) => path));
});

test('content that is not as long as announced makes the capture fail', async () => {
  for (const size of [9, 11]) {
    const made = makeEngineArchive({
      files: {
        capture: (how) =>
          captureEntries({
            ...how,
            component: 'files',
            pool,
            entries: async function* () {
              yield { path: 'a', type: 'object', size, mtime: new Date(0), content: Buffer.alloc(10) };
            },
          }),
      },
    });
    await expect(made).rejects.toThrow('announced');
  }
});
