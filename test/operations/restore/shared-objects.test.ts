/** Buckets that many tasks restore at the same time, each a part of the archive's contents. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { HoldfastError } from '../../../lib/model/errors.ts';
import type { RestoreRecord } from '../../../lib/model/records/restore.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import { completeRestore } from '../../../lib/operations/restore/complete-restore.ts';
import { viewRestore } from '../../../lib/operations/restore/component/restored-components.ts';
import { instead } from '../stepwise-host.ts';
import { SharedRestores } from './shared-restores.ts';

const OBJECTS = 4_000;
const FEW = 1_600;
let shared: SharedRestores;
let backupId: string;
let together: RestoreRecord['components'][string] | undefined;
const target = 's3://copy';

/** Bytes that do not compress. */
const noise = (seed: string, bytes: number): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(bytes / 32) }, (_, n) =>
      createHash('sha256').update(`${seed}/${n}`).digest(),
    ),
  ).subarray(0, bytes);

beforeAll(async () => {
  shared = await SharedRestores.open([
    { id: 'uploads', kind: 's3', bucket: 'source' },
    { id: 'few', kind: 's3', bucket: 'few' },
  ]);
  for (let n = 0; n < OBJECTS; n += 1) {
    const key = `k/${String(n).padStart(4, '0')}`;
    // One object spans many segments, and so several contents members.
    shared.buckets.bucket('source').set(key, noise(key, n === 100 ? 5_000_000 : 1_100 + (n % 64) * 8));
    shared.buckets.attributes.set(`source/${key}`, { metadata: { key }, tags: { n: String(n) } });
  }
  for (let n = 0; n < FEW; n += 1)
    shared.buckets.bucket('few').set(`k/${1_000 + n}`, noise(`few/${n}`, 1_300));
  backupId = await shared.backup();
  shared.restoreBytes = Number.POSITIVE_INFINITY;
  const one = await shared.restore(backupId, { targets: { uploads: 's3://alone' } });
  expect(one).toMatchObject({ tasks: 1, record: { state: 'SUCCESS' } });
  together = one.record.components.uploads;
  expect(shared.world('alone')).toEqual(shared.world('source'));
}, 60_000);
afterAll(() => shared.close());

beforeEach(() => {
  shared.restoreBytes = 1;
  shared.looksPerCall = Number.POSITIVE_INFINITY;
  shared.buckets.objects.delete('copy');
  shared.buckets.onPut = () => undefined;
  shared.buckets.refusal = () => undefined;
});

const request = { targets: { uploads: target } };
const fewRequest = { targets: { few: target } };
const expected = () => ({ ...together, target });

test('a bucket that many tasks restore is the one that a single task restores, and so is what is told [B6] [B7]', async () => {
  const { tasks, record } = await shared.restore(backupId, request);
  expect(tasks).toBeGreaterThan(5);
  expect(record).toMatchObject({ state: 'SUCCESS', progress: { entries: OBJECTS } });
  expect(record.components.uploads).toEqual(expected());
  expect(shared.world('copy')).toEqual(shared.world('alone'));
});

test('the number of tasks follows from how much one restores', async () => {
  shared.restoreBytes = 300_000_000;
  const few = await shared.restore(backupId, request);
  expect(few.tasks).toBeGreaterThan(1);
  expect(few.tasks).toBeLessThan(5);
  expect(few.record.components.uploads).toEqual(expected());
});

test('tasks that have little time go on where they stopped, and write nothing twice [B6]', async () => {
  shared.restoreBytes = 300_000_000;
  shared.looksPerCall = 400;
  const puts: string[] = [];
  shared.buckets.onPut = (_, key) => puts.push(key);
  const { tasks, calls, record } = await shared.restore(backupId, request);
  expect(calls).toBeGreaterThan(tasks);
  expect(puts).toHaveLength(OBJECTS);
  expect(record.components.uploads).toEqual(expected());
  expect(shared.world('copy')).toEqual(shared.world('alone'));
});

describe('killed at any call', () => {
  /** A host that dies at the `at`th commit: before the commit, or after it, so that its answer is lost. */
  const dying = (at: number, when: 'before' | 'after') => {
    let left = at;
    const { host } = shared;
    const { catalog } = host;
    const commit: typeof catalog.commit = async (...args) => {
      left -= 1;
      if (left === 0 && when === 'before') throw new HoldfastError('unavailable', 'killed');
      await catalog.commit(...args);
      if (left === 0 && when === 'after') throw new HoldfastError('unavailable', 'killed');
    };
    return { host: { ...host, catalog: instead(catalog, 'commit', commit) }, isDead: () => left <= 0 };
  };

  test.each(['before', 'after'] as const)(
    '%s any commit: the result is the same, counted once [B2] [B6]',
    async (when) => {
      shared.looksPerCall = 400;
      const least = (await shared.begin(backupId, fewRequest))[1].tasks.length;
      expect(least).toBeGreaterThan(1);
      await endOperation(shared.host, await shared.stepwise.hold(), { state: 'CANCELLED' });
      for (let at = 1; ; at += 1) {
        shared.buckets.objects.delete('copy');
        const [hold, planned] = await shared.begin(backupId, fewRequest);
        const { host, isDead } = dying(at, when);
        for (const work of planned.tasks)
          await shared.run(hold, work, host).catch(async (thrown: unknown) => {
            expect(String(thrown)).toContain('killed');
            await shared.run(hold, work);
          });
        await completeRestore(shared.context(), hold);
        expect((await shared.show(hold)).components.few).toMatchObject({
          state: 'SUCCESS',
          ...{ entries: FEW, bytes: FEW * 1_300, skippedCount: 0 },
        });
        expect(shared.world('copy').map(([key, bytes]) => [key, bytes])).toEqual(
          shared.world('few').map(([key, bytes]) => [key, bytes]),
        );
        if (!isDead()) {
          expect(at).toBeGreaterThan(2 * least);
          break;
        }
      }
    },
    180_000,
  );

  test('within its writes: what was written is written again, and is known as its own [B6]', async () => {
    let left = 60;
    shared.buckets.onPut = () => {
      left -= 1;
      if (left === 0) throw new HoldfastError('unavailable', 'killed');
    };
    const [hold, planned] = await shared.begin(backupId, request);
    const [work] = planned.tasks;
    if (work === undefined) throw new Error('nothing to restore');
    await expect(shared.run(hold, work)).rejects.toMatchObject({ code: 'unavailable' });
    const shown = await viewRestore(shared.host, await shared.show(hold));
    expect(shown.components.uploads?.state).toBe('IN_PROGRESS');
    await shared.finish(hold, planned);
    expect((await shared.show(hold)).components.uploads).toEqual(expected());
  });
});

describe('one part fails', () => {
  test('its component fails with its reason, and what the others restored stays and is counted [D4]', async () => {
    shared.buckets.onPut = (_, key) => {
      if (key === 'k/2000') throw new HoldfastError('component_failed', 'the bucket was deleted');
    };
    const { record } = await shared.restore(backupId, request);
    expect(record).toMatchObject({
      state: 'FAILED',
      shortError: 'component uploads: the bucket was deleted',
      components: { uploads: { state: 'FAILED', shortError: 'the bucket was deleted' } },
    });
    const there = shared.buckets.bucket('copy').size;
    expect(there).toBeGreaterThan(OBJECTS / 2);
    expect(there).toBeLessThan(OBJECTS);
  });

  test('one that was left out is never called restored [B8]', async () => {
    const [hold, { tasks }] = await shared.begin(backupId, request);
    for (const work of tasks.slice(1)) await shared.run(hold, work);
    await expect(completeRestore(shared.context(), hold)).rejects.toMatchObject({ code: 'internal' });
    await endOperation(shared.host, hold, { state: 'FAILED', error: new Error('by the test') });
    expect(await shared.show(hold)).toMatchObject({
      state: 'FAILED',
      components: { uploads: { state: 'FAILED' } },
    });
  });
});

describe('objects that the bucket refuses', () => {
  test('all of a part: the component is PARTIAL, since others were taken', async () => {
    shared.buckets.refusal = (_, key) => (key < 'k/0500' ? 'may not be written' : undefined);
    const { record } = await shared.restore(backupId, request);
    expect(record).toMatchObject({
      state: 'PARTIAL',
      components: { uploads: { state: 'PARTIAL', entries: OBJECTS - 500, skippedCount: 500 } },
    });
  });

  test('all of all parts: the component fails, in the words of a single task', async () => {
    shared.buckets.refusal = () => 'may not be written';
    const { record } = await shared.restore(backupId, request);
    const shortError = 'the bucket copy accepts none of the objects; the first one may not be written';
    expect(record.components.uploads).toMatchObject({ state: 'FAILED', shortError, entries: 0 });
  });
});

test('tasks of a restore that has ended write nothing more [B2] [B9]', async () => {
  const [hold, { tasks }] = await shared.begin(backupId, request);
  const [first, second] = tasks;
  if (first === undefined || second === undefined) throw new Error('too few tasks');
  await shared.run(hold, first);
  await endOperation(shared.host, hold, { state: 'CANCELLED' });
  const there = shared.buckets.bucket('copy').size;
  await expect(shared.run(hold, second)).rejects.toMatchObject({ code: 'fence_lost' });
  expect(shared.buckets.bucket('copy').size).toBe(there);
});
