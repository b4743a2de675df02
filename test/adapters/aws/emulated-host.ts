/** A host with the AWS adapters on one MiniStack; the test runs the workflow step by step. */
import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateKeyCommand, type CreateKeyCommandInput, KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { askIssuer } from '../../../lib/adapters/any/channels/issuer-requests.ts';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { DynamoCatalog } from '../../../lib/adapters/aws/catalog/dynamo-catalog.ts';
import { KmsVault } from '../../../lib/adapters/aws/keys/kms-vault.ts';
import { S3BucketStore } from '../../../lib/adapters/aws/sources/buckets/s3-bucket-store.ts';
import { DynamoTableStore } from '../../../lib/adapters/aws/sources/tables/dynamo-table-store.ts';
import { S3ObjectStore } from '../../../lib/adapters/aws/store/s3-object-store.ts';
import { RESTORE_BYTES, VERIFY_BYTES } from '../../../lib/adapters/aws/task-bytes.ts';
import { DEFAULT_SEGMENT_BYTES } from '../../../lib/archive/format.ts';
import { SegmentPool } from '../../../lib/archive/threads/segment-pool.ts';
import { configSchema } from '../../../lib/model/config/config.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { withOperations } from '../../../lib/operations/kinds.ts';
import { openInstallation } from '../../../lib/operations/upkeep/open-installation.ts';
import { systemClock } from '../../../lib/ports/clock.ts';
import { clientConfig } from '../../emulators/credentials.ts';
import { startMinistack } from '../../emulators/ministack.ts';
import { createCatalogTable } from './catalog/catalog-table.ts';

export interface EmulatedHost {
  readonly host: OperatingHost & Required<Pick<OperatingHost, 'buckets' | 'tables'>>;
  readonly s3: S3Client;
  newBucket(): Promise<string>;
  close(): Promise<void>;
}

/** Executions do not run by themselves: the test calls the steps. The caller closes the host. */
export const startEmulatedHost = async (config: (bucket: string) => unknown): Promise<EmulatedHost> => {
  const emulator = await startMinistack();
  const client = clientConfig(emulator.endpoint);
  const s3 = new S3Client({ ...client, forcePathStyle: true });
  const dynamodb = new DynamoDBClient(client);
  const kms = new KMSClient(client);
  const newBucket = async (): Promise<string> => {
    const Bucket = `b-${randomUUID()}`;
    await s3.send(new CreateBucketCommand({ Bucket }));
    return Bucket;
  };
  const newKey = async (input: CreateKeyCommandInput): Promise<string> =>
    (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
  const own = await newBucket();
  const pool = new SegmentPool({ size: 2 });
  const host = withOperations({
    name: 'aws' as const,
    machine: 'test',
    config: configSchema.parse(config(await newBucket())),
    catalog: new DynamoCatalog({ client: dynamodb, table: await createCatalogTable(dynamodb) }),
    objects: new S3ObjectStore({ client: s3, bucket: own, backupPaths: [] }),
    own: { paths: [], buckets: [{ bucket: own, prefix: '' }], tables: [] },
    vault: new KmsVault({
      client: kms,
      wrapKeyArn: await newKey({}),
      signKeyArn: await newKey({ KeySpec: 'ECC_NIST_EDWARDS25519', KeyUsage: 'SIGN_VERIFY' }),
    }),
    workflow: { start: async () => undefined, status: async () => undefined, stop: async () => undefined },
    timers: { ahead: 0, set: async () => undefined, unset: async () => undefined },
    notifiers: [],
    pingAt: () => {
      throw new Error('nobody is called here');
    },
    askIssuer,
    secrets: { resolve: () => Promise.reject(new Error('no secrets here')) },
    pool,
    segmentBytes: DEFAULT_SEGMENT_BYTES,
    verifyBytes: VERIFY_BYTES,
    restoreBytes: RESTORE_BYTES,
    clock: systemClock,
    log: new JsonLogger({ level: 'error', write: () => undefined }),
    buckets: new S3BucketStore({ client: s3 }),
    tables: new DynamoTableStore({ client: dynamodb, s3, exportBucket: own }),
  });
  await openInstallation(host);
  return {
    host,
    s3,
    newBucket,
    close: async () => {
      await pool.close();
      for (const each of [s3, dynamodb, kms]) each.destroy();
      await emulator.stop();
    },
  };
};
