/**
 * A backup and restores whose tasks have seconds instead of Lambda's 15 minutes. Each large object takes one
 * second of the test's own clock, so the speed of the machine does not matter.
 */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { iterateContents } from '../../../lib/archive/reader/contents-pages.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { createBackupSchema } from '../../../lib/model/requests/backups.ts';
import { createRestoreSchema } from '../../../lib/model/requests/restores.ts';
import { capture } from '../../../lib/operations/backup/capture/capture-task.ts';
import { completeBackup } from '../../../lib/operations/backup/complete-backup.ts';
import { planBackup } from '../../../lib/operations/backup/plan-backup.ts';
import { requestBackup } from '../../../lib/operations/backup/request-backup.ts';
import { sealArchive } from '../../../lib/operations/backup/seal-archive.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { takeOverKey } from '../../../lib/operations/keys/sealed-archive-key.ts';
import { completeRestore } from '../../../lib/operations/restore/complete-restore.ts';
import { restoreComponent } from '../../../lib/operations/restore/component/restore-component.ts';
import { viewRestore } from '../../../lib/operations/restore/component/restored-components.ts';
import { openArchiveForRestore } from '../../../lib/operations/restore/open-archive.ts';
import { requestRestore } from '../../../lib/operations/restore/request-restore.ts';
import { openBackupArchive } from '../../../lib/operations/stored/open-backup-archive.ts';
import { getRecord } from '../../../lib/operations/task/operation-record.ts';
import type { TaskContext } from '../../../lib/operations/task/task-context.ts';
import type { Hold } from '../../../lib/ports/catalog/catalog.ts';
import type { BucketStore } from '../../../lib/ports/sources/bucket-store.ts';
import { verifySealed } from '../../operations/verify/read-back.ts';
import { administrator } from '../../principals.ts';
import { type EmulatedHost, startEmulatedHost } from './emulated-host.ts';

const LIMIT_MILLISECONDS = 8_000;
/** With this limit, several tasks verify an archive of 60 MB. */
const VERIFY_BYTES = 8 * 1024 ** 2;
/** Objects above 4 MB are read and written one by one. */
const LARGE_BYTES = 4_300_000;
const principal = administrator();

let emulated: EmulatedHost;
let source: string;
const contents: Record<string, Buffer> = {};

beforeAll(async () => {
  emulated = await startEmulatedHost((bucket) => {
    source = bucket;
    return { installation: 'limits', components: [{ id: 'uploads', kind: 's3', bucket }] };
  });
  for (let n = 0; n < 56; n++)
    contents[`k/${String(n).padStart(2, '0')}`] = randomBytes(n % 4 === 3 ? LARGE_BYTES : 2_000);
  for (const [Key, Body] of Object.entries(contents))
    await emulated.s3.send(new PutObjectCommand({ Bucket: source, Key, Body, Metadata: { key: Key } }));
}, 120_000);
afterAll(() => emulated.close());

const LARGE_MILLISECONDS = 1_000;
const SMALL_MILLISECONDS = 20;

/**
 * The emulator's buckets with slow objects. It records which transfers started and which objects were
 * written.
 */
class SlowBuckets implements BucketStore {
  readonly begun: string[] = [];
  readonly puts: string[] = [];
  underWay = 0;
  /** Milliseconds that have passed on the test's clock. */
  elapsed = 0;
  readonly #buckets: BucketStore;
  onPut: (key: string, signal: AbortSignal) => Promise<void> = async () => undefined;

  constructor(buckets: BucketStore) {
    this.#buckets = buckets;
  }

  describe: BucketStore['describe'] = (bucket) => this.#buckets.describe(bucket);
  open: BucketStore['open'] = (...args) => this.#buckets.open(...args);
  digest: BucketStore['digest'] = (...args) => this.#buckets.digest(...args);

  listPages: BucketStore['listPages'] = (...args) => this.#buckets.listPages(...args);

  async *list(...args: Parameters<BucketStore['list']>): ReturnType<BucketStore['list']> {
    for await (const object of this.#buckets.list(...args)) {
      this.#take(object.bytes);
      yield object;
    }
  }

  #take(bytes: number): void {
    this.elapsed += bytes < LARGE_BYTES ? SMALL_MILLISECONDS : LARGE_MILLISECONDS;
  }

  put: BucketStore['put'] = async (bucket, key, object, options) => {
    this.underWay += 1;
    try {
      await this.onPut(key, options.signal);
      options.signal.throwIfAborted();
      this.begun.push(key);
      const written = await this.#buckets.put(bucket, key, object, options);
      this.#take(object.bytes);
      this.puts.push(key);
      return written;
    } finally {
      this.underWay -= 1;
    }
  };
}

interface Slow {
  readonly host: OperatingHost;
  readonly buckets: SlowBuckets;
  /** The context of a function call that has this much time. */
  context(milliseconds?: number): TaskContext<OperatingHost>;
}

/** The host with slow buckets, and their clock. */
const slow = (): Slow => {
  const buckets = new SlowBuckets(emulated.host.buckets);
  const begun = Date.now();
  const host = {
    ...emulated.host,
    buckets,
    verifyBytes: VERIFY_BYTES,
    clock: { now: () => new Date(begun + buckets.elapsed) },
  };
  const context = (milliseconds = 900_000): TaskContext<OperatingHost> => {
    const deadline = buckets.elapsed + milliseconds;
    const { signal } = new AbortController();
    return { host, signal, remainingMilliseconds: () => deadline - buckets.elapsed };
  };
  return { host, buckets, context };
};

/**
 * Repeats calls until the work is done, as the state machine's loop does. Each call ends before its time
 * does.
 */
const untilDone = async (
  { context: contextOf }: Slow,
  milliseconds: number,
  work: (context: TaskContext<OperatingHost>) => Promise<{ done: boolean }>,
): Promise<number> => {
  for (let calls = 1; ; calls++) {
    const context = contextOf(milliseconds);
    const { done } = await work(context);
    expect(context.remainingMilliseconds()).toBeGreaterThan(0);
    if (done) return calls;
    expect(calls).toBeLessThan(50);
  }
};

const begun = async (host: OperatingHost, { id }: { id: string }): Promise<Hold> => ({
  operationId: id,
  fence: (await host.catalog.lock()).fence,
});

const backup = async (milliseconds: number): Promise<{ id: string; calls: number }> => {
  const one = slow();
  const { host } = one;
  const request = createBackupSchema.parse({});
  const hold = await begun(host, await requestBackup(host, principal, request));
  const whole = one.context();
  const [work] = (await planBackup(whole, hold)).tasks;
  if (work === undefined) throw new Error('nothing to capture');
  const calls = await untilDone(one, milliseconds, (context) => capture(context, hold, work));
  await sealArchive(whole, hold);
  expect(await verifySealed(whole, hold)).toBeGreaterThan(4);
  await completeBackup(whole, hold);
  return { id: hold.operationId, calls };
};

const startRestore = async ({ host, context }: Slow, backupId: string, to: string): Promise<Hold> => {
  const request = createRestoreSchema.parse({ targets: { uploads: `s3://${to}` } });
  const hold = await begun(host, await requestRestore(host, principal, backupId, request));
  await openArchiveForRestore(context(), hold);
  return hold;
};

const work = { component: 'uploads', shard: 0 };

const objectsOf = async (bucket: string): Promise<string[]> => {
  const { buckets } = emulated.host;
  const listed = await Array.fromAsync(buckets.list(bucket, { prefix: '' }));
  return Promise.all(
    listed.map(async (object) => {
      const opened = await buckets.open(bucket, object);
      if ('unreadable' in opened) throw new Error(opened.unreadable);
      const body = Buffer.concat(await Array.fromAsync(opened.content));
      const same = body.equals(contents[object.key] ?? Buffer.alloc(0));
      return `${object.key} ${same ? 'same' : 'another'} ${opened.attributes.metadata.key}`;
    }),
  );
};
const expected = (): string[] => Object.keys(contents).map((key) => `${key} same ${key}`);

/** The entries of an archive, whichever segment holds them; the test of the restore compares their bytes. */
const entriesOf = async (restore: Hold, backupId: string): Promise<string[]> => {
  const { host } = emulated;
  const found = await host.catalog.get('backup', backupId);
  if (found === undefined) throw new Error('no such backup');
  const archive = await openBackupArchive(host, found.record);
  const entries = await Array.fromAsync(
    iterateContents(archive, await takeOverKey(host, restore.operationId)),
  );
  return entries
    .filter(({ type }) => type === 'object')
    .map(({ path, size, mtime }) => [path, size, mtime].join(' '));
};

describe('a task whose time is counted in seconds [B6]', () => {
  let inOneGo: string;
  let archived: string;

  test('captures in several calls what another captures in one, and the archives hold the same', async () => {
    const one = await backup(900_000);
    expect(one.calls).toBe(1);
    const many = await backup(LIMIT_MILLISECONDS);
    expect(many.calls).toBeGreaterThan(1);
    [inOneGo, archived] = [one.id, many.id];
    const listed: string[][] = [];
    for (const id of [inOneGo, archived]) {
      const hold = await startRestore(slow(), id, await emulated.newBucket());
      listed.push(await entriesOf(hold, id));
      await endOperation(emulated.host, hold, { state: 'CANCELLED' });
    }
    expect(listed[0]).toHaveLength(Object.keys(contents).length);
    expect(listed[1]).toEqual(listed[0]);
  });

  test('restores in several calls, writes nothing twice, and tells the sums of all', async () => {
    const to = await emulated.newBucket();
    const one = slow();
    const { host, buckets, context } = one;
    const hold = await startRestore(one, archived, to);
    const calls = await untilDone(one, LIMIT_MILLISECONDS, (each) => restoreComponent(each, hold, work));
    expect(calls).toBeGreaterThan(1);
    await completeRestore(context(), hold);
    const bytes = Object.values(contents).reduce((sum, { length }) => sum + length, 0);
    expect((await host.catalog.get('restore', hold.operationId))?.record).toMatchObject({
      state: 'SUCCESS',
      components: { uploads: { state: 'SUCCESS', bytes, entries: Object.keys(contents).length } },
    });
    expect(buckets.puts.sort()).toEqual(Object.keys(contents).sort());
    expect(await objectsOf(to)).toEqual(expected());
    expect((await host.catalog.list('restoreCheckpoint', { group: hold.operationId })).total).toBe(0);
  });

  test('goes on from its last checkpoint when a call of it crashes, or its store is out of reach for a while', async () => {
    const to = await emulated.newBucket();
    const one = slow();
    const { host, buckets, context } = one;
    const hold = await startRestore(one, inOneGo, to);
    expect(await restoreComponent(context(LIMIT_MILLISECONDS), hold, work)).toEqual({ done: false });
    const sure = new Set(buckets.puts);
    expect(sure.size).toBeGreaterThan(0);
    buckets.puts.length = 0;
    let left = 10;
    buckets.onPut = async (key) => {
      left -= 1;
      if (left === 0) throw new HoldfastError('unavailable', `the store did not answer for ${key}`);
    };
    // The state machine's Retry matches this error and calls the function again.
    await expect(restoreComponent(context(), hold, work)).rejects.toMatchObject({
      name: 'RetryableError',
    });
    const { components } = await viewRestore(host, await getRecord(host, 'restore', hold.operationId));
    expect(components.uploads?.state).toBe('IN_PROGRESS');
    expect(await restoreComponent(context(), hold, work)).toEqual({ done: true });
    await completeRestore(context(), hold);
    expect(buckets.puts.filter((key) => sure.has(key))).toEqual([]);
    expect(await objectsOf(to)).toEqual(expected());
  });

  test('stops writing when its operation has lost the lock, though nobody can tell the function [B2] [B9]', async () => {
    const to = await emulated.newBucket();
    const one = slow();
    const { host, buckets, context } = one;
    const hold = await startRestore(one, inOneGo, to);
    // The test cancels the operation while the function writes. After two more seconds of the test's clock,
    // each write waits until the function aborts it.
    let known = Number.POSITIVE_INFINITY;
    let cancelled: Promise<void> | undefined;
    buckets.onPut = async (_key, signal) => {
      if (buckets.puts.length < 5) return;
      cancelled ??= endOperation(host, hold, { state: 'CANCELLED' }).then(() => {
        known = buckets.elapsed + 2 * LARGE_MILLISECONDS;
      });
      await cancelled;
      if (buckets.elapsed >= known && !signal.aborted) await once(signal, 'abort');
    };
    await expect(restoreComponent(context(), hold, work)).rejects.toMatchObject({ code: 'fence_lost' });
    expect(buckets.underWay).toBe(0);
    expect(buckets.begun.length).toBeLessThan(Object.keys(contents).length / 2);
    // A request that was aborted may still have taken effect.
    const there = new Set((await objectsOf(to)).map((line) => line.split(' ')[0] ?? ''));
    expect(there.isSupersetOf(new Set(buckets.puts))).toBe(true);
    expect(there.isSubsetOf(new Set(buckets.begun))).toBe(true);
    expect((await host.catalog.get('restore', hold.operationId))?.record.state).toBe('CANCELLED');
  });
});
