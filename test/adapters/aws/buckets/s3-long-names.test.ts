import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { s3 as kind } from '../../../../lib/components/s3/s3.ts';
import { captureArchive, pool, restoreTask } from '../kind-round-trip.ts';
import { bucketSettings, startStubbedBuckets } from './stubbed-bucket.ts';

afterAll(() => pool.close());

test.each([248, 249, 250, 251, 254, 255])(
  'an object whose name has %d bytes, with its attributes, comes back in a folder under that name [T6]',
  async (bytes) => {
    const started = await startStubbedBuckets();
    const target = await mkdtemp(join(tmpdir(), 'holdfast-long-'));
    try {
      started.s3.bucket('source');
      const key = `folder/${'n'.repeat(bytes)}`;
      started.s3.put('source', key, 'content', { headers: { 'content-type': 'text/x-own' } });
      const settings = bucketSettings('source');
      const archive = await captureArchive(kind, settings, { buckets: started.newBuckets() });
      const task = restoreTask(settings, {}, archive, { target });
      const plan = await kind.planRestore(task);
      expect(plan).toMatchObject({ counts: { create: 2, refuse: 0 } });
      // Every object is written under the name that the archive has for it.
      expect(plan.entries.filter(({ reason }) => reason !== undefined)).toEqual([]);
      expect(await kind.restore(task)).toMatchObject({ entries: 2, skippedCount: 0 });
      expect(await readFile(join(target, 'objects', key), 'utf8')).toBe('content');
      const attributes = bytes > 249 ? `${key}/%~.jsonl` : `${key}.jsonl`;
      expect(
        JSON.parse(await readFile(join(target, 'attributes/0/objects', attributes), 'utf8')),
      ).toMatchObject({
        key,
        contentType: 'text/x-own',
      });
    } finally {
      await rm(target, { recursive: true });
      await started.close();
    }
  },
);
