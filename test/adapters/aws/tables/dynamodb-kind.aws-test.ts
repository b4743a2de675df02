import { randomBytes, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  type AttributeValue,
  CreateTableCommand,
  DescribeExportCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { itemToLine } from '../../../../lib/adapters/aws/sources/tables/attribute-json.ts';
import { DynamoTableStore } from '../../../../lib/adapters/aws/sources/tables/dynamo-table-store.ts';
import { workSchema } from '../../../../lib/components/dynamodb/capture-items.ts';
import { dynamodb } from '../../../../lib/components/dynamodb/dynamodb.ts';
import type { DynamodbSettings } from '../../../../lib/model/components/dynamodb.ts';
import { planWhole } from '../../../components/plan-whole.ts';
import { eventually } from '../../../contract/eventually.ts';
import { clientConfig } from '../../../emulators/credentials.ts';
import { startDynamodbLocal } from '../../../emulators/dynamodb-local.ts';
import { startMinistack } from '../../../emulators/ministack.ts';
import type { Emulator } from '../../../emulators/run-emulator.ts';
import { captureArchive, pool, restoreTask, taskOf } from '../kind-round-trip.ts';

type Item = Record<string, AttributeValue>;

afterAll(() => pool.close());

describe.each([
  ['DynamoDB Local', startDynamodbLocal],
  ['MiniStack', startMinistack],
] as const)('kind dynamodb on %s', (_, start) => {
  let emulator: Emulator;
  let client: DynamoDBClient;
  let s3: S3Client;
  let tables: DynamoTableStore;
  beforeAll(async () => {
    emulator = await start();
    client = new DynamoDBClient(clientConfig(emulator.endpoint));
    s3 = new S3Client({ ...clientConfig(emulator.endpoint), forcePathStyle: true });
    tables = new DynamoTableStore({ client, s3, exportBucket: 'own-bucket' });
  });
  afterAll(async () => {
    client.destroy();
    s3.destroy();
    await emulator.stop();
  });

  const newTable = async (): Promise<string> => {
    const TableName = `orders-${randomUUID()}`;
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'N' },
          { AttributeName: 'by', AttributeType: 'B' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-by',
            KeySchema: [{ AttributeName: 'by', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['text'] },
          },
        ],
        Tags: [{ Key: 'team', Value: 'shop' }],
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { TableName });
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: { Enabled: true, AttributeName: 'expires' },
      }),
    );
    return TableName;
  };
  const settingsOf = (table: string): DynamodbSettings => ({
    id: 'orders',
    domain: 'root',
    kind: 'dynamodb',
    table,
  });
  const itemsOf = async (TableName: string): Promise<string[]> => {
    const found: string[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true }))
      for (const item of Items) found.push(itemToLine(sorted(item)));
    return found.sort();
  };
  const putAll = (TableName: string, items: readonly Item[]) =>
    Promise.all(items.map((Item) => client.send(new PutItemCommand({ TableName, Item }))));

  /** An item with every type, and with numbers that a float cannot hold exactly. */
  const everyType: Item = {
    pk: { S: 'every type' },
    sk: { N: '-12345678901234567890.123456789012345678' },
    by: { B: randomBytes(40) },
    small: { N: '1E-130' },
    digits: { N: '0.10000000000000000000000000000000000001' },
    text: { S: 'ß\u0000\u2028𝄞 "quoted"' },
    empty: { S: '' },
    yes: { BOOL: true },
    no: { BOOL: false },
    nothing: { NULL: true },
    texts: { SS: ['a', 'b'] },
    numbers: { NS: ['1', '2.5'] },
    binaries: { BS: [Buffer.from([0, 255]), Buffer.from('x')] },
    list: { L: [{ N: '1' }, { L: [{ B: Buffer.from([1, 2, 3]) }] }, { M: {} }] },
    map: { M: { __proto: { S: 'x' }, inner: { M: { deep: { NULL: true } } } } },
  };
  const manyItems = (count: number): Item[] =>
    Array.from({ length: count }, (__, i) => ({
      pk: { S: `customer ${i % 17}` },
      sk: { N: String(i) },
      text: { S: randomBytes(i % 10 === 0 ? 15_000 : 100).toString('hex') },
    }));

  test('makes the table anew with every item, type, number and index as it was', async () => {
    const table = await newTable();
    await putAll(table, [everyType, ...manyItems(300)]);
    const settings = settingsOf(table);
    const captured = await captureArchive(dynamodb, settings, { tables });
    expect(captured.details).toMatchObject({ table, method: 'scan', consistent: false, 'items/0': 301 });
    const target = `restored-${randomUUID()}`;
    const task = restoreTask(settings, { tables }, captured, { target });
    expect(await dynamodb.planRestore(task)).toMatchObject({ counts: { create: 1, refuse: 0 } });
    expect(await dynamodb.restore(task)).toMatchObject({ skippedCount: 0 });
    expect(await itemsOf(target)).toEqual(await itemsOf(table));
    expect((await tables.describe(target))?.schema).toEqual((await tables.describe(table))?.schema);
    expect((await tables.describe(target))?.schema).toMatchObject({ timeToLive: 'expires' });
  });

  test('keeps the tags of the table', async () => {
    const table = await newTable();
    const settings = settingsOf(table);
    const captured = await captureArchive(dynamodb, settings, { tables });
    const target = `restored-${randomUUID()}`;
    await dynamodb.restore(restoreTask(settings, { tables }, captured, { target }));
    expect((await tables.describe(target))?.schema.tags).toEqual({ team: 'shop' });
  });

  test('scans in parts, stops at every checkpoint and goes on after the same item', async () => {
    const table = await newTable();
    await putAll(table, manyItems(1_200));
    const settings = settingsOf(table);
    const shards = [0, 1, 2].map((shard) => ({ shard, shards: 3, work: {} }));
    const captured = await captureArchive(dynamodb, settings, { tables }, { shards, stopEvery: 1 });
    expect(captured.calls).toBeGreaterThan(3);
    const counted = [0, 1, 2].map((shard) => Number(captured.details[`items/${shard}`]));
    expect(counted.reduce((sum, n) => sum + n)).toBe(1_200);
    const target = `restored-${randomUUID()}`;
    await dynamodb.restore(restoreTask(settings, { tables }, captured, { target }));
    expect(await itemsOf(target)).toEqual(await itemsOf(table));
  });

  test('writes into a table that is there: refused, only what is missing, or over it, as asked', async () => {
    const [table, target] = [await newTable(), await newTable()];
    await putAll(table, manyItems(30));
    await putAll(target, [{ pk: { S: 'customer 3' }, sk: { N: '3' }, text: { S: 'was here before' } }]);
    const settings = settingsOf(table);
    const captured = await captureArchive(dynamodb, settings, { tables });
    const at = (existing: 'refuse' | 'skip' | 'overwrite') =>
      restoreTask(settings, { tables }, captured, { target, existing });
    expect(await dynamodb.planRestore(at('refuse'))).toMatchObject({
      counts: { refuse: 1 },
      entries: [{ action: 'refuse', reason: 'exists already' }],
    });
    await dynamodb.restore(at('skip'));
    expect((await itemsOf(target)).filter((line) => line.includes('was here before'))).toHaveLength(1);
    expect(await itemsOf(target)).toHaveLength(30);
    await dynamodb.restore(at('overwrite'));
    expect(await itemsOf(target)).toEqual(await itemsOf(table));
  });

  test('counts what an earlier try of the same restore has written as written [B1]', async () => {
    const [table, target] = [await newTable(), await newTable()];
    await putAll(table, [everyType, ...manyItems(30)]);
    const settings = settingsOf(table);
    const captured = await captureArchive(dynamodb, settings, { tables });
    const task = restoreTask(settings, { tables }, captured, { target, existing: 'refuse' });
    expect((await dynamodb.restore(task)).skippedCount).toBe(0);
    await putAll(target, [{ pk: { S: 'customer 3' }, sk: { N: '3' }, text: { S: 'another' } }]);
    expect((await dynamodb.restore(task)).skippedCount).toBe(1);
  });

  test('takes the table from an export where point-in-time recovery is on, and says so', async () => {
    await s3.send(new CreateBucketCommand({ Bucket: 'own-bucket' }));
    const table = await newTable();
    const items = [everyType, ...manyItems(50)];
    await putAll(table, items);
    await client.send(
      new UpdateContinuousBackupsCommand({
        TableName: table,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      }),
    );
    const settings = settingsOf(table);
    const { shards } = await planWhole(dynamodb, taskOf(settings, { tables }));
    const { export: started } = workSchema.parse(shards[0]?.work);
    await layOutExport(started?.id ?? '', items);
    const captured = await captureArchive(dynamodb, settings, { tables }, { shards, stopEvery: 1 });
    expect(captured.details).toMatchObject({ method: 'export', consistent: started?.at, 'items/0': 51 });
    const target = `restored-${randomUUID()}`;
    await dynamodb.restore(restoreTask(settings, { tables }, captured, { target }));
    expect(await itemsOf(target)).toEqual(await itemsOf(table));
  });

  /**
   * MiniStack reports an export as done but writes no files. This function writes them in the layout of
   * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
   */
  const layOutExport = async (ExportArn: string, items: readonly Item[]): Promise<void> => {
    const manifest = await eventually('the export is done', async () => {
      const { ExportDescription } = await client.send(new DescribeExportCommand({ ExportArn }));
      return ExportDescription?.ExportManifest;
    });
    const folder = `exports/${manifest.replace('/manifest-summary.json', '')}`;
    const put = (name: string, Body: string | Buffer) =>
      s3.send(new PutObjectCommand({ Bucket: 'own-bucket', Key: `${folder}/${name}`, Body }));
    const files = [items.slice(0, 20), items.slice(20), []];
    for (const [n, part] of files.entries()) {
      const lines = part.map((item) => `{"Item":${itemToLine(item)}}\n`).join('');
      await put(`data/${n}.json.gz`, gzipSync(lines));
    }
    const listed = files.map(({ length: itemCount }, n) => ({
      itemCount,
      md5Checksum: '',
      etag: '',
      dataFileS3Key: `${folder}/data/${n}.json.gz`,
    }));
    await put('manifest-files.json', listed.map((file) => `${JSON.stringify(file)}\n`).join(''));
    const summary = { version: '2020-06-30', manifestFilesS3Key: `${folder}/manifest-files.json` };
    await put('manifest-summary.json', JSON.stringify(summary));
  };
});

/**
 * The item with its attribute names and its sets in sorted order, because neither has an order of its own.
 */
const sorted = (item: Item): Item =>
  Object.fromEntries(
    Object.entries(item)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]): [string, AttributeValue] => {
        if (value.SS !== undefined) return [name, { SS: [...value.SS].sort() }];
        if (value.NS !== undefined) return [name, { NS: [...value.NS].sort() }];
        if (value.BS !== undefined)
          return [name, { BS: value.BS.map((one) => Buffer.from(one)).sort(Buffer.compare) }];
        return [name, value];
      }),
  );
