/** The catalog's table as the construct defines it, for emulators. */
import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { catalogIndexes } from '../../../../lib/model/aws-environment.ts';

export const createCatalogTable = async (client: DynamoDBClient): Promise<string> => {
  const table = `catalog-${randomUUID()}`;
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', ...catalogIndexes.map(({ sortKey }) => sortKey)].map(
        (AttributeName) => ({ AttributeName, AttributeType: 'S' as const }),
      ),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      LocalSecondaryIndexes: catalogIndexes.map(({ name, sortKey }) => ({
        IndexName: name,
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' as const },
          { AttributeName: sortKey, KeyType: 'RANGE' as const },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' as const },
      })),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 }, { TableName: table });
  return table;
};

export const deleteTable = async (client: DynamoDBClient, table: string): Promise<void> => {
  await client.send(new DeleteTableCommand({ TableName: table }));
};
