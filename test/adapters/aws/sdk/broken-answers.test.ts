/**
 * Answers with status 200 that are not valid: from a proxy, or cut off. None of them may count as the end of
 * a list.
 */
import { createServer, type Server } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, test } from '@jest/globals';
import { S3BucketStore } from '../../../../lib/adapters/aws/sources/buckets/s3-bucket-store.ts';
import { DynamoTableStore } from '../../../../lib/adapters/aws/sources/tables/dynamo-table-store.ts';
import { clientConfig } from '../../../emulators/credentials.ts';

const running: { close(): void }[] = [];
afterEach(() => {
  for (const one of running.splice(0)) one.close();
});

/** Answers each request with status 200 and the body that `answerOf` gives. */
const serve = async (answerOf: (url: string, operation: string) => string): Promise<string> => {
  const server: Server = createServer((request, response) => {
    request.resume().on('end', () => {
      const operation = String(request.headers['x-amz-target']).replace(/^.*\./, '');
      response.end(answerOf(request.url ?? '', operation));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.push(server);
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
};

const page = '<?xml version="1.0"?>';
const a = '<Contents><Key>a</Key><Size>1</Size><ETag>"x"</ETag></Contents>';
const versionA =
  '<Version><Key>a</Key><Size>1</Size><VersionId>1</VersionId><IsLatest>true</IsLatest></Version>';
const versioning = (status: string): string =>
  `${page}<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;

describe('a listing', () => {
  const listed = async (status: 'Enabled' | 'Suspended', answer: string): Promise<unknown[]> => {
    const endpoint = await serve((url) => (/[?&]versioning/.test(url) ? versioning(status) : answer));
    const client = new S3Client({ ...clientConfig(endpoint), forcePathStyle: true, maxAttempts: 1 });
    running.push({ close: () => client.destroy() });
    return Array.fromAsync(new S3BucketStore({ client }).list('source', { prefix: '' }));
  };

  test.each([
    ['is empty', 'Suspended', ''],
    ['is a page of a proxy', 'Suspended', '<html><body>Welcome</body></html>'],
    ['does not say whether it goes on', 'Suspended', `${page}<ListBucketResult>${a}</ListBucketResult>`],
    [
      'goes on, and does not say where',
      'Suspended',
      `${page}<ListBucketResult>${a}<IsTruncated>true</IsTruncated></ListBucketResult>`,
    ],
    ['of versions is empty', 'Enabled', ''],
    [
      'of versions does not say whether it goes on',
      'Enabled',
      `${page}<ListVersionsResult>${versionA}</ListVersionsResult>`,
    ],
    [
      'of versions goes on, and does not say where',
      'Enabled',
      `${page}<ListVersionsResult>${versionA}<IsTruncated>true</IsTruncated></ListVersionsResult>`,
    ],
  ] as const)('that %s is asked for again, and no shorter bucket [B3]', async (_, status, answer) => {
    await expect(listed(status, answer)).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('that says it is the whole is', async () => {
    const whole = `${page}<ListBucketResult>${a}<IsTruncated>false</IsTruncated></ListBucketResult>`;
    expect(await listed('Suspended', whole)).toMatchObject([{ key: 'a' }]);
  });
});

describe('a page of a scan', () => {
  test.each([
    ['is empty', ''],
    ['is a page of a proxy', '<html></html>'],
    ['has no items', '{}'],
    ['has items that are none', '{"Items":[7],"Count":1}'],
  ])('that %s is asked for again, and no shorter table [B3]', async (_, answer) => {
    const table = JSON.stringify({ Table: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] } });
    const endpoint = await serve((_url, operation) => (operation === 'Scan' ? answer : table));
    const client = new DynamoDBClient({ ...clientConfig(endpoint), maxAttempts: 1 });
    const s3 = new S3Client(clientConfig(endpoint));
    running.push({ close: () => client.destroy() }, { close: () => s3.destroy() });
    const store = new DynamoTableStore({ client, s3, exportBucket: 'exports' });
    const scanned = Array.fromAsync(store.scan('orders', { segment: 0, segments: 1 }));
    await expect(scanned).rejects.toMatchObject({ code: 'unavailable' });
  });
});

test('an answer to a write that does not say what was left undone is none: all is written again [B7]', async () => {
  const table = JSON.stringify({ Table: { KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }] } });
  const answers = ['', '{}', '<html></html>', '{"UnprocessedItems":{}}'];
  const endpoint = await serve((_url, operation) =>
    operation === 'BatchWriteItem' ? (answers.shift() ?? 'too many') : table,
  );
  const client = new DynamoDBClient({ ...clientConfig(endpoint), maxAttempts: 1 });
  const s3 = new S3Client(clientConfig(endpoint));
  running.push({ close: () => client.destroy() }, { close: () => s3.destroy() });
  const store = new DynamoTableStore({ client, s3, exportBucket: 'exports' });
  const { signal } = new AbortController();
  const written = await store.write('orders', ['{"id":{"S":"a"}}'], { overwrite: true, signal });
  expect(written).toEqual({ kept: 0, refused: [] });
  expect(answers).toEqual([]);
});
