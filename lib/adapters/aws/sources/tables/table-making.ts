/**
 * Makes a table step by step: each step first checks whether it is done, so that everything may be repeated at any
 * time.
 */
import {
  CreateTableCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  type TableDescription,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { HoldfastError } from '../../../../model/errors.ts';
import type { TableSchema } from '../../../../ports/sources/table-store.ts';
import { isAwsError, isDenied } from '../../sdk/aws-errors.ts';
import { backOff } from '../../sdk/backoff.ts';
import { inTableWords, tableError } from './table-errors.ts';
import { createTableInput } from './table-schema.ts';

const TABLE_SECONDS = 600;
/** Throttled calls in a row before giving up, about two minutes. */
const MAX_THROTTLED = 80;
const FIRST_WAIT = 4;

export interface TableWork {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly signal: AbortSignal;
}

/**
 * Makes the table, or continues to.
 *
 * @throws `restore_refused` when it may not be made, `unavailable` when it is not ready in ten minutes.
 */
export const makeTable = async (work: TableWork, schema: TableSchema): Promise<void> => {
  const { client, table } = work;
  if ((await described(work)) === undefined) {
    try {
      await patiently(work, () => client.send(new CreateTableCommand(createTableInput(table, schema))));
    } catch (thrown) {
      // Made by an earlier attempt of the same request, whose answer was lost.
      if (!isAwsError(thrown, 'ResourceInUseException')) throw notMade(thrown, table);
    }
  }
  await tableReady(work);
};

/**
 * Switches on the time to live of a table whose items are in it: items must not expire while others are still written.
 *
 * @returns what could not be set, as sentences without their subject.
 */
export const finishTable = async (work: TableWork, { timeToLive }: TableSchema): Promise<string[]> =>
  timeToLive === undefined ? [] : setTimeToLive(work, timeToLive);

/**
 * Waits until the table accepts items.
 *
 * @throws `component_failed` when it is gone or being deleted, `unavailable` after ten minutes
 */
export const tableReady = async (work: TableWork): Promise<void> => {
  const { table, signal } = work;
  const deadline = Date.now() + TABLE_SECONDS * 1_000;
  for (let attempt = 1; ; attempt++) {
    const found = await described(work);
    const status = found?.TableStatus;
    const indexes = (found?.GlobalSecondaryIndexes ?? []).every((index) => index.IndexStatus !== 'CREATING');
    if ((status === 'ACTIVE' && indexes) || status === 'UPDATING') return;
    // A table that was just made may not be visible everywhere yet.
    const passing = status === 'CREATING' || status === 'ACTIVE' || (status === undefined && attempt <= 5);
    if (!passing)
      throw new HoldfastError(
        'component_failed',
        `the table ${table} accepts no items: it is ${status ?? 'deleted'}; restore to a table that is ACTIVE`,
      );
    if (Date.now() > deadline)
      throw new HoldfastError(
        'unavailable',
        `the table ${table} is not ready after ${TABLE_SECONDS} s; try again`,
      );
    signal.throwIfAborted();
    await backOff(attempt + FIRST_WAIT);
  }
};

const described = async (work: TableWork): Promise<TableDescription | undefined> => {
  const { client, table } = work;
  try {
    const { Table } = await patiently(work, () =>
      client.send(new DescribeTableCommand({ TableName: table })),
    );
    return Table;
  } catch (thrown) {
    if (isAwsError(thrown, 'ResourceNotFoundException')) return undefined;
    throw tableError(thrown, `table ${table}`);
  }
};

const setTimeToLive = async (work: TableWork, attribute: string): Promise<string[]> => {
  const { client, table } = work;
  const isSet = async (): Promise<boolean> => {
    const { TimeToLiveDescription: now } = await patiently(work, () =>
      client.send(new DescribeTimeToLiveCommand({ TableName: table })),
    );
    const on = now?.TimeToLiveStatus === 'ENABLED' || now?.TimeToLiveStatus === 'ENABLING';
    return on && now?.AttributeName === attribute;
  };
  try {
    if (await isSet()) return [];
    await patiently(work, () =>
      client.send(
        new UpdateTimeToLiveCommand({
          TableName: table,
          TimeToLiveSpecification: { Enabled: true, AttributeName: attribute },
        }),
      ),
    );
    return [];
  } catch (thrown) {
    if (isAwsError(thrown, 'ValidationException') && (await inTableWords(`table ${table}`, isSet))) return [];
    if (isDenied(thrown) || isAwsError(thrown, 'ValidationException'))
      return [
        `was created without its time to live, ${JSON.stringify(attribute)} (${Object(thrown).message}): switch it on yourself`,
      ];
    throw tableError(thrown, `table ${table}`);
  }
};

/** Repeats work while it is throttled, within limits. @throws what the SDK throws */
const patiently = async <T>({ signal }: TableWork, work: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (thrown) {
      const throttled = isAwsError(
        thrown,
        'ThrottlingException',
        'LimitExceededException',
        'RequestLimitExceeded',
        'ProvisionedThroughputExceededException',
      );
      // A table in use because of a change is free soon; one that exists already stays in use, so it is not waited for.
      if (!throttled || attempt >= MAX_THROTTLED) throw thrown;
    }
    await backOff(attempt + FIRST_WAIT);
  }
};

const notMade = (thrown: unknown, table: string): unknown =>
  isDenied(thrown) || isAwsError(thrown, 'ValidationException', 'LimitExceededException')
    ? new HoldfastError(
        'restore_refused',
        `the table ${table} could not be created (${Object(thrown).message}); create it yourself, or grant the restore function of Holdfast dynamodb:CreateTable on it`,
        { cause: thrown },
      )
    : tableError(thrown, `table ${table}`);
