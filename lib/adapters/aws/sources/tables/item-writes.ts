/**
 * Writes items into a table, which accepts them as fast as its capacity allows, and reports its limits in three ways.
 */
import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  PutItemCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { HoldfastError } from '../../../../model/errors.ts';
import type { RefusedItem } from '../../../../ports/sources/table-store.ts';
import { isAwsError } from '../../sdk/aws-errors.ts';
import { backOff } from '../../sdk/backoff.ts';
import { itemFromJson, itemToLine } from './attribute-json.ts';
import { RawJson } from './raw-json.ts';
import { tableError } from './table-errors.ts';

type Item = Record<string, AttributeValue>;

/**
 * Refusals in a row, without an accepted item, before a write fails: some two minutes, in which a table on demand or
 * with automatic scaling gets more capacity.
 */
const MAX_REFUSED = 120;
/** The waits begin at about a third of a second. */
const FIRST_WAIT = 4;

/** Throttled, after some attempts of the SDK's own. For a batch it means that nothing of it was written. */
const isThrottled = (thrown: unknown): boolean =>
  isAwsError(
    thrown,
    'ProvisionedThroughputExceededException',
    'ThrottlingException',
    'RequestLimitExceeded',
    'LimitExceededException',
    // Others write the same item, perhaps in another region of a global table.
    'TransactionConflictException',
    'ReplicatedWriteConflictException',
  );

export interface ItemWrites {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly signal: AbortSignal;
  /** @default growing waits with jitter, at most two seconds */
  readonly wait?: (attempt: number) => Promise<void>;
}

/** Counts refusals, and waits after each. @throws HoldfastError `unavailable` after too many in a row */
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
          `table ${table} accepts no more items: raise its write capacity, and restore again with "overwrite"`,
          { cause },
        );
      await wait(refused + FIRST_WAIT);
    },
    wait: () => wait(FIRST_WAIT),
  };
};

/**
 * Writes at most 25 items, and replaces existing ones. If the table refuses one of them, it refuses the whole batch:
 * then each is written by itself.
 *
 * @param keys the names of the attributes in the table's key
 * @returns the items that the table refuses
 */
export const writeBatch = async (
  writes: ItemWrites,
  items: readonly Item[],
  keys: readonly string[] = [],
): Promise<RefusedItem[]> => {
  const { client, table, signal } = writes;
  const patient = patience(writes);
  let left: WriteRequest[] = items.map((item) => ({ PutRequest: { Item: item } }));
  while (left.length > 0) {
    signal.throwIfAborted();
    const undone = await unprocessed(client, table, left);
    if (undone === 'one of them is refused') {
      const outcomes = await Promise.all(left.map((request) => putOver(writes, itemOf(request), keys)));
      return outcomes.filter((outcome) => outcome !== undefined);
    }
    if (undone.requests.length === left.length) await patient.refused(undone.cause);
    else {
      patient.moved();
      if (undone.requests.length > 0) await patient.wait();
    }
    left = undone.requests;
  }
  return [];
};

const itemOf = ({ PutRequest }: WriteRequest): Item => PutRequest?.Item ?? {};

/** The requests that the service left undone: some of them, or, when it throws for lack of capacity, all. */
const unprocessed = async (
  client: DynamoDBClient,
  table: string,
  requests: WriteRequest[],
): Promise<{ requests: WriteRequest[]; cause?: unknown } | 'one of them is refused'> => {
  const raw = new RawJson();
  try {
    await client.send(raw.of(new BatchWriteItemCommand({ RequestItems: { [table]: requests } })));
    const answer = unprocessedSchema.safeParse(raw.value);
    // The answer does not say what was written, so everything is written again.
    if (!answer.success) return { requests, cause: answer.error };
    const { UnprocessedItems } = answer.data;
    const left = z.array(requestSchema).parse(Object.values(UnprocessedItems).flat());
    return {
      requests: left.map(({ PutRequest }) => ({ PutRequest: { Item: itemFromJson(PutRequest.Item) } })),
    };
  } catch (thrown) {
    if (isThrottled(thrown)) return { requests, cause: thrown };
    if (isRefusal(thrown)) return 'one of them is refused';
    throw tableError(thrown, `table ${table}`);
  }
};

const unprocessedSchema = z.object({
  UnprocessedItems: z.custom<object>((value) => typeof value === 'object' && value !== null),
});
const requestSchema = z.object({ PutRequest: z.object({ Item: z.unknown() }) });

/** Whether the item is at fault: it does not fit the table's key, an index's, or a limit. */
const isRefusal = (thrown: unknown): boolean =>
  isAwsError(thrown, 'ValidationException', 'ItemCollectionSizeLimitExceededException');

const refusedItem = (item: Item, keys: readonly string[], thrown: unknown): RefusedItem => ({
  key: itemToLine(Object.fromEntries(Object.entries(item).filter(([name]) => keys.includes(name)))),
  reason: `is not accepted by the table: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
});

/** Writes one item, and replaces an existing one. */
const putOver = async (
  writes: ItemWrites,
  item: Item,
  keys: readonly string[],
): Promise<RefusedItem | undefined> => {
  const { client, table } = writes;
  const patient = patience(writes);
  for (;;) {
    try {
      await client.send(new PutItemCommand({ TableName: table, Item: item }));
      return undefined;
    } catch (thrown) {
      if (isRefusal(thrown)) return refusedItem(item, keys, thrown);
      if (!isThrottled(thrown)) throw tableError(thrown, `table ${table}`);
      await patient.refused(thrown);
    }
  }
};

/**
 * Writes an item whose key is free. Returns `kept` when another item has the key, and keeps that one; the same item
 * counts as written, since an earlier attempt whose answer was lost has left it.
 *
 * @param keys the names of the attributes in the table's key
 */
export const putNew = async (
  writes: ItemWrites,
  item: Item,
  keys: readonly string[],
): Promise<'written' | 'kept' | RefusedItem> => {
  const { client, table } = writes;
  const patient = patience(writes);
  const [key = ''] = keys;
  for (;;) {
    const raw = new RawJson();
    try {
      await client.send(
        raw.of(
          new PutItemCommand({
            TableName: table,
            Item: item,
            ConditionExpression: 'attribute_not_exists(#key)',
            ExpressionAttributeNames: { '#key': key },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return 'written';
    } catch (thrown) {
      if (thrown instanceof ConditionalCheckFailedException) {
        const there = conflictSchema.parse(raw.value).Item;
        return canonical(JSON.stringify(there ?? {})) === canonical(itemToLine(item)) ? 'written' : 'kept';
      }
      if (isRefusal(thrown)) return refusedItem(item, keys, thrown);
      if (!isThrottled(thrown)) throw tableError(thrown, `table ${table}`);
      await patient.refused(thrown);
    }
  }
};

const conflictSchema = z.object({ Item: z.unknown() });

/** An item as text that does not depend on the order of attributes, nor on that of a set's members. */
const canonical = (line: string): string => JSON.stringify(JSON.parse(line), inOrder);

const SETS: ReadonlySet<string> = new Set(['SS', 'NS', 'BS']);
const inOrder = (name: string, value: unknown): unknown => {
  if (Array.isArray(value)) return SETS.has(name) ? value.map(String).sort() : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
};
