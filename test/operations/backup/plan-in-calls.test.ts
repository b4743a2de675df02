/** Backups planned in several calls, because each call has hardly any time. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MAX_COUNTED_PAGES, MAX_SHARDS } from '../../../lib/components/s3/plan-shards.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { createBackupSchema } from '../../../lib/model/requests/backups.ts';
import { capture } from '../../../lib/operations/backup/capture/capture-task.ts';
import { completeBackup } from '../../../lib/operations/backup/complete-backup.ts';
import { planBackup } from '../../../lib/operations/backup/plan-backup.ts';
import { backupContents } from '../../../lib/operations/backup/read-backups.ts';
import { requestBackup } from '../../../lib/operations/backup/request-backup.ts';
import { sealArchive } from '../../../lib/operations/backup/seal-archive.ts';
import { cancelOperation } from '../../../lib/operations/engine/cancel-operation.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import { freeAbandonedLock } from '../../../lib/operations/engine/free-abandoned-lock.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import type { TaskContext } from '../../../lib/operations/task/task-context.ts';
import type { Hold } from '../../../lib/ports/catalog/catalog.ts';
import { MemoryBuckets } from '../../cases/memory-buckets.ts';
import { instead, principal, StepwiseHost } from '../stepwise-host.ts';
import { verifySealed } from '../verify/read-back.ts';

const KEYS = 60;
const keyOf = (n: number): string => `k/${String(n).padStart(3, '0')}`;
const GIB = 1024 ** 3;

/** Buckets whose listing reports gigabytes for each object, so that the plan splits it into many ranges. */
class LargeBuckets extends MemoryBuckets {
  pages = 0;
  override listPages: MemoryBuckets['listPages'] = async function* (
    this: LargeBuckets,
    ...args: Parameters<MemoryBuckets['listPages']>
  ) {
    for await (const { objects, next } of MemoryBuckets.prototype.listPages.apply(this, args)) {
      this.pages += 1;
      yield { objects: objects.map((object) => ({ ...object, bytes: 2 * GIB })), next };
    }
  };
  /** The listing of `MemoryBuckets` with larger sizes; captured objects have their real sizes. */
  override async *list(...args: Parameters<MemoryBuckets['list']>): ReturnType<MemoryBuckets['list']> {
    for await (const { objects } of MemoryBuckets.prototype.listPages.apply(this, args)) yield* objects;
  }
}

let here: StepwiseHost;
let host: OperatingHost;
let buckets: LargeBuckets;
beforeEach(async () => {
  here = await StepwiseHost.open();
  buckets = new LargeBuckets();
  buckets.keysPerPage = 10;
  for (let n = 0; n < KEYS; n++) buckets.bucket('many').set(keyOf(n), Buffer.from(`object ${n}`));
  const folders = ['a', 'b', 'c'].map((id) => ({ id, kind: 'directory', path: join(here.folder, id) }));
  for (const { path } of folders) {
    await mkdir(path);
    await writeFile(join(path, 'file'), path);
  }
  const components = [...folders, { id: 'many', kind: 's3', bucket: 'many' }];
  host = { ...here.host, buckets, config: configSchema.parse({ components }) };
});
afterEach(() => here.close());

const begin = async (request: object = {}): Promise<Hold> => {
  await requestBackup(host, principal, createBackupSchema.parse(request));
  return here.hold();
};

/** A context with so little time that the call stops as early as it may. */
const short = (of: OperatingHost = host): TaskContext<OperatingHost> => {
  let looks = 0;
  return { ...here.context(of), remainingMilliseconds: () => (looks++ === 0 ? 1000 : 1) };
};

type Tasks = Awaited<ReturnType<typeof planBackup>>['tasks'];

const plan = async (hold: Hold): Promise<{ calls: number; tasks: Tasks }> => {
  for (let calls = 1; calls < 50; calls++) {
    const { planned, tasks } = await planBackup(short(), hold);
    if (planned) return { calls, tasks };
    expect(tasks).toEqual([]);
  }
  throw new Error('fifty calls have not planned it');
};

const works = async ({ operationId }: Hold) =>
  (await host.catalog.list('captureWork', { group: operationId })).records.map(
    ({ component, shard, shards, work }) => ({ component, shard, shards, work }),
  );
const plans = async ({ operationId }: Hold) =>
  (await host.catalog.list('capturePlan', { group: operationId })).records;

/** The result of planning a backup in one call; the backup then ends without a trace. */
const inOneCall = async () => {
  const hold = await begin();
  const { planned, tasks } = await planBackup(here.context(host), hold);
  expect(planned).toBe(true);
  const found = { tasks, works: await works(hold) };
  await endOperation(host, hold, { state: 'CANCELLED' });
  return found;
};

const finish = async (hold: Hold, tasks: Tasks) => {
  for (const task of tasks) expect(await capture(here.context(host), hold, task)).toEqual({ done: true });
  expect(await planBackup(short(), hold)).toEqual({ done: true, planned: true, tasks: [] });
  await sealArchive(here.context(host), hold);
  await verifySealed(here.context(host), hold);
  await completeBackup(here.context(host), hold);
  return here.show(hold.operationId);
};

describe('a backup that is planned in several calls', () => {
  test('has the tasks that one call makes, and its bucket is listed once [B6]', async () => {
    const expected = await inOneCall();
    expect(expected.works.filter(({ component }) => component === 'many').length).toBeGreaterThan(4);
    const hold = await begin();
    buckets.pages = 0;
    const { calls, tasks } = await plan(hold);
    expect(calls).toBe(3 + KEYS / 10);
    expect(buckets.pages).toBe(KEYS / 10);
    expect({ tasks, works: await works(hold) }).toEqual(expected);
    expect(await finish(hold, tasks)).toMatchObject({
      state: 'SUCCESS',
      components: { many: { state: 'SUCCESS' }, a: { entries: 2 } },
    });
    expect(await plans(hold)).toEqual([]);
  });

  test('may be planned again after it was, and has the same tasks [B6]', async () => {
    const hold = await begin();
    const { tasks } = await plan(hold);
    const before = await works(hold);
    buckets.bucket('many').clear();
    expect(await planBackup(short(), hold)).toEqual({ done: false, planned: true, tasks });
    expect(await works(hold)).toEqual(before);
  });

  test.each(['before', 'after'] as const)(
    'goes on where a call was killed, at whichever write to the catalog or the store: %s it [B6]',
    async (when) => {
      const expected = await inOneCall();
      const hold = await begin({ includeLogs: true });
      const killed = () => new Error('killed by the test');
      const killedAt = (n: number): OperatingHost => {
        let calls = 0;
        const mortal =
          <A extends unknown[], R>(method: (...args: A) => Promise<R>) =>
          async (...args: A): Promise<R> => {
            calls += 1;
            if (calls > n || (calls === n && when === 'before')) throw killed();
            const answer = await method(...args);
            if (calls >= n) throw killed();
            return answer;
          };
        return {
          ...host,
          catalog: instead(
            host.catalog,
            'commit',
            mortal((...args) => host.catalog.commit(...args)),
          ),
          objects: instead(
            host.objects,
            'putPiece',
            mortal((...args) => host.objects.putPiece(...args)),
          ),
        };
      };
      let tasks: Tasks = [];
      for (let n = 1; ; n++) {
        const tried = await planBackup(short(killedAt(n)), hold).catch((thrown: unknown) => thrown);
        if (!(tried instanceof Error)) {
          const answer = tried as Awaited<ReturnType<typeof planBackup>>;
          tasks = answer.tasks;
          if (answer.planned) break;
        }
        expect(n).toBeLessThan(60);
      }
      expect({ tasks, works: await works(hold) }).toEqual(expected);
      expect(await finish(hold, tasks)).toMatchObject({ state: 'SUCCESS' });
    },
  );

  test('is planned no further by a call whose operation has lost the lock [B2]', async () => {
    const hold = await begin();
    expect(await planBackup(short(), hold)).toMatchObject({ planned: false });
    await freeAbandonedLock(host, { because: 'the test says so' });
    await begin();
    await expect(planBackup(short(), hold)).rejects.toMatchObject({ code: 'fence_lost' });
    expect(await plans(hold)).toEqual([]);
  });

  test('ends at its next call once it is cancelled, and leaves nothing [B9]', async () => {
    const hold = await begin();
    expect(await planBackup(short(), hold)).toMatchObject({ planned: false });
    await cancelOperation(host, principal, hold.operationId);
    await expect(planBackup(short(), hold)).rejects.toBeInstanceOf(HoldfastError);
    expect(await here.show(hold.operationId)).toMatchObject({ state: 'CANCELLED' });
    expect(await plans(hold)).toEqual([]);
    expect(await works(hold)).toEqual([]);
  });

  test('has what is put into its bucket between two calls, before and behind what was counted', async () => {
    const hold = await begin();
    const folders = 3;
    for (let calls = 0; calls < folders + 2; calls++) await planBackup(short(), hold);
    const [{ state, cursor } = { state: '', cursor: {} }] = (await plans(hold)).filter(
      ({ component }) => component === 'many',
    );
    expect({ state, cursor }).toMatchObject({ state: 'COUNTING', cursor: { pages: 2, after: keyOf(19) } });
    for (const key of ['k/005a', 'k/045a']) buckets.bucket('many').set(key, Buffer.from('late'));
    const { tasks } = await plan(hold);
    await finish(hold, tasks);
    const record = await here.show(hold.operationId);
    expect(record).toMatchObject({ state: 'SUCCESS' });
    const page = { skip: 0, limit: 1_000, component: 'many', principal };
    const { resources } = await backupContents(host, hold.operationId, page);
    expect(resources.filter(({ type }) => type === 'object')).toHaveLength(KEYS + 2);
  });

  test('goes on without a component whose source goes away while it is counted, and names it [B26]', async () => {
    const hold = await begin();
    for (let calls = 0; calls < 5; calls++) expect((await planBackup(short(), hold)).planned).toBe(false);
    buckets.listPages = () => {
      throw new HoldfastError('component_unavailable', 'there is no bucket many');
    };
    const { tasks } = await plan(hold);
    expect(tasks.map(({ component }) => component)).toEqual(['a', 'b', 'c']);
    expect(await finish(hold, tasks)).toMatchObject({
      state: 'PARTIAL',
      components: { many: { state: 'FAILED', shortError: expect.stringContaining('no bucket many') } },
    });
  });

  test('fails by the name of a component that the configuration no longer has', async () => {
    const hold = await begin();
    expect((await planBackup(short(), hold)).planned).toBe(false);
    const { components, ...config } = host.config;
    host = { ...host, config: { ...config, components: components.filter(({ id }) => id !== 'b') } };
    await expect(plan(hold)).rejects.toMatchObject({
      code: 'not_found',
      message: 'there is no component "b" in holdfast.config.json',
    });
  });

  test('is not sealed before all that was planned is captured, whatever the workflow does', async () => {
    const hold = await begin();
    const { tasks } = await plan(hold);
    for (const task of tasks.slice(0, -1)) await capture(here.context(host), hold, task);
    expect(await planBackup(short(), hold)).toEqual({ done: false, planned: true, tasks: tasks.slice(-1) });
    await expect(sealArchive(here.context(host), hold)).rejects.toMatchObject({ code: 'internal' });
    expect(await finish(hold, tasks.slice(-1))).toMatchObject({ state: 'SUCCESS' });
  });

  test('has every key once when a bucket has more keys than are counted [B6]', async () => {
    const more = MAX_COUNTED_PAGES + 40;
    buckets.keysPerPage = 1;
    buckets.bucket('many').clear();
    for (let n = 0; n < more; n++)
      buckets.bucket('many').set(String(n).padStart(5, '0'), Buffer.from(`object ${n}`));
    const hold = await begin();
    const context = here.context(host);
    expect(await planBackup(context, hold)).toMatchObject({ planned: false });
    const { tasks } = await planBackup(context, hold);
    const numbers = tasks.filter(({ component }) => component === 'many').map(({ shard }) => shard);
    expect(numbers.filter((shard) => shard >= MAX_SHARDS).length).toBeGreaterThan(10);
    expect(await finish(hold, tasks)).toMatchObject({ state: 'SUCCESS', progress: { expectedBytes: null } });
    const objects = new Set<string>();
    for (let skip = 0; skip < 2 * more; skip += 1_000) {
      const page = { skip, limit: 1_000, component: 'many', principal };
      const { resources } = await backupContents(host, hold.operationId, page);
      for (const { type, path } of resources) if (type === 'object') objects.add(path);
    }
    expect(objects.size).toBe(more);
  }, 120_000);
});
