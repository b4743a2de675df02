/** Reads pages of keys, in the order of lists, from the table's local indexes. */
import { type DynamoDBClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/client-dynamodb';
import { catalogIndexes } from '../../../model/aws-environment.ts';
import type { ListOptions } from '../../../ports/catalog/catalog.ts';
import { isKindOfRun, type RecordKind } from '../../../ports/catalog/records.ts';
import { groupPrefix, type Item, type ItemKey, partitionOf } from './catalog-item.ts';

const DEFAULT_LIMIT = 1000;
const [byOrder, byGroup] = catalogIndexes;

export interface ListedKeys {
  readonly total: number;
  readonly keys: ItemKey[];
}

export const listKeys = async (
  client: DynamoDBClient,
  table: string,
  kind: RecordKind,
  options: ListOptions,
): Promise<ListedKeys> => {
  const { skip = 0, limit = DEFAULT_LIMIT, counted = true } = options;
  const query = queryOf(table, kind, options);
  const countAll = async (): Promise<number> => (counted ? count(client, query) : 0);
  const start = skip === 0 ? undefined : await keyAfter(client, query, skip);
  // The page is past the end, or empty: only the total is needed.
  if (start === 'end' || limit === 0) return { total: await countAll(), keys: [] };
  const { keys, ended } = await page(client, query, start, limit);
  return { total: ended && counted ? skip + keys.length : await countAll(), keys };
};

/** Selects by the partition alone, or by the beginning of an index's sort key. */
const queryOf = (
  table: string,
  kind: RecordKind,
  { group, orderPrefix = '', descending = false }: ListOptions,
): QueryCommandInput => {
  const narrowed = group !== undefined && !isKindOfRun(kind);
  const index = narrowed ? byGroup : byOrder;
  const prefix = (narrowed ? groupPrefix(group) : '') + orderPrefix;
  return {
    TableName: table,
    IndexName: index.name,
    KeyConditionExpression: `pk = :pk${prefix === '' ? '' : ` AND begins_with(${index.sortKey}, :prefix)`}`,
    ExpressionAttributeValues: {
      ':pk': { S: partitionOf(kind, group ?? '') },
      ...(prefix !== '' && { ':prefix': { S: prefix } }),
    },
    ScanIndexForward: !descending,
    ConsistentRead: true,
  };
};

/** Finds where the page begins after the first `skip` keys; only counts are transferred. */
const keyAfter = async (
  client: DynamoDBClient,
  query: QueryCommandInput,
  skip: number,
): Promise<Item | 'end'> => {
  let left = skip;
  let start: Item | undefined;
  for (;;) {
    const { Count = 0, LastEvaluatedKey } = await client.send(
      new QueryCommand({ ...query, Select: 'COUNT', Limit: left, ExclusiveStartKey: start }),
    );
    left -= Count;
    if (LastEvaluatedKey === undefined) return 'end';
    start = LastEvaluatedKey;
    if (left === 0) return start;
  }
};

const count = async (client: DynamoDBClient, query: QueryCommandInput): Promise<number> => {
  let total = 0;
  let start: Item | undefined;
  do {
    const { Count = 0, LastEvaluatedKey } = await client.send(
      new QueryCommand({ ...query, Select: 'COUNT', ExclusiveStartKey: start }),
    );
    total += Count;
    start = LastEvaluatedKey;
  } while (start !== undefined);
  return total;
};

const page = async (
  client: DynamoDBClient,
  query: QueryCommandInput,
  first: Item | undefined,
  limit: number,
): Promise<{ keys: ItemKey[]; ended: boolean }> => {
  const keys: ItemKey[] = [];
  let start = first;
  do {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        ...query,
        ProjectionExpression: 'pk, sk',
        Limit: limit - keys.length,
        ExclusiveStartKey: start,
      }),
    );
    keys.push(...Items.map(keyIn));
    start = LastEvaluatedKey;
  } while (start !== undefined && keys.length < limit);
  return { keys, ended: start === undefined };
};

const keyIn = ({ pk, sk }: Item): ItemKey => ({ pk: { S: pk?.S ?? '' }, sk: { S: sk?.S ?? '' } });
