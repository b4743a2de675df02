import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { DynamoCatalog } from '../../../../lib/adapters/aws/catalog/dynamo-catalog.ts';
import { describeCatalog } from '../../../contract/catalog.ts';
import { clientConfig } from '../../../emulators/credentials.ts';
import { startDynamodbLocal } from '../../../emulators/dynamodb-local.ts';
import { startMinistack } from '../../../emulators/ministack.ts';
import type { Emulator } from '../../../emulators/run-emulator.ts';
import { createCatalogTable, deleteTable } from './catalog-table.ts';

describe.each([
  ['DynamoDB Local', startDynamodbLocal],
  ['MiniStack', startMinistack],
] as const)('%s', (name, start) => {
  let emulator: Emulator;
  let client: DynamoDBClient;
  beforeAll(async () => {
    emulator = await start();
    client = new DynamoDBClient(clientConfig(emulator.endpoint));
  });
  afterAll(async () => {
    client.destroy();
    await emulator.stop();
  });

  describeCatalog(`DynamoDB on ${name}`, async () => {
    const table = await createCatalogTable(client);
    return { catalog: new DynamoCatalog({ client, table }), close: () => deleteTable(client, table) };
  });
});
