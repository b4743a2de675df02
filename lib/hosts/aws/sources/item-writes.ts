/** Writing items into a table that takes them as fast as its capacity allows, and says so in three ways. */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { ownValue } from '../../../archive/own-value.ts';
import { HoldfastError } from '../../../model/errors.ts';
import { fromAws, inOurWords, isAwsError } from '../sdk/aws-errors.ts';
import { backOff } from '../sdk/backoff.ts';
import { itemToLine } from './attribute-json.ts';

type Item = Record<string, AttributeValue>;

/**
 * Refusals one after the other, without an item between them, before a write fails: some two minutes, in which a table
 * on demand, or one that scales by itself, has more capacity.
 */
const MAX_REFUSED = 120;
/** The waits begin at about a third of a second. */
const FIRST_WAIT = 4;

/** Not now: the SDK has tried some times by itself. Of a batch it means that nothing was written of it. */
const isThrottled = (thrown: unknown): boolean =>
  isAwsError(
    thrown,
    'ProvisionedThroughputExceededException',
    'ThrottlingException',
    'RequestLimitExceeded',
    'LimitExceededException',
  );

export interface ItemWrites {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly signal: AbortSignal;
  /** @default growing waits with jitter, two seconds at most */
  readonly wait?: (attempt: number) => Promise<void>;
}

/** Counts refusals, waits after each. @throws HoldfastError `unavailable` after too many on end */
const patience = ({ table, signal, wait = backOff }: ItemWrites) => {
  let refused = 0;
  return {
    moved: () => {
      refused = 0;
    },
    refused: async (cause?: unknown): Promise<void> => {
      refused += 1;
      signal.throwIfAborted();
      if (refused > MAX_REFUSED)
        throw new HoldfastError(
          'unavailable',
          `table ${table} takes no more items: raise its write capacity, and restore again with "overwrite"`,
          { cause },
        );
      await wait(refused + FIRST_WAIT);
    },
    wait: () => wait(FIRST_WAIT),
  };
};

/** Writes all of at most 25 items, over whatever is there. */
export const writeBatch = async (writes: ItemWrites, items: readonly Item[]): Promise<void> => {
  const { client, table, signal } = writes;
  const patient = patience(writes);
  let left: WriteRequest[] = items.map((item) => ({ PutRequest: { Item: item } }));
  while (left.length > 0) {
    signal.throwIfAborted();
    const undone = await unprocessed(client, table, left);
    if (undone.requests.length === left.length) await patient.refused(undone.cause);
    else {
      patient.moved();
      if (undone.requests.length > 0) await patient.wait();
    }
    left = undone.requests;
  }
};

/** What the service left undone: some of it, or, when it throws for want of capacity, all. */
const unprocessed = async (
  client: DynamoDBClient,
  table: string,
  requests: WriteRequest[],
): Promise<{ requests: WriteRequest[]; cause?: unknown }> => {
  try {
    const { UnprocessedItems } = await client.send(
      new BatchWriteItemCommand({ RequestItems: { [table]: requests } }),
    );
    return { requests: ownValue(UnprocessedItems ?? {}, table) ?? [] };
  } catch (thrown) {
    if (isThrottled(thrown)) return { requests, cause: thrown };
    throw fromAws(thrown, `table ${table}`);
  }
};

/**
 * Writes an item whose key is free. True when it was taken by another item, which is kept: one that is the same counts
 * as written, since it is what an earlier try of ours has left whose answer was lost.
 *
 * @param key the name of the first attribute of the table's key
 */
export const putNew = async (writes: ItemWrites, item: Item, key: string): Promise<boolean> => {
  const { client, table } = writes;
  const patient = patience(writes);
  for (;;) {
    try {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: item,
          ConditionExpression: 'attribute_not_exists(#key)',
          ExpressionAttributeNames: { '#key': key },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      );
      return false;
    } catch (thrown) {
      if (thrown instanceof ConditionalCheckFailedException)
        return canonical(thrown.Item) !== canonical(item);
      if (!isThrottled(thrown)) throw fromAws(thrown, `table ${table}`);
      await inOurWords(`table ${table}`, () => patient.refused(thrown));
    }
  }
};

/** An item as text that does not depend on the order of attributes, nor on that of a set's members. */
const canonical = (item: Item | undefined): string =>
  item === undefined ? '' : JSON.stringify(JSON.parse(itemToLine(item)), inOrder);

const SETS: ReadonlySet<string> = new Set(['SS', 'NS', 'BS']);
const inOrder = (name: string, value: unknown): unknown => {
  if (Array.isArray(value)) return SETS.has(name) ? value.map(String).sort() : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
};
