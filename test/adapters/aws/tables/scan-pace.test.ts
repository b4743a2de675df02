/**
 * A scan that leaves capacity for production reads (row 15 of the review), and an export requested twice (row
 * 12).
 */
import { afterEach, describe, expect, test } from '@jest/globals';
import { ScanPace } from '../../../../lib/adapters/aws/sources/tables/scan-pace.ts';
import { dynamodb } from '../../../../lib/components/dynamodb/dynamodb.ts';
import { planWhole } from '../../../components/plan-whole.ts';
import { taskOf } from '../kind-round-trip.ts';
import { type StubbedTables, startStubbedTables, tableSettings } from './stubbed-table.ts';

let started: StubbedTables | undefined;
afterEach(() => started?.close());

const made = {
  KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
  AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
};
const items = Array.from({ length: 60 }, (_, n) => ({ id: { S: String(n).padStart(3, '0') } }));

describe('a scan with a share of the read capacity [U1]', () => {
  test('spends no more of it in a second, however large the items are', () => {
    for (const unitsPerItem of [0.5, 1, 20, 100]) {
      const pace = new ScanPace({ share: 0.25, provisioned: 400, segments: 2 });
      let [milliseconds, units, pages] = [0, 0, 0];
      while (units < 5000) {
        const cost = pace.limit * unitsPerItem;
        units += cost;
        milliseconds += 20 + pace.pauseAfter({ units: cost, items: pace.limit, milliseconds: 20 });
        pages += 1;
      }
      const perSecond = units / (milliseconds / 1000);
      expect([unitsPerItem, perSecond <= 51]).toEqual([unitsPerItem, true]);
      // The scan still makes progress: one page uses a few seconds of the allowed capacity.
      expect([unitsPerItem, perSecond >= 40, pages < 600]).toEqual([unitsPerItem, true, true]);
    }
  });

  test('asks for pages of a few items and what they cost; without a share for as much as there is', async () => {
    started = await startStubbedTables();
    started.dynamodb.table('orders', made, items);
    const asked: unknown[] = [];
    const { tables } = started;

    for (const readCapacityShare of [undefined, 0.5]) {
      const found = await Array.fromAsync(
        tables.scan('orders', { segment: 0, segments: 1, readCapacityShare }),
      );
      expect(found.map(({ key }) => key)).toHaveLength(60);
      asked.push(started.dynamodb.lastScan);
    }
    expect(asked).toEqual([
      expect.not.objectContaining({ Limit: expect.anything() }),
      expect.objectContaining({ Limit: expect.any(Number), ReturnConsumedCapacity: 'TOTAL' }),
    ]);
  });
});

test('an export that is asked for again for the same backup begins once: each is paid for [B6]', async () => {
  started = await startStubbedTables();
  started.dynamodb.table('orders', made, items).pointInTimeRecovery = true;
  const plan = (backupId: string) =>
    planWhole(dynamodb, { ...taskOf(tableSettings('orders'), { tables: started?.tables }), backupId });
  const [first, again] = [await plan('backup-1'), await plan('backup-1')];
  expect(again.shards[0]?.work).toEqual(first.shards[0]?.work);
  expect(started.dynamodb.exports.size).toBe(1);
  await plan('backup-2');
  expect(started.dynamodb.exports.size).toBe(2);
});
