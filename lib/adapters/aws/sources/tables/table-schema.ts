/** The description of a DynamoDB table, in our own form and in the service's. */
import type { CreateTableCommandInput, KeySchemaElement, TableDescription } from '@aws-sdk/client-dynamodb';
import type { TextRecord } from '../../../../model/text/text-record.ts';
import { type TableSchema, tableSchema } from '../../../../ports/sources/table-store.ts';

/** @throws ZodError for a table of a form this version does not know */
export const schemaOf = (
  {
    KeySchema,
    AttributeDefinitions = [],
    GlobalSecondaryIndexes = [],
    LocalSecondaryIndexes = [],
    ProvisionedThroughput,
    BillingModeSummary,
    TableClassSummary,
  }: TableDescription,
  { timeToLive, tags }: { timeToLive: string | undefined; tags: TextRecord },
): TableSchema => {
  const onDemand =
    BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST' || !ProvisionedThroughput?.ReadCapacityUnits;
  const throughputOf = (of: TableDescription['ProvisionedThroughput']) =>
    onDemand ? {} : { throughput: { read: of?.ReadCapacityUnits ?? 1, write: of?.WriteCapacityUnits ?? 1 } };
  const indexOf = ({
    IndexName,
    KeySchema: key,
    Projection,
  }: NonNullable<typeof LocalSecondaryIndexes>[number]) => ({
    name: IndexName,
    key: keyOf(key),
    projection: Projection?.ProjectionType,
    projected: Projection?.NonKeyAttributes ?? [],
  });
  return tableSchema.parse({
    key: keyOf(KeySchema),
    attributes: AttributeDefinitions.map(({ AttributeName: name, AttributeType: type }) => ({ name, type })),
    globalIndexes: GlobalSecondaryIndexes.map((index) => ({
      ...indexOf(index),
      ...throughputOf(index.ProvisionedThroughput),
    })),
    localIndexes: LocalSecondaryIndexes.map(indexOf),
    ...throughputOf(ProvisionedThroughput),
    ...(timeToLive !== undefined && { timeToLive }),
    tags,
    ...(TableClassSummary?.TableClass !== undefined && { tableClass: TableClassSummary.TableClass }),
  });
};

const keyOf = (key: readonly KeySchemaElement[] = []) =>
  key.map(({ AttributeName: name, KeyType: type }) => ({ name, type }));

export const createTableInput = (TableName: string, schema: TableSchema): CreateTableCommandInput => {
  const { key, attributes, globalIndexes, localIndexes, throughput, tags, tableClass } = schema;
  const keySchema = (parts: TableSchema['key']) =>
    parts.map(({ name, type }) => ({ AttributeName: name, KeyType: type }));
  const indexInput = ({ name, key: parts, projection, projected }: TableSchema['localIndexes'][number]) => ({
    IndexName: name,
    KeySchema: keySchema(parts),
    Projection: {
      ProjectionType: projection,
      ...(projection === 'INCLUDE' && { NonKeyAttributes: projected }),
    },
  });
  const capacity = (of: TableSchema['throughput']) =>
    throughput === undefined
      ? {}
      : {
          ProvisionedThroughput: {
            ReadCapacityUnits: of?.read ?? throughput.read,
            WriteCapacityUnits: of?.write ?? throughput.write,
          },
        };
  const tagList = Object.entries(tags).filter(([name]) => !name.startsWith('aws:'));
  return {
    TableName,
    KeySchema: keySchema(key),
    AttributeDefinitions: attributes.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
    BillingMode: throughput === undefined ? 'PAY_PER_REQUEST' : 'PROVISIONED',
    ...capacity(throughput),
    ...(globalIndexes.length > 0 && {
      GlobalSecondaryIndexes: globalIndexes.map((index) => ({
        ...indexInput(index),
        ...capacity(index.throughput),
      })),
    }),
    ...(localIndexes.length > 0 && { LocalSecondaryIndexes: localIndexes.map(indexInput) }),
    ...(tagList.length > 0 && { Tags: tagList.map(([Key, Value]) => ({ Key, Value })) }),
    ...(tableClass === 'STANDARD_INFREQUENT_ACCESS' && { TableClass: tableClass }),
  };
};
