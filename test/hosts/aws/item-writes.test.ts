import { DynamoDBClient, ProvisionedThroughputExceededException } from '@aws-sdk/client-dynamodb';
import { describe, expect, test } from '@jest/globals';
import { putNew, writeBatch } from '../../../lib/hosts/aws/sources/item-writes.ts';
import { clientConfig } from '../../emulators/credentials.ts';

interface Sent {
  readonly RequestItems: { readonly orders: readonly unknown[] };
}

/** A client whose requests go no further than `answer`, which is given their input. */
const clientAnswering = (answer: (input: Sent, request: number) => object): DynamoDBClient => {
  const client = new DynamoDBClient(clientConfig('http://127.0.0.1:9'));
  let requests = 0;
  client.middlewareStack.add(
    () =>
      async ({ input }) => {
        requests += 1;
        const output = answer(Object(input), requests);
        return { output: { $metadata: {}, ...output }, response: {} };
      },
    { step: 'initialize' },
  );
  return client;
};
const throttled = () =>
  new ProvisionedThroughputExceededException({ message: 'too much', $metadata: { httpStatusCode: 400 } });

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
  expect(await putNew(writesTo(client), { id: { S: 'one' } }, 'id')).toBe(false);
});
