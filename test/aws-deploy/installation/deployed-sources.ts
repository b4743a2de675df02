/** The sources of a deployed installation: objects and items that a restore must bring back. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetItemCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { setup } from '../../acceptance/host.ts';
import type { AwsClients } from './aws-clients.ts';
import { northBucket, sourceBucket, sourceTable } from './deployed-installation.ts';

const objects = new Map([
  ['docs/letter.txt', 'Dear all,'],
  ['docs/ümläut and space.txt', 'grüße'],
  ['empty', ''],
]);
const ITEMS = 30;

/** Writes the objects and items to the buckets and the table. */
export const fillSources = async ({ s3, dynamodb }: AwsClients): Promise<void> => {
  for (const [Key, Body] of objects)
    await s3.send(
      new PutObjectCommand({
        Bucket: sourceBucket,
        Key,
        Body: Buffer.from(Body),
        ContentType: 'text/plain; charset=utf-8',
        Metadata: { owner: 'tests' },
        Tagging: 'kind=test',
      }),
    );
  for (const [Key, Body] of Object.entries(setup.north))
    await s3.send(new PutObjectCommand({ Bucket: northBucket, Key, Body }));
  for (let index = 0; index < ITEMS; index++)
    await dynamodb.send(
      new PutItemCommand({
        TableName: sourceTable,
        Item: {
          id: { S: `order-${index}` },
          total: { N: '12345678901234567890.123456789' },
          blob: { B: Buffer.of(0, index, 255) },
        },
      }),
    );
};

/** Fails unless this bucket and this table hold the same objects and items. */
export const expectRestored = async (
  { s3, dynamodb }: AwsClients,
  { uploads, orders: TableName }: Readonly<Record<'uploads' | 'orders', string>>,
): Promise<void> => {
  for (const [Key, text] of objects) {
    const copy = await s3.send(new GetObjectCommand({ Bucket: uploads, Key }));
    expect(await copy.Body?.transformToString()).toBe(text);
    expect(copy).toMatchObject({
      ContentType: 'text/plain; charset=utf-8',
      Metadata: { owner: 'tests' },
      TagCount: 1,
    });
  }
  expect((await dynamodb.send(new ScanCommand({ TableName }))).Count).toBe(ITEMS);
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key: { id: { S: 'order-7' } } }));
  expect(Item).toMatchObject({ total: { N: '12345678901234567890.123456789' } });
  expect(Buffer.from(Item?.blob?.B ?? [])).toEqual(Buffer.of(0, 7, 255));
};

/** Compares a bucket with a folder of objects, and a table with lines of items. */
export const expectRestoredAsFolders = async ({
  uploads,
  orders,
}: Readonly<Record<'uploads' | 'orders', string>>): Promise<void> => {
  for (const [key, text] of objects) expect(await readFile(join(uploads, 'objects', key), 'utf8')).toBe(text);
  const items = (await readFile(join(orders, 'items/00000/00000001.jsonl'), 'utf8')).trim().split('\n');
  expect(items).toHaveLength(ITEMS);
  expect(items.map((line) => JSON.parse(line)).find(({ id }) => id.S === 'order-7')).toEqual({
    id: { S: 'order-7' },
    total: { N: '12345678901234567890.123456789' },
    blob: { B: Buffer.of(0, 7, 255).toString('base64') },
  });
};
