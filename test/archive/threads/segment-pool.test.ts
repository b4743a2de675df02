import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { makeAgePrefix } from '../../../lib/archive/age/age-header.ts';
import { generateArchiveKey } from '../../../lib/archive/index.ts';
import { makeSegmentBuffer, segmentBufferLayout } from '../../../lib/archive/threads/segment-buffer.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';

let pool: SegmentPool | undefined;
afterEach(() => pool?.close());

const sealSomething = async (on: SegmentPool): Promise<number> => {
  const { recipient } = await generateArchiveKey();
  const { framesAt, plainAt } = segmentBufferLayout(1024);
  const { size } = await on.run('seal-bytes', {
    ...(await makeAgePrefix([recipient])),
    level: 1,
    abort: new Int32Array(new SharedArrayBuffer(4)),
    buffer: makeSegmentBuffer(1024),
    framesAt,
    plainAt,
    plainBytes: 1024,
    ranges: new Float64Array(0),
  });
  return size;
};

const untilNoThreads = async (of: SegmentPool): Promise<void> => {
  for (const deadline = Date.now() + 10_000; of.threads > 0; await new Promise(setImmediate))
    if (Date.now() > deadline) throw new Error(`${of.threads} threads are still there after ten seconds`);
};

test('ends its threads when there is nothing to do, and starts new ones for the next job', async () => {
  pool = new SegmentPool({ size: 2, idleSeconds: 0.05 });
  pool.start();
  expect(pool.threads).toBe(2);
  await untilNoThreads(pool);
  expect(await sealSomething(pool)).toBeGreaterThan(0);
  await untilNoThreads(pool);
  // There are more jobs than threads, and none may be lost.
  const again = pool;
  const sizes = await Promise.all(Array.from({ length: 8 }, () => sealSomething(again)));
  expect(sizes.every((size) => size > 0)).toBe(true);
});

test('refuses a job after it was closed', async () => {
  pool = new SegmentPool({ size: 1 });
  await pool.close();
  await expect(sealSomething(pool)).rejects.toThrow('closed');
});

test('goes on with the next job after one that no thread can be sent', async () => {
  pool = new SegmentPool({ size: 1 });
  // Other buffers of the process share its memory, so the pool must not transfer it.
  const shared = Buffer.from('{}');
  await expect(pool.parseManifest(shared)).rejects.toThrow();
  expect(await sealSomething(pool)).toBeGreaterThan(0);
});

test('is closed before its process ends, though a last answer comes in between', async () => {
  const program = fileURLToPath(new URL('./close-pool-program.ts', import.meta.url));
  // Rejects on any exit code except 0: Node exits with 13 when an await never settles.
  const { stdout } = await promisify(execFile)(process.execPath, [program]);
  expect(stdout).toBe('closed\n');
});
