import { afterAll, expect, test } from '@jest/globals';
import { captureStream } from '../../../lib/archive/capture/capture-stream.ts';
import { generateArchiveKey } from '../../../lib/archive/index.ts';
import { DUMP_NAME } from '../../../lib/components/postgres/dump/dump.ts';
import { pool } from './archive.ts';

const SEGMENT_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
const MEGABYTE = 1024 * 1024;

afterAll(() => pool.close());

test('a dump of any size takes the same memory [K3]', async () => {
  const { recipient } = await generateArchiveKey();
  let most = 0;
  /** Like pg_dump's output: every chunk in a new buffer. */
  const content = async function* (): AsyncGenerator<Uint8Array, void> {
    for (let chunk = 0; chunk < (400 * MEGABYTE) / CHUNK_BYTES; chunk += 1) {
      yield Buffer.alloc(CHUNK_BYTES, chunk);
      if (chunk % 64 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
  };
  const before = process.memoryUsage().arrayBuffers;
  let bytes = 0;
  await captureStream({
    component: 'database',
    stream: DUMP_NAME,
    content: content(),
    recipient,
    segmentBytes: SEGMENT_BYTES,
    pool,
    sink: {
      emit: async ({ member }) => {
        bytes += member.plainBytes ?? 0;
      },
      checkpoint: async () => 'continue',
      progress: () => {},
    },
  });
  expect(bytes).toBeGreaterThanOrEqual(400 * MEGABYTE);
  expect(most - before).toBeLessThan(200 * MEGABYTE);
}, 120_000);
