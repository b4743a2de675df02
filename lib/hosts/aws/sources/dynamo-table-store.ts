/** Tables of DynamoDB as sources and targets of backups. */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import {
  type AttributeValue,
  CreateTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ExportTableToPointInTimeCommand,
  ListTagsOfResourceCommand,
  ScanCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { ownValue } from '../../../archive/own-value.ts';
import { bucketPrefixes } from '../../../model/aws-environment.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type {
  ItemLine,
  TableDescription,
  TableExport,
  TableSchema,
  TableSegment,
  TableStore,
} from '../../../ports/table-store.ts';
import { streamFrom } from '../s3/s3-ranges.ts';
import { fromAws, inOurWords, isAwsError, isDenied } from '../sdk/aws-errors.ts';
import { itemFromLine, itemToLine } from './attribute-json.ts';
import { putNew, writeBatch } from './item-writes.ts';
import { createTableInput, schemaOf } from './table-schema.ts';
import { textLines } from './text-lines.ts';

type Item = Record<string, AttributeValue>;

const TABLE_SECONDS = 600;

export interface DynamoTableStoreOptions {
  readonly client: DynamoDBClient;
  /** Where exports go. */
  readonly s3: S3Client;
  readonly exportBucket: string;
}

export class DynamoTableStore implements TableStore {
  readonly #client: DynamoDBClient;
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor({ client, s3, exportBucket }: DynamoTableStoreOptions) {
    this.#client = client;
    this.#s3 = s3;
    this.#bucket = exportBucket;
  }

  async describe(table: string): Promise<TableDescription | undefined> {
    try {
      const { Table } = await this.#client.send(new DescribeTableCommand({ TableName: table }));
      if (Table === undefined) return undefined;
      const [timeToLive, tags, pointInTimeRecovery] = await Promise.all([
        this.#timeToLive(table),
        this.#tags(Table.TableArn),
        this.#pointInTimeRecovery(table),
      ]);
      return {
        schema: schemaOf(Table, { timeToLive, tags }),
        items: Table.ItemCount ?? 0,
        bytes: Table.TableSizeBytes ?? 0,
        pointInTimeRecovery,
      };
    } catch (thrown) {
      if (isAwsError(thrown, 'ResourceNotFoundException')) return undefined;
      if (isDenied(thrown))
        throw new HoldfastError(
          'component_unavailable',
          `the table ${table} may not be read: grant Holdfast's functions dynamodb:Describe*, ListTagsOfResource, Scan and ExportTableToPointInTime on it`,
          { cause: thrown },
        );
      throw fromAws(thrown, `table ${table}`);
    }
  }

  async *scan(
    table: string,
    { segment, segments, after }: TableSegment,
  ): AsyncGenerator<{ item: ItemLine; key: string }, void, undefined> {
    const keys = await this.#keyNames(table);
    let start: Item | undefined = after === undefined ? undefined : itemFromLine(after);
    do {
      const { Items = [], LastEvaluatedKey } = await inOurWords(`table ${table}`, () =>
        this.#client.send(
          new ScanCommand({
            TableName: table,
            ConsistentRead: true,
            ...(segments > 1 && { Segment: segment, TotalSegments: segments }),
            ...(start !== undefined && { ExclusiveStartKey: start }),
          }),
        ),
      );
      for (const item of Items) yield { item: itemToLine(item), key: itemToLine(only(item, keys)) };
      start = LastEvaluatedKey;
    } while (start !== undefined);
  }

  async startExport(table: string): Promise<TableExport> {
    const at = new Date();
    return inOurWords(`table ${table}`, async () => {
      const { Table } = await this.#client.send(new DescribeTableCommand({ TableName: table }));
      const { ExportDescription } = await this.#client.send(
        new ExportTableToPointInTimeCommand({
          TableArn: Table?.TableArn,
          S3Bucket: this.#bucket,
          S3Prefix: bucketPrefixes.exports.replace(/\/$/, ''),
          S3SseAlgorithm: 'AES256',
          ExportFormat: 'DYNAMODB_JSON',
        }),
      );
      return {
        id: ExportDescription?.ExportArn ?? '',
        at: (ExportDescription?.ExportTime ?? at).toISOString(),
      };
    });
  }

  async exportFiles(exportId: string): Promise<readonly string[] | undefined> {
    return inOurWords('DynamoDB', async () => {
      const { ExportDescription } = await this.#client.send(
        new DescribeExportCommand({ ExportArn: exportId }),
      );
      const { ExportStatus, FailureMessage, ExportManifest, S3Prefix = '' } = ExportDescription ?? {};
      if (ExportStatus === 'IN_PROGRESS') return undefined;
      if (ExportStatus !== 'COMPLETED' || ExportManifest === undefined)
        throw new HoldfastError(
          'component_failed',
          `the export ${exportId} failed: ${FailureMessage}; see that Holdfast's functions may write to ${bucketPrefixes.exports} of their bucket`,
        );
      return this.#dataFiles(below(S3Prefix, ExportManifest));
    });
  }

  async *readExport(file: string): AsyncGenerator<ItemLine, void, undefined> {
    for await (const line of this.#lines(file))
      yield JSON.stringify(exportLineSchema.parse(JSON.parse(line)).Item);
  }

  async create(table: string, schema: TableSchema): Promise<void> {
    try {
      await this.#client.send(new CreateTableCommand(createTableInput(table, schema)));
      await waitUntilTableExists(
        { client: this.#client, maxWaitTime: TABLE_SECONDS, minDelay: 1, maxDelay: 5 },
        { TableName: table },
      );
      if (schema.timeToLive !== undefined)
        await this.#client.send(
          new UpdateTimeToLiveCommand({
            TableName: table,
            TimeToLiveSpecification: { Enabled: true, AttributeName: schema.timeToLive },
          }),
        );
    } catch (thrown) {
      if (isDenied(thrown) || isAwsError(thrown, 'ValidationException', 'LimitExceededException'))
        throw new HoldfastError(
          'restore_refused',
          `the table ${table} could not be made (${Object(thrown).message}); make it yourself, or grant Holdfast's restore dynamodb:CreateTable on it`,
          { cause: thrown },
        );
      throw fromAws(thrown, `table ${table}`);
    }
  }

  async write(
    table: string,
    items: readonly ItemLine[],
    { overwrite, signal }: { overwrite: boolean; signal: AbortSignal },
  ): Promise<{ kept: number }> {
    const parsed = items.map(itemFromLine);
    const writes = { client: this.#client, table, signal };
    if (overwrite) {
      await writeBatch(writes, parsed);
      return { kept: 0 };
    }
    const [key = ''] = await this.#keyNames(table);
    const kept = await Promise.all(parsed.map((item) => putNew(writes, item, key)));
    signal.throwIfAborted();
    return { kept: kept.filter(Boolean).length };
  }

  async #keyNames(table: string): Promise<string[]> {
    const { Table } = await inOurWords(`table ${table}`, () =>
      this.#client.send(new DescribeTableCommand({ TableName: table })),
    );
    return (Table?.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName);
  }

  async #timeToLive(table: string): Promise<string | undefined> {
    const { TimeToLiveDescription: ttl } = await this.#client.send(
      new DescribeTimeToLiveCommand({ TableName: table }),
    );
    const on = ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING';
    return on ? ttl?.AttributeName : undefined;
  }

  async #tags(arn: string | undefined): Promise<Record<string, string>> {
    const tags: Record<string, string> = {};
    let token: string | undefined;
    do {
      const page = await orNothing(
        this.#client.send(
          new ListTagsOfResourceCommand({
            ResourceArn: arn,
            ...(token !== undefined && { NextToken: token }),
          }),
        ),
      );
      for (const { Key = '', Value = '' } of page?.Tags ?? []) tags[Key] = Value;
      token = page?.NextToken;
    } while (token !== undefined);
    return tags;
  }

  async #pointInTimeRecovery(table: string): Promise<boolean> {
    const answer = await orNothing(
      this.#client.send(new DescribeContinuousBackupsCommand({ TableName: table })),
    );
    const described = answer?.ContinuousBackupsDescription;
    return described?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED';
  }

  /** The manifest's summary names a list of the files with the items. */
  async #dataFiles(summary: string): Promise<string[]> {
    const { manifestFilesS3Key } = summarySchema.parse(
      JSON.parse((await Array.fromAsync(this.#lines(summary))).join('\n')),
    );
    const lines = await Array.fromAsync(this.#lines(manifestFilesS3Key));
    return lines
      .map((line) => fileSchema.parse(JSON.parse(line)))
      .filter(({ itemCount }) => itemCount > 0)
      .map(({ dataFileS3Key }) => dataFileS3Key);
  }

  async *#lines(key: string): AsyncGenerator<string, void, undefined> {
    const bytes = Readable.from(streamFrom(this.#s3, { bucket: this.#bucket, key }, 0));
    yield* textLines(key.endsWith('.gz') ? bytes.compose(createGunzip()) : bytes);
  }
}

// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
/** The item as it is: a schema of a record would leave an attribute of the name `__proto__` out. */
const exportLineSchema = z.object({
  Item: z.custom<object>((item) => typeof item === 'object' && item !== null),
});
const summarySchema = z.object({ manifestFilesS3Key: z.string() });
const fileSchema = z.object({ itemCount: z.number(), dataFileS3Key: z.string() });

/** Keys in an export's descriptions stand with its prefix or, in some of them, without. */
const below = (prefix: string, key: string): string =>
  prefix === '' || key.startsWith(`${prefix}/`) ? key : `${prefix}/${key}`;

/** Undefined from a service that does not know the operation: DynamoDB Local has neither tags nor exports. */
const orNothing = async <T>(answer: Promise<T>): Promise<T | undefined> => {
  try {
    return await answer;
  } catch (thrown) {
    if (isAwsError(thrown, 'UnknownOperationException')) return undefined;
    throw thrown;
  }
};

const only = (item: Item, names: readonly string[]): Item =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = ownValue(item, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
