/**
 * DynamoDB by its API reference, in memory, for what no emulator does on demand: errors, cut or lost answers,
 * and unprocessed items. It ignores signatures. Operations that Holdfast never uses get
 * `UnknownOperationException`.
 */
import { crc32 } from 'node:zlib';
import { type FaultRule, noFaults } from './faults.ts';
import { type Stub, type StubAnswer, type StubRequest, type StubService, startStub } from './stub-server.ts';

type Json = Record<string, unknown>;
/** An item in DynamoDB's JSON. */
export type StubItem = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

interface KeyPart {
  readonly AttributeName: string;
  readonly KeyType: string;
}

export interface StubTable {
  /** The parameters of CreateTable. */
  readonly made: {
    readonly KeySchema: readonly KeyPart[];
    readonly AttributeDefinitions: readonly {
      readonly AttributeName: string;
      readonly AttributeType: string;
    }[];
    readonly GlobalSecondaryIndexes?: readonly {
      readonly IndexName: string;
      readonly KeySchema: readonly KeyPart[];
      readonly Projection: { readonly ProjectionType: string };
    }[];
    readonly Tags?: readonly { readonly Key: string; readonly Value: string }[];
  };
  /** The number of DescribeTable answers that still report CREATING. */
  creating: number;
  timeToLive: string | undefined;
  pointInTimeRecovery: boolean;
  /** Items by the JSON of their key. */
  readonly items: Map<string, StubItem>;
}

export interface StubExport {
  readonly arn: string;
  readonly table: string;
  readonly clientToken: string;
  status: 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';
  /** The key of `manifest-summary.json`. */
  manifest: string;
}

const json = (value: unknown, status = 200): StubAnswer => {
  const body = JSON.stringify(value);
  const sum = { 'x-amz-crc32': String(crc32(body)) };
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0', ...sum }, body };
};
const failure = (code: string, message: string, more: Json = {}, status = 400): StubAnswer =>
  json({ __type: `com.amazonaws.dynamodb.v20120810#${code}`, message, ...more }, status);
const arnOf = (table: string): string => `arn:aws:dynamodb:eu-central-1:111122223333:table/${table}`;

export class StubDynamodb implements StubService {
  readonly tables = new Map<string, StubTable>();
  readonly exports = new Map<string, StubExport>();
  pageItems = 100;
  creatingAnswers = 1;
  /** The request of the last scan. */
  lastScan: Json | undefined;
  /** The number of items of a batch to write; the rest is returned as unprocessed. */
  takes: (items: number) => number = (items) => items;
  /** Writes the files of an export that has just started. */
  onExport: (made: StubExport) => void = () => undefined;

  /** Adds a table that is ready. */
  table(name: string, made: StubTable['made'], items: readonly StubItem[] = []): StubTable {
    const table: StubTable = {
      made,
      creating: 0,
      timeToLive: undefined,
      pointInTimeRecovery: false,
      items: new Map(),
    };
    this.tables.set(name, table);
    for (const item of items) table.items.set(keyOf(table, item), item);
    return table;
  }

  items(name: string): StubItem[] {
    return [...(this.tables.get(name)?.items ?? [])]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, item]) => item);
  }

  name({ headers, body }: StubRequest): { operation: string; target: string } {
    const [, operation = ''] = (headers['x-amz-target'] ?? '').split('.');
    const input = inputOf(body);
    const [batch = ''] = Object.keys(Object(input.RequestItems));
    const target = String(input.TableName ?? input.ResourceArn ?? input.TableArn ?? batch);
    return { operation, target: target.slice(target.lastIndexOf('/') + 1) };
  }

  error({ status, code, message = code }: { status: number; code: string; message?: string }): StubAnswer {
    return failure(code, message, {}, status);
  }

  answer(request: StubRequest): StubAnswer {
    const { operation, target } = this.name(request);
    const input = inputOf(request.body);
    if (operation === 'CreateTable') return this.#create(target, input);
    if (operation === 'DescribeExport') return this.#describeExport(String(input.ExportArn));
    const table = this.tables.get(target);
    if (table === undefined)
      return failure('ResourceNotFoundException', `Requested resource not found: Table: ${target} not found`);
    if (operation === 'DescribeTable') return this.#describe(target, table);
    if (table.creating > 0 && operation !== 'ListTagsOfResource' && !operation.startsWith('Describe'))
      return failure('ResourceNotFoundException', 'Requested resource not found');
    switch (operation) {
      case 'DescribeTimeToLive':
        return json({
          TimeToLiveDescription:
            table.timeToLive === undefined
              ? { TimeToLiveStatus: 'DISABLED' }
              : { TimeToLiveStatus: 'ENABLED', AttributeName: table.timeToLive },
        });
      case 'UpdateTimeToLive':
        return this.#updateTimeToLive(table, Object(input.TimeToLiveSpecification));
      case 'DescribeContinuousBackups':
        return json({
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'ENABLED',
            PointInTimeRecoveryDescription: {
              PointInTimeRecoveryStatus: table.pointInTimeRecovery ? 'ENABLED' : 'DISABLED',
            },
          },
        });
      case 'ListTagsOfResource':
        return json({ Tags: table.made.Tags ?? [] });
      case 'Scan':
        this.lastScan = input;
        return this.#scan(table, input);
      case 'BatchWriteItem':
        return this.#writeBatch(target, table, input);
      case 'PutItem':
        return this.#put(table, input);
      case 'ExportTableToPointInTime':
        return this.#export(target, String(input.S3Prefix), String(input.ClientToken ?? ''));
      default:
        return failure('UnknownOperationException', operation);
    }
  }

  #create(name: string, input: Json): StubAnswer {
    if (this.tables.has(name)) return failure('ResourceInUseException', `Table already exists: ${name}`);
    const made: StubTable['made'] = JSON.parse(JSON.stringify(input));
    const table = this.table(name, made);
    table.creating = this.creatingAnswers;
    return this.#describe(name, table, 'TableDescription');
  }

  #describe(name: string, table: StubTable, as = 'Table'): StubAnswer {
    const status = table.creating > 0 ? 'CREATING' : 'ACTIVE';
    if (as === 'Table' && table.creating > 0) table.creating -= 1;
    return json({
      [as]: {
        ...table.made,
        Tags: undefined,
        GlobalSecondaryIndexes: table.made.GlobalSecondaryIndexes?.map((index) => ({
          ...index,
          IndexStatus: status,
        })),
        TableName: name,
        TableArn: arnOf(name),
        TableStatus: status,
        ItemCount: table.items.size,
        TableSizeBytes: 1000,
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      },
    });
  }

  #updateTimeToLive(table: StubTable, { Enabled, AttributeName }: Json): StubAnswer {
    if (Enabled === true && table.timeToLive !== undefined)
      return failure('ValidationException', 'TimeToLive is already enabled');
    table.timeToLive = Enabled === true ? String(AttributeName) : undefined;
    return json({ TimeToLiveSpecification: { Enabled, AttributeName } });
  }

  #scan(
    table: StubTable,
    { ExclusiveStartKey, Segment = 0, TotalSegments = 1, Limit, ReturnConsumedCapacity }: Json,
  ): StubAnswer {
    const after = ExclusiveStartKey === undefined ? '' : JSON.stringify(ExclusiveStartKey);
    const keys = [...table.items.keys()]
      .filter((key) => segmentOf(key, Number(TotalSegments)) === Number(Segment) && key > after)
      .sort();
    const page = keys.slice(0, Math.min(this.pageItems, Number(Limit ?? this.pageItems)));
    const last = page.at(-1);
    return json({
      Items: page.map((key) => table.items.get(key)),
      Count: page.length,
      ScannedCount: page.length,
      ...(ReturnConsumedCapacity === 'TOTAL' && { ConsumedCapacity: { CapacityUnits: page.length } }),
      ...(keys.length > page.length && last !== undefined && { LastEvaluatedKey: JSON.parse(last) }),
    });
  }

  #writeBatch(name: string, table: StubTable, { RequestItems }: Json): StubAnswer {
    const requests: { PutRequest: { Item: StubItem } }[] = Object(RequestItems)[name] ?? [];
    for (const { PutRequest } of requests) {
      const wrong = violationOf(table, PutRequest.Item);
      if (wrong !== undefined) return failure('ValidationException', wrong);
    }
    const taken = requests.slice(0, this.takes(requests.length));
    for (const { PutRequest } of taken) table.items.set(keyOf(table, PutRequest.Item), PutRequest.Item);
    const left = requests.slice(taken.length);
    return json({ UnprocessedItems: left.length > 0 ? { [name]: left } : {} });
  }

  #put(table: StubTable, { Item, ConditionExpression }: Json): StubAnswer {
    const item: StubItem = JSON.parse(JSON.stringify(Item));
    const wrong = violationOf(table, item);
    if (wrong !== undefined) return failure('ValidationException', wrong);
    const before = table.items.get(keyOf(table, item));
    if (ConditionExpression !== undefined && before !== undefined)
      return failure('ConditionalCheckFailedException', 'The conditional request failed', { Item: before });
    table.items.set(keyOf(table, item), item);
    return json({});
  }

  #export(table: string, prefix: string, clientToken: string): StubAnswer {
    const begun = [...this.exports.values()].find(
      (one) => clientToken !== '' && one.clientToken === clientToken,
    );
    if (begun !== undefined)
      return json({
        ExportDescription: { ExportArn: begun.arn, ExportStatus: begun.status, ExportTime: 1_795_000_000 },
      });
    const arn = `${arnOf(table)}/export/0${this.exports.size}`;
    const made: StubExport = {
      arn,
      table,
      clientToken,
      status: 'COMPLETED',
      manifest: `${prefix}/AWSDynamoDB/0${this.exports.size}/manifest-summary.json`,
    };
    this.exports.set(arn, made);
    this.onExport(made);
    return json({
      ExportDescription: { ExportArn: arn, ExportStatus: 'IN_PROGRESS', ExportTime: 1_795_000_000 },
    });
  }

  #describeExport(arn: string): StubAnswer {
    const found = this.exports.get(arn);
    if (found === undefined) return failure('ExportNotFoundException', arn);
    return json({
      ExportDescription: { ExportArn: arn, ExportStatus: found.status, ExportManifest: found.manifest },
    });
  }
}

const inputOf = (body: Buffer): Json => JSON.parse(body.length === 0 ? '{}' : body.toString('utf8'));

export const keyOf = ({ made }: Pick<StubTable, 'made'>, item: StubItem): string =>
  JSON.stringify(
    Object.fromEntries(made.KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]])),
  );

const segmentOf = (key: string, segments: number): number => {
  let sum = 0;
  for (const byte of Buffer.from(key)) sum = (sum * 31 + byte) % 65_536;
  return sum % segments;
};

/** The reason, in DynamoDB's words, why an item does not fit the key of the table or of an index. */
export const violationOf = ({ made }: Pick<StubTable, 'made'>, item: StubItem): string | undefined => {
  const typeOf = (name: string): string | undefined =>
    made.AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
  for (const { AttributeName: name } of made.KeySchema)
    if (!Object.hasOwn(item, name) || !Object.hasOwn(item[name] ?? {}, typeOf(name) ?? ''))
      return `One or more parameter values were invalid: Type mismatch for key ${name}`;
  for (const { IndexName, KeySchema } of made.GlobalSecondaryIndexes ?? [])
    for (const { AttributeName: name } of KeySchema) {
      const [actual] = Object.hasOwn(item, name) ? Object.keys(item[name] ?? {}) : [typeOf(name)];
      if (actual !== typeOf(name))
        return `One or more parameter values were invalid: Type mismatch for Index Key ${name} Expected: ${typeOf(name)} Actual: ${actual} IndexName: ${IndexName}`;
    }
  return undefined;
};

/** Starts an empty DynamoDB with faults. The caller stops it. */
export const startStubDynamodb = async (
  fault: FaultRule = noFaults,
): Promise<{ readonly dynamodb: StubDynamodb; readonly stub: Stub }> => {
  const dynamodb = new StubDynamodb();
  return { dynamodb, stub: await startStub(dynamodb, fault) };
};
