import { Readable } from 'node:stream';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { putNew, writeBatch } from '../../../../lib/adapters/aws/sources/tables/item-writes.ts';
import { clientConfig } from '../../../emulators/credentials.ts';

interface Sent {
  readonly RequestItems: { readonly orders: readonly unknown[] };
}

/** A client that sends nothing: `answer` gets each request's input and gives the answer. */
const clientAnswering = (answer: (input: Sent, request: number) => object): DynamoDBClient => {
  let requests = 0;
  const answered = (input: Sent): { statusCode: number; text: string } => {
    requests += 1;
    try {
      return { statusCode: 200, text: JSON.stringify(answer(input, requests)) };
    } catch (thrown) {
      if (!(thrown instanceof Throttled)) throw thrown;
      return {
        statusCode: 400,
        text: JSON.stringify({ __type: PROVISIONED_THROUGHPUT, message: 'too much' }),
      };
    }
  };
  return new DynamoDBClient({
    ...clientConfig('http://127.0.0.1:9'),
    maxAttempts: 1,
    requestHandler: {
      handle: async ({ body }: { body: Uint8Array }) => {
        const { statusCode, text } = answered(JSON.parse(new TextDecoder().decode(body)));
        const headers = { 'content-type': 'application/x-amz-json-1.0' };
        return { response: { statusCode, headers, body: Readable.from([Buffer.from(text)]) } };
      },
    },
  });
};
const PROVISIONED_THROUGHPUT = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
class Throttled extends Error {}
const throttled = (): Error => new Throttled('too much');

const items = Array.from({ length: 25 }, (_, n) => ({ id: { S: `item ${n}` } }));
const writesTo = (client: DynamoDBClient, waits: number[] = []) => ({
  client,
  table: 'orders',
  signal: new AbortController().signal,
  wait: async (attempt: number) => {
    waits.push(attempt);
  },
});

describe('a batch of items', () => {
  test('is written whole though the service takes a part each time, and throws in between [U2]', async () => {
    const written: unknown[] = [];
    const waits: number[] = [];
    const client = clientAnswering(({ RequestItems: { orders } }, request) => {
      if (request <= 30) throw throttled();
      if (request === 32) throw throttled();
      written.push(...orders.slice(0, 5));
      return { UnprocessedItems: orders.length > 5 ? { orders: orders.slice(5) } : {} };
    });
    await writeBatch(writesTo(client, waits), items);
    expect(written).toEqual(items.map((Item) => ({ PutRequest: { Item } })));
    expect(waits.slice(0, 3)).toEqual([5, 6, 7]);
  });

  test.each([
    [
      'throws',
      () => {
        throw throttled();
      },
    ],
    ['leaves all of it', ({ RequestItems }: Sent) => ({ UnprocessedItems: RequestItems })],
  ])('fails when the service %s for minutes, with what to do', async (_, answer) => {
    const waits: number[] = [];
    const client = clientAnswering(answer);
    await expect(writeBatch(writesTo(client, waits), items)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('raise its write capacity'),
    });
    expect(waits).toHaveLength(120);
  });

  test('ends when the restore is stopped', async () => {
    const stop = new AbortController();
    const client = clientAnswering(() => {
      stop.abort(new Error('stopped'));
      throw throttled();
    });
    await expect(writeBatch({ ...writesTo(client), signal: stop.signal }, items)).rejects.toThrow('stopped');
  });
});

test('a new item waits for capacity too', async () => {
  const client = clientAnswering((_, request) => {
    if (request < 4) throw throttled();
    return {};
  });
  expect(await putNew(writesTo(client), { id: { S: 'one' } }, ['id'])).toBe('written');
});
