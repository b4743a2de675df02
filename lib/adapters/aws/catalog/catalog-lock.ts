/** The installation's one lock as an item: it is never deleted, so that its fence always rises. */
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { HoldfastError } from '../../../model/errors.ts';
import type { Operation } from '../../../model/records/operation.ts';
import type { CommitOptions, Hold, LockState, Taking } from '../../../ports/catalog/catalog.ts';
import type { Item, ItemKey } from './catalog-item.ts';

export const LOCK_KEY: ItemKey = { pk: { S: 'lock' }, sk: { S: 'lock' } };

/** The item has `heldBy` while the lock is held. */
export const lockStateOf = (item: Item | undefined): LockState => {
  const holder = parseOperation(item?.holder?.S);
  return {
    fence: Number(item?.fence?.N ?? 0),
    holder:
      item?.heldBy === undefined || holder === undefined
        ? undefined
        : { ...holder, leaseUntil: item.lease?.S ?? '' },
    last: parseOperation(item?.lastOperation?.S),
  };
};

const parseOperation = (json: string | undefined): Operation | undefined =>
  json === undefined ? undefined : JSON.parse(json);

/** The step of a commit's transaction that concerns the lock; undefined when there is none. */
export const lockStep = (
  table: string,
  { under, release = false, leaseUntil }: CommitOptions,
): TransactWriteItem | undefined => {
  if (under === undefined) return undefined;
  const condition = {
    TableName: table,
    Key: LOCK_KEY,
    ConditionExpression: 'heldBy = :owner AND fence = :fence',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  } as const;
  const values = { ':owner': { S: under.operationId }, ':fence': { N: String(under.fence) } };
  if (release)
    return {
      Update: {
        ...condition,
        UpdateExpression: 'REMOVE heldBy, holder, lease',
        ExpressionAttributeValues: values,
      },
    };
  if (leaseUntil === undefined)
    return {
      ConditionCheck: {
        ...condition,
        ExpressionAttributeValues: values,
      },
    };
  return {
    Update: {
      ...condition,
      UpdateExpression: 'SET lease = :lease',
      ExpressionAttributeValues: { ...values, ':lease': { S: leaseUntil } },
    },
  };
};

/** Requires the fence that was read, because a transaction cannot return the fence that it sets. */
export const takeStep = (
  table: string,
  { operation, leaseUntil }: Taking,
  fence: number,
): TransactWriteItem => ({
  Update: {
    TableName: table,
    Key: LOCK_KEY,
    UpdateExpression:
      'SET heldBy = :owner, holder = :operation, lastOperation = :operation, lease = :lease, fence = :next',
    ConditionExpression:
      fence === 0
        ? 'attribute_not_exists(heldBy) AND attribute_not_exists(fence)'
        : 'attribute_not_exists(heldBy) AND fence = :fence',
    ExpressionAttributeValues: {
      ':owner': { S: operation.id },
      ':operation': { S: JSON.stringify(operation) },
      ':lease': { S: leaseUntil },
      ':next': { N: String(fence + 1) },
      ...(fence === 0 ? {} : { ':fence': { N: String(fence) } }),
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

export const operationRunning = (holder: NonNullable<LockState['holder']>): HoldfastError => {
  const { leaseUntil, ...operation } = holder;
  return new HoldfastError(
    'operation_running',
    `another operation is running: ${operation.kind} ${operation.id}, since ${operation.startedAt}; wait for it or cancel it`,
    { details: { operation } },
  );
};

/** The error of a task whose records are gone, or were put by a later operation. */
export const recordsLost = ({ operationId }: Hold): HoldfastError =>
  new HoldfastError(
    'fence_lost',
    `operation ${operationId} has ended, or another one has replaced it; this task ends and writes nothing more`,
  );

export const fenceLost = (operationId: string, { holder }: LockState): HoldfastError =>
  new HoldfastError(
    'fence_lost',
    `operation ${operationId} no longer holds the lock: ${holder === undefined ? 'it was released' : `${holder.kind} ${holder.id} does`}`,
  );
