/** The contract of every catalog. Run it on an adapter with `describeCatalog(name, open)`. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TokenRecord } from '../../lib/model/records/access.ts';
import type { CaptureGroup, CaptureSummary } from '../../lib/model/records/capture.ts';
import type { Catalog, Change } from '../../lib/ports/catalog/catalog.ts';
import { taskOrder } from '../../lib/ports/catalog/placement.ts';
import { testSeed } from '../random-pieces.ts';
import { sampleEvent, sampleOperation, sampleToken } from './sample-records.ts';

/** Opens a new empty catalog for each test. */
export type OpenCatalog = () => Promise<{ catalog: Catalog; close: () => Promise<void> }>;

type Expectation = 'absent' | 'present' | number | undefined;

const leaseUntil = '2026-11-20T10:05:00.000Z';
const put = (record: TokenRecord, expected?: Expectation): Change => ({
  put: 'token',
  record,
  ...(expected === undefined ? {} : { expect: expected }),
});
const summary = (backupId: string, component: string, shard: number): CaptureSummary => ({
  backupId,
  component,
  shard,
  kind: 'directory',
  state: 'SUCCESS',
  capturedAt: leaseUntil,
  sourceBytes: 1,
  entries: 1,
  skippedCount: 0,
  skipped: [],
  details: {},
  shortError: '',
});

const group = (backupId: string, component: string, shard: number): CaptureGroup => ({
  backupId,
  component,
  shard,
  group: 0,
  members: [],
  pieces: [],
  sourceBytes: 1,
  entries: 1,
  skippedCount: 0,
  skipped: [],
  cursor: null,
});

export const describeCatalog = (name: string, open: OpenCatalog): void => {
  describe(`catalog: ${name}`, () => {
    let catalog: Catalog;
    let close: () => Promise<void>;
    beforeEach(async () => {
      ({ catalog, close } = await open());
    });
    afterEach(() => close());

    describe('records', () => {
      test('are data, whatever their ids, groups and texts hold [B8]', async () => {
        const odd = [
          `x' OR '1'='1`,
          `"; DROP TABLE records; --`,
          '%',
          '_',
          'a#b',
          ':pk',
          '#key',
          '$.id',
          'ü\u202e',
        ];
        const records = odd.map((text) => sampleToken({ hash: text, name: text, createdAt: text }));
        for (const record of records) await catalog.commit([put(record, 'absent')]);
        for (const record of records)
          expect((await catalog.get('token', record.hash))?.record).toEqual(record);
        for (const text of odd)
          expect(
            (await catalog.list('token', { orderPrefix: text })).records.map(({ name }) => name),
          ).toEqual([text]);
        expect((await catalog.list('token', { group: `administrator' OR '1'='1` })).total).toBe(0);
        expect((await catalog.list('token', { group: '%' })).total).toBe(0);
        await catalog.commit([{ remove: 'token', id: '%' }]);
        expect((await catalog.list('token')).total).toBe(odd.length - 1);
      });

      test('come back as they were put, with a version that every put raises', async () => {
        const token = sampleToken();
        expect(await catalog.get('token', token.hash)).toBeUndefined();
        await catalog.commit([put(token)]);
        expect(await catalog.get('token', token.hash)).toEqual({ record: token, version: 1 });
        await catalog.commit([put({ ...token, name: 'other' })]);
        expect(await catalog.get('token', token.hash)).toEqual({
          record: { ...token, name: 'other' },
          version: 2,
        });
      });

      test('are copies: changing one in hand changes nothing in the catalog', async () => {
        const token = sampleToken();
        await catalog.commit([put(token)]);
        token.name = 'changed';
        const found = await catalog.get('token', token.hash);
        if (found) found.record.name = 'changed too';
        expect((await catalog.get('token', token.hash))?.record.name).toBe(sampleToken().name);
      });

      test('of 100 kB, in any script, are kept', async () => {
        const event = sampleEvent({ summary: 'ß\u2028\u0000"𝄞'.repeat(9_000) });
        await catalog.commit([{ put: 'event', record: event }]);
        expect((await catalog.get('event', event.id))?.record).toEqual(event);
      });

      test('of two kinds may have one id', async () => {
        const event = sampleEvent();
        await catalog.commit([
          { put: 'event', record: event },
          { put: 'schedule', record: { id: event.id, lastFiredAt: event.at } },
        ]);
        await catalog.commit([{ remove: 'event', id: event.id }]);
        expect(await catalog.get('event', event.id)).toBeUndefined();
        expect((await catalog.get('schedule', event.id))?.record.id).toBe(event.id);
      });

      test('are gone when removed; removing what is not there does nothing', async () => {
        const token = sampleToken();
        await catalog.commit([put(token)]);
        await catalog.commit([{ remove: 'token', id: token.hash }]);
        await catalog.commit([{ remove: 'token', id: token.hash }]);
        expect(await catalog.get('token', token.hash)).toBeUndefined();
        expect((await catalog.list('token')).total).toBe(0);
      });
    });

    describe('expectations', () => {
      test('absent, present and a version are held for puts', async () => {
        const token = sampleToken();
        await expect(catalog.commit([put(token, 'present')])).rejects.toMatchObject({ code: 'conflict' });
        await expect(catalog.commit([put(token, 1)])).rejects.toMatchObject({ code: 'conflict' });
        await catalog.commit([put(token, 'absent')]);
        await expect(catalog.commit([put(token, 'absent')])).rejects.toMatchObject({ code: 'conflict' });
        await catalog.commit([put(token, 1)]);
        await expect(catalog.commit([put(token, 1)])).rejects.toMatchObject({ code: 'conflict' });
        await catalog.commit([put(token, 'present')]);
        expect((await catalog.get('token', token.hash))?.version).toBe(3);
      });

      test('present and a version are held for removals', async () => {
        const id = sampleToken().hash;
        const remove = (expect: 'present' | number): Change => ({ remove: 'token', id, expect });
        await expect(catalog.commit([remove('present')])).rejects.toMatchObject({ code: 'conflict' });
        await catalog.commit([put(sampleToken({ hash: id }))]);
        await expect(catalog.commit([remove(2)])).rejects.toMatchObject({ code: 'conflict' });
        await catalog.commit([remove(1)]);
        expect(await catalog.get('token', id)).toBeUndefined();
      });

      test('that fail leave nothing of the whole commit', async () => {
        const [old, fresh] = [sampleToken(), sampleToken()];
        await catalog.commit([put(old)]);
        const changes: Change[] = [
          put(fresh),
          { remove: 'token', id: old.hash },
          put(sampleToken({ hash: 'missing' }), 'present'),
        ];
        await expect(catalog.commit(changes)).rejects.toMatchObject({ code: 'conflict' });
        expect(await catalog.list('token')).toEqual({ total: 1, records: [old] });
        expect((await catalog.get('token', old.hash))?.version).toBe(1);
      });

      test('let one of twenty writers win who read the same version', async () => {
        const token = sampleToken();
        await catalog.commit([put(token)]);
        const outcomes = await Promise.allSettled(
          Array.from({ length: 20 }, (_, i) => catalog.commit([put({ ...token, name: `writer ${i}` }, 1)])),
        );
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect((await catalog.get('token', token.hash))?.version).toBe(2);
      });
    });

    test('takes 25 changes in one commit, and refuses 26 and two of one record', async () => {
      const many = Array.from({ length: 26 }, () => put(sampleToken()));
      await catalog.commit(many.slice(0, 25));
      await expect(catalog.commit(many)).rejects.toThrow(/26/);
      const token = sampleToken();
      await expect(catalog.commit([put(token), { remove: 'token', id: token.hash }])).rejects.toThrow();
      expect((await catalog.list('token')).total).toBe(25);
    });

    describe('lists', () => {
      test('go by order, then id, either way, in pages, with the total [D3] [C3]', async () => {
        const tokens = [3, 1, 2, 2, 0].map((second, i) =>
          sampleToken({ hash: `h${i}`, createdAt: `2026-11-20T10:00:0${second}.000Z` }),
        );
        await catalog.commit(tokens.map((token) => put(token)));
        const hashes = async (options: Parameters<Catalog['list']>[1]) => {
          const { total, records } = await catalog.list('token', options);
          return [total, ...records.map(({ hash }) => hash)];
        };
        expect(await hashes({})).toEqual([5, 'h4', 'h1', 'h2', 'h3', 'h0']);
        expect(await hashes({ descending: true })).toEqual([5, 'h0', 'h3', 'h2', 'h1', 'h4']);
        expect(await hashes({ skip: 1, limit: 2 })).toEqual([5, 'h1', 'h2']);
        expect(await hashes({ descending: true, skip: 3, limit: 10 })).toEqual([5, 'h1', 'h4']);
        expect(await hashes({ skip: 5 })).toEqual([5]);
        expect(await hashes({ limit: 0 })).toEqual([5]);
        expect(await hashes({ counted: false, skip: 1, limit: 2 })).toEqual([0, 'h1', 'h2']);
        expect(await hashes({ counted: false, skip: 3, limit: 10 })).toEqual([0, 'h3', 'h0']);
        expect(await hashes({ counted: false, skip: 5 })).toEqual([0]);
      });

      test('of one group hold that group only', async () => {
        const all = ['a', 'b'].flatMap((backup) => [0, 1, 2].map((shard) => summary(backup, 'files', shard)));
        await catalog.commit(all.map((record) => ({ put: 'captureSummary', record })));
        const { total, records } = await catalog.list('captureSummary', { group: 'b', skip: 1, limit: 1 });
        expect(total).toBe(3);
        expect(records).toEqual([summary('b', 'files', 1)]);
        expect(await catalog.list('captureSummary', { group: 'c' })).toEqual({ total: 0, records: [] });
      });

      test('of what runs write by the thousand are by run alone, and can be narrowed to one task', async () => {
        await expect(catalog.list('captureSummary')).rejects.toThrow(RangeError);
        const all = ['a', 'b'].flatMap((backup) =>
          ['data', 'data-2'].flatMap((id) => [1, 10].map((shard) => group(backup, id, shard))),
        );
        await catalog.commit(all.map((record) => ({ put: 'captureGroup', record })));
        const narrowed = { group: 'b', orderPrefix: taskOrder('data', 1) };
        expect(await catalog.list('captureGroup', narrowed)).toEqual({
          total: 1,
          records: [group('b', 'data', 1)],
        });
        const tokens = ['2026-11-20', '2026-11-21'].map((day) =>
          sampleToken({ createdAt: `${day}T10:00:00.000Z` }),
        );
        await catalog.commit(tokens.map((token) => put(token)));
        for (const among of [{}, { group: 'administrator' }])
          expect((await catalog.list('token', { ...among, orderPrefix: '2026-11-21' })).records).toEqual(
            tokens.slice(1),
          );
      });

      test('follow a record that moves to another group and another place in the order', async () => {
        const key = {
          id: 'verify',
          publicKey: 'AA==',
          own: false,
          addedBy: 'test',
          installation: 'a',
          addedAt: leaseUntil,
        };
        await catalog.commit([{ put: 'verifyKey', record: key }]);
        await catalog.commit([{ put: 'verifyKey', record: { ...key, installation: 'b' } }]);
        expect((await catalog.list('verifyKey', { group: 'a' })).total).toBe(0);
        expect((await catalog.list('verifyKey', { group: 'b' })).total).toBe(1);
        expect((await catalog.list('verifyKey')).total).toBe(1);
      });

      test('number more than a page: 1,000 by default', async () => {
        for (let start = 0; start < 1025; start += 25)
          await catalog.commit(
            Array.from({ length: 25 }, (_, i) => put(sampleToken({ hash: `${start + i}` }))),
          );
        const { total, records } = await catalog.list('token');
        expect([total, records.length]).toEqual([1025, 1000]);
        expect((await catalog.list('token', { skip: 1000 })).records).toHaveLength(25);
      });
    });

    test('does as a plain map does, whatever the commits', async () => {
      const seed = testSeed();
      const change = fc.record({
        id: fc.constantFrom('a', 'b', 'c'),
        put: fc.boolean(),
        expect: fc.constantFrom<Expectation>(undefined, 'absent', 'present', 1, 2, 3),
        second: fc.nat(9),
      });
      const commits = fc.array(
        fc.uniqueArray(change, { selector: ({ id }) => id, minLength: 1, maxLength: 3 }),
        { maxLength: 12 },
      );
      let run = 0;
      const property = fc.asyncProperty(commits, async (all) => {
        const prefix = `${run++}-`;
        const model = new Map<string, { record: TokenRecord; version: number }>();
        for (const commit of all) {
          const changes = commit.map(({ id, put: isPut, expect, second }): Change => {
            const hash = prefix + id;
            const createdAt = `2026-11-20T10:00:0${second}.000Z`;
            if (isPut) return put(sampleToken({ id: 'token', hash, createdAt }), expect);
            return {
              remove: 'token',
              id: hash,
              ...(expect === undefined || expect === 'absent' ? {} : { expect }),
            };
          });
          const fits = changes.every((one) => {
            const version = model.get(
              'put' in one && one.put === 'token' ? one.record.hash : idOf(one),
            )?.version;
            if (one.expect === undefined) return true;
            if (one.expect === 'absent') return version === undefined;
            return one.expect === 'present' ? version !== undefined : version === one.expect;
          });
          const outcome = await catalog.commit(changes).then(
            () => true,
            () => false,
          );
          expect(outcome).toBe(fits);
          if (!fits) continue;
          for (const one of changes) {
            if ('put' in one && one.put === 'token') {
              const version = (model.get(one.record.hash)?.version ?? 0) + 1;
              model.set(one.record.hash, { record: one.record, version });
            } else model.delete(idOf(one));
          }
        }
        for (const id of ['a', 'b', 'c'])
          expect(await catalog.get('token', prefix + id)).toEqual(model.get(prefix + id));
        const listed = (await catalog.list('token')).records.filter(({ hash }) => hash.startsWith(prefix));
        const order = ({ createdAt, hash }: TokenRecord): string => createdAt + hash;
        expect(listed.map(order)).toEqual([...model.values()].map(({ record }) => order(record)).sort());
      });
      await fc.assert(property, { seed, numRuns: 25 });
    });

    describe('the lock', () => {
      const take = (operation = sampleOperation(), changes: Change[] = []) =>
        catalog.take({ operation, leaseUntil }, changes);

      test('is free at first; taking it tells the fence, and who holds it', async () => {
        expect(await catalog.lock()).toEqual({ fence: 0, holder: undefined, last: undefined });
        const operation = sampleOperation();
        expect(await take(operation)).toEqual({ operationId: operation.id, fence: 1 });
        expect(await catalog.lock()).toEqual({
          fence: 1,
          holder: { ...operation, leaseUntil },
          last: operation,
        });
      });

      test('is refused while held, naming the holder, and nothing is written [K2] [U2]', async () => {
        const operation = sampleOperation();
        await take(operation);
        const record = sampleToken();
        await expect(take(sampleOperation(), [put(record)])).rejects.toMatchObject({
          code: 'operation_running',
          details: { operation },
        });
        await expect(take(operation)).rejects.toMatchObject({ code: 'operation_running' });
        expect(await catalog.get('token', record.hash)).toBeUndefined();
        expect((await catalog.lock()).fence).toBe(1);
      });

      test('is not free because its lease is old: the contender decides that', async () => {
        await catalog.take({ operation: sampleOperation(), leaseUntil: '2000-01-01T00:00:00.000Z' }, []);
        await expect(take()).rejects.toMatchObject({ code: 'operation_running' });
      });

      test('goes to exactly one of fifty who ask at once, each time with a higher fence [K2] [U2]', async () => {
        for (let round = 1; round <= 3; round++) {
          const records = Array.from({ length: 50 }, (_, i) => sampleToken({ hash: `${round}/${i}` }));
          const outcomes = await Promise.allSettled(
            records.map((record) => take(sampleOperation(), [put(record)])),
          );
          const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
          expect(won).toHaveLength(1);
          expect(won[0]?.fence).toBe(round);
          expect((await catalog.list('token')).total).toBe(round);
          const { holder } = await catalog.lock();
          expect(holder?.id).toBe(won[0]?.operationId);
          if (won[0]) await catalog.commit([], { under: won[0], release: true });
        }
      });

      test('is not taken when a change of the same commit fails', async () => {
        await expect(take(sampleOperation(), [put(sampleToken(), 'present')])).rejects.toMatchObject({
          code: 'conflict',
        });
        expect(await catalog.lock()).toEqual({ fence: 0, holder: undefined, last: undefined });
      });

      test('comes free in the commit that writes the last state; the fence stays, the last holder is remembered', async () => {
        const operation = sampleOperation();
        const under = await take(operation);
        const record = sampleToken();
        await catalog.commit([put(record)], { under, release: true });
        expect(await catalog.lock()).toEqual({ fence: 1, holder: undefined, last: operation });
        expect((await catalog.get('token', record.hash))?.record).toEqual(record);
        expect((await take()).fence).toBe(2);
      });

      test('stays when a change of the releasing commit fails', async () => {
        const under = await take();
        await expect(
          catalog.commit([put(sampleToken(), 'present')], { under, release: true }),
        ).rejects.toMatchObject({ code: 'conflict' });
        expect((await catalog.lock()).holder?.id).toBe(under.operationId);
      });

      test('prolongs its lease', async () => {
        const under = await take();
        const later = '2026-11-20T11:00:00.000Z';
        await catalog.commit([], { under, leaseUntil: later });
        expect((await catalog.lock()).holder?.leaseUntil).toBe(later);
      });

      test.each(['write', 'prolong', 'release'] as const)(
        'refuses a late holder who wants to %s, and nothing changes [B2]',
        async (what) => {
          const operation = sampleOperation();
          const late = await take(operation);
          await catalog.commit([], { under: late, release: true });
          const record = sampleToken();
          const attempt = () =>
            catalog.commit([put(record)], {
              under: late,
              ...(what === 'release' ? { release: true } : {}),
              ...(what === 'prolong' ? { leaseUntil: '2030-01-01T00:00:00.000Z' } : {}),
            });
          await expect(attempt()).rejects.toMatchObject({ code: 'fence_lost' });
          // Another operation takes the lock, and then the same operation again, which gives a different
          // hold.
          for (const next of [sampleOperation(), operation]) {
            const hold = await take(next);
            const before = await catalog.lock();
            await expect(attempt()).rejects.toMatchObject({ code: 'fence_lost' });
            expect(await catalog.lock()).toEqual(before);
            await catalog.commit([], { under: hold, release: true });
          }
          expect(await catalog.get('token', record.hash)).toBeUndefined();
        },
      );

      test('lets a task write on by its own records, until they are gone or another hold put them [B2]', async () => {
        const own = await take();
        const mine = summary('run', 'files', 0);
        const fresh = sampleToken();
        await expect(
          catalog.commit([{ put: 'captureSummary', record: mine }], { own }),
        ).rejects.toMatchObject({ code: 'fence_lost' });
        await catalog.commit([{ put: 'captureSummary', record: mine }], { under: own });
        const further = { ...mine, entries: 2 };
        await catalog.commit([put(fresh, 'absent'), { put: 'captureSummary', record: further }], { own });
        expect((await catalog.get('captureSummary', 'run/files/0'))?.record).toEqual(further);
        await expect(
          catalog.commit([put(fresh, 'absent'), { put: 'captureSummary', record: mine }], { own }),
        ).rejects.toMatchObject({ code: 'conflict' });

        await catalog.commit([], { under: own, release: true });
        const next = await take();
        await catalog.commit([{ put: 'captureSummary', record: further }], { under: next });
        const late = () =>
          catalog.commit([put(sampleToken(), 'absent'), { put: 'captureSummary', record: mine }], { own });
        await expect(late()).rejects.toMatchObject({ code: 'fence_lost' });
        await catalog.commit([{ remove: 'captureSummary', id: 'run/files/0' }]);
        await expect(late()).rejects.toMatchObject({ code: 'fence_lost' });
        expect((await catalog.list('token')).total).toBe(1);
      });

      test('and its own records exclude each other in one commit', async () => {
        const hold = await take();
        await expect(catalog.commit([], { under: hold, own: hold })).rejects.toThrow(RangeError);
      });

      test('does not hinder commits that do not ask for it', async () => {
        await take();
        await catalog.commit([put(sampleToken())]);
        expect((await catalog.list('token')).total).toBe(1);
      });
    });
  });
};

const idOf = (change: Change): string => ('remove' in change ? change.id : '');
