/** Tables of DynamoDB as sources and targets of backups. */
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ExportTableToPointInTimeCommand,
  ListTagsOfResourceCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { bucketPrefixes } from '../../../../model/aws-environment.ts';
import { HoldfastError } from '../../../../model/errors.ts';
import { type TextRecord, textRecord } from '../../../../model/text/text-record.ts';
import type {
  ExportFile,
  ItemLine,
  RefusedItem,
  TableDescription,
  TableExport,
  TableSchema,
  TableSegment,
  TableStore,
} from '../../../../ports/sources/table-store.ts';
import { isAwsError, isDenied } from '../../sdk/aws-errors.ts';
import { itemFromLine } from './attribute-json.ts';
import { exportedItems, exportFiles } from './exported-items.ts';
import { keyLine, readItems } from './item-lines.ts';
import { putNew, writeBatch } from './item-writes.ts';
import { RawJson } from './raw-json.ts';
import { ScanPace } from './scan-pace.ts';
import { inTableWords, tableError } from './table-errors.ts';
import { finishTable, makeTable, tableReady } from './table-making.ts';
import { schemaOf } from './table-schema.ts';

export interface DynamoTableStoreOptions {
  readonly client: DynamoDBClient;
  /** The bucket and the client for exports. */
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
      throw tableError(thrown, `table ${table}`);
    }
  }

  async *scan(
    table: string,
    { segment, segments, after, readCapacityShare: share }: TableSegment,
  ): AsyncGenerator<{ item: ItemLine; key: string }, void, undefined> {
    const { keys, readUnits: provisioned } = await this.#tableOf(table);
    const pace = share === undefined ? undefined : new ScanPace({ share, provisioned, segments });
    let start = after;
    do {
      const began = performance.now();
      const page = await this.#scanPage(table, { segment, segments, after: start }, pace?.limit);
      if (pace !== undefined)
        await pause(
          pace.pauseAfter({
            units: page.ConsumedCapacity?.CapacityUnits ?? 0,
            items: page.Items.length,
            milliseconds: performance.now() - began,
          }),
        );
      for (const item of page.Items) yield { item: JSON.stringify(item), key: keyLine(item, keys) };
      start = page.LastEvaluatedKey === undefined ? undefined : JSON.stringify(page.LastEvaluatedKey);
    } while (start !== undefined);
  }

  /** Reads the answer's JSON itself, not the SDK's objects. */
  async #scanPage(
    table: string,
    { segment, segments, after }: TableSegment,
    limit: number | undefined,
  ): Promise<z.infer<typeof pageSchema>> {
    const raw = new RawJson();
    const command = new ScanCommand({
      TableName: table,
      // A consistent read holds everything written before the backup began; other reads promise nothing.
      ConsistentRead: true,
      ...(limit !== undefined && { Limit: limit, ReturnConsumedCapacity: 'TOTAL' }),
      ...(segments > 1 && { Segment: segment, TotalSegments: segments }),
      ...(after !== undefined && { ExclusiveStartKey: itemFromLine(after) }),
    });
    try {
      await this.#client.send(raw.of(command));
    } catch (thrown) {
      throw tableError(thrown, `table ${table}`);
    }
    const page = pageSchema.safeParse(raw.value);
    if (page.success) return page.data;
    throw new HoldfastError('unavailable', `table ${table} answers a scan without its items; try again`);
  }

  async startExport(table: string, once: string): Promise<TableExport> {
    const at = new Date();
    return inTableWords(`table ${table}`, async () => {
      const { Table } = await this.#client.send(new DescribeTableCommand({ TableName: table }));
      const { ExportDescription } = await this.#client.send(
        new ExportTableToPointInTimeCommand({
          TableArn: Table?.TableArn,
          S3Bucket: this.#bucket,
          S3Prefix: bucketPrefixes.exports.replace(/\/$/, ''),
          S3SseAlgorithm: 'AES256',
          ExportFormat: 'DYNAMODB_JSON',
          // For eight hours the service answers the same request with the export that it has begun.
          ClientToken: createHash('sha256').update(`${this.#bucket}/${table}/${once}`).digest('hex'),
        }),
      );
      return {
        id: ExportDescription?.ExportArn ?? '',
        at: (ExportDescription?.ExportTime ?? at).toISOString(),
      };
    });
  }

  async exportFiles(exportId: string): Promise<readonly ExportFile[] | undefined> {
    return inTableWords(`export ${exportId}`, async () => {
      const { ExportDescription } = await this.#client.send(
        new DescribeExportCommand({ ExportArn: exportId }),
      );
      const { ExportStatus, FailureMessage, ExportManifest, S3Prefix = '' } = ExportDescription ?? {};
      if (ExportStatus === 'IN_PROGRESS') return undefined;
      if (ExportStatus !== 'COMPLETED' || ExportManifest === undefined)
        throw new HoldfastError(
          'component_failed',
          `the export ${exportId} failed: ${FailureMessage}; check that Holdfast's functions may write to ${bucketPrefixes.exports} of their bucket`,
        );
      return exportFiles({ client: this.#s3, bucket: this.#bucket }, below(S3Prefix, ExportManifest));
    });
  }

  readExport(file: string): AsyncIterable<ItemLine> {
    return exportedItems({ client: this.#s3, bucket: this.#bucket }, file);
  }

  create(table: string, schema: TableSchema, signal: AbortSignal): Promise<void> {
    return makeTable({ client: this.#client, table, signal }, schema);
  }

  finish(table: string, schema: TableSchema, signal: AbortSignal): Promise<readonly string[]> {
    return finishTable({ client: this.#client, table, signal }, schema);
  }

  ready(table: string, signal: AbortSignal): Promise<void> {
    return tableReady({ client: this.#client, table, signal });
  }

  async write(
    table: string,
    items: readonly ItemLine[],
    { overwrite, signal }: { overwrite: boolean; signal: AbortSignal },
  ): Promise<{ kept: number; refused: readonly RefusedItem[] }> {
    const writes = { client: this.#client, table, signal };
    const keys = await this.#keyNames(table);
    const { read, unread } = readItems(items, keys);
    if (overwrite) return { kept: 0, refused: [...unread, ...(await writeBatch(writes, read, keys))] };
    const written = await Promise.all(read.map((item) => putNew(writes, item, keys)));
    signal.throwIfAborted();
    return {
      kept: written.filter((outcome) => outcome === 'kept').length,
      refused: [...unread, ...written.filter((outcome) => typeof outcome === 'object')],
    };
  }

  async #keyNames(table: string): Promise<string[]> {
    return (await this.#tableOf(table)).keys;
  }

  /** @returns `readUnits` undefined for a table on demand */
  async #tableOf(table: string): Promise<{ keys: string[]; readUnits: number | undefined }> {
    const { Table } = await this.#client
      .send(new DescribeTableCommand({ TableName: table }))
      .catch((thrown: unknown) => {
        throw tableError(thrown, `table ${table}`);
      });
    const units = Table?.ProvisionedThroughput?.ReadCapacityUnits ?? 0;
    return {
      keys: (Table?.KeySchema ?? []).map(({ AttributeName = '' }) => AttributeName),
      readUnits: units > 0 ? units : undefined,
    };
  }

  async #timeToLive(table: string): Promise<string | undefined> {
    const { TimeToLiveDescription: ttl } = await this.#client.send(
      new DescribeTimeToLiveCommand({ TableName: table }),
    );
    const on = ttl?.TimeToLiveStatus === 'ENABLED' || ttl?.TimeToLiveStatus === 'ENABLING';
    return on ? ttl?.AttributeName : undefined;
  }

  async #tags(arn: string | undefined): Promise<TextRecord> {
    const tags: [string, string][] = [];
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
      for (const { Key = '', Value = '' } of page?.Tags ?? []) tags.push([Key, Value]);
      token = page?.NextToken;
    } while (token !== undefined);
    return textRecord(tags);
  }

  async #pointInTimeRecovery(table: string): Promise<boolean> {
    const answer = await orNothing(
      this.#client.send(new DescribeContinuousBackupsCommand({ TableName: table })),
    );
    const described = answer?.ContinuousBackupsDescription;
    return described?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED';
  }
}

const rawItem = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null,
);
/** An answer without items was cut, and is not the end of the table. */
const pageSchema = z.object({
  Items: z.array(rawItem),
  LastEvaluatedKey: rawItem.optional(),
  ConsumedCapacity: z.object({ CapacityUnits: z.number().optional() }).optional(),
});

/** In some of an export's descriptions keys have its prefix, in others they do not. */
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
