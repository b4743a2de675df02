/**
 * Tables that many tasks restore at the same time: created before the first task, and completed after the
 * last.
 */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { HoldfastError } from '../../../lib/model/errors.ts';
import { prepareTargets } from '../../../lib/operations/restore/component/prepare-targets.ts';
import { SharedRestores } from './shared-restores.ts';

/** A chunk is half a segment long, so a contents member lists some thirty chunks. */
const ITEMS = 4_500;
let shared: SharedRestores;
let backupId: string;
const itemOf = (n: number): string => {
  const id = String(n).padStart(5, '0');
  const text = Array.from({ length: 24 }, (_, part) =>
    createHash('sha256').update(`${id}/${part}`).digest('hex'),
  ).join('');
  return JSON.stringify({ id: { S: id }, text: { S: text } });
};

beforeAll(async () => {
  shared = await SharedRestores.open([
    { id: 'orders', kind: 'dynamodb', table: 'orders' },
    { id: 'files', kind: 's3', bucket: 'files' },
  ]);
  const source = new Map(
    Array.from({ length: ITEMS }, (_, n) => [String(n).padStart(5, '0'), itemOf(n)] as const),
  );
  shared.tables.tables.set('orders', source);
  shared.buckets.bucket('files').set('a', Buffer.from('alpha'));
  backupId = await shared.backup();
}, 60_000);
afterAll(() => shared.close());

beforeEach(() => {
  shared.restoreBytes = 1;
  shared.looksPerCall = Number.POSITIVE_INFINITY;
  shared.tables.tables.delete('copy');
  shared.buckets.objects.delete('copy');
  shared.tables.done.length = 0;
  shared.tables.on = () => undefined;
  shared.tables.refusal = () => undefined;
  shared.tables.unset = [];
});

const request = { targets: { orders: 'copy', files: 's3://copy' } };
const items = (table: string): unknown => [...(shared.tables.tables.get(table) ?? [])].sort();

test('one that does not exist is made once, before the first item, and gets its time to live after the last [B6] [D4]', async () => {
  const { tasks, record } = await shared.restore(backupId, request);
  expect(tasks).toBeGreaterThan(4);
  expect(shared.tables.done).toEqual(['create copy', 'write copy', 'finish copy']);
  expect(record).toMatchObject({
    state: 'SUCCESS',
    componentStatus: { orders: 'SUCCESS', files: 'SUCCESS' },
  });
  expect(items('copy')).toEqual(items('orders'));
  const sharedOrders = record.components.orders;
  shared.restoreBytes = Number.POSITIVE_INFINITY;
  shared.tables.tables.delete('copy');
  shared.tables.done.length = 0;
  const alone = await shared.restore(backupId, request);
  expect(alone.tasks).toBe(2);
  expect(shared.tables.done).toEqual(['create copy', 'write copy', 'finish copy']);
  expect(alone.record.components.orders).toEqual(sharedOrders);
});

test('a table that exists is written to as it is, and what it has is counted by all tasks together [D4]', async () => {
  const other = JSON.stringify({ id: { S: '00007' }, text: { S: 'newer' } });
  shared.tables.tables.set('copy', new Map([['00007', other]]));
  const { record } = await shared.restore(backupId, { ...request, existing: 'skip' });
  expect(shared.tables.done).toEqual(['write copy']);
  expect(record.components.orders).toMatchObject({ state: 'SUCCESS', kept: 1 });
  expect(shared.tables.tables.get('copy')?.get('00007')).toBe(other);
});

test('tasks that have little time go on where they stopped [B6]', async () => {
  shared.restoreBytes = 30_000_000;
  shared.looksPerCall = 8;
  const { tasks, calls, record } = await shared.restore(backupId, request);
  expect(calls).toBeGreaterThan(tasks);
  expect(record.state).toBe('SUCCESS');
  expect(items('copy')).toEqual(items('orders'));
});

test('a table that cannot be made fails its component with the reason, and not the others [D4]', async () => {
  shared.tables.on = (call) => {
    if (call === 'create') throw new HoldfastError('restore_refused', 'the table copy could not be made');
  };
  const { record } = await shared.restore(backupId, request);
  expect(record).toMatchObject({
    state: 'FAILED',
    componentStatus: { orders: 'FAILED', files: 'SUCCESS' },
    components: { orders: { shortError: 'the table copy could not be made', errorCode: 'restore_refused' } },
  });
  expect(shared.tables.done).toEqual([]);
});

test('making one is tried again after a crash in its middle, though the table is there by then [B2]', async () => {
  const [hold, planned] = await shared.begin(backupId, request);
  const { tables } = shared;
  tables.on = (call) => {
    if (call === 'create' && !tables.tables.has('copy')) {
      tables.tables.set('copy', new Map());
      throw new HoldfastError('unavailable', 'killed');
    }
  };
  await expect(prepareTargets(shared.context(), hold)).rejects.toMatchObject({ code: 'unavailable' });
  await shared.finish(hold, planned);
  expect(tables.done).toEqual(['create copy', 'write copy', 'finish copy']);
  expect(await shared.show(hold)).toMatchObject({ state: 'SUCCESS' });
});

test('what could not be set is told once, and the component is PARTIAL', async () => {
  shared.tables.unset = ['was made without its time to live'];
  const { record } = await shared.restore(backupId, request);
  expect(record.components.orders).toMatchObject({
    state: 'PARTIAL',
    skippedCount: 1,
    skipped: [{ path: 'copy', reason: 'was made without its time to live' }],
  });
});

test('a table that takes no item at all fails its component, in the words of a single task', async () => {
  shared.tables.refusal = () => 'its key is of another type';
  const { record } = await shared.restore(backupId, request);
  expect(record.components.orders).toMatchObject({
    state: 'FAILED',
    shortError: `the table copy accepts none of the ${ITEMS} items; the first one its key is of another type`,
  });
});
