/**
 * The catalog on one table of DynamoDB. Every read is strongly consistent, lists too: sealing an archive lists the
 * checkpoints written a moment before, so the lists are local indexes, which can be read that way.
 */
import { randomUUID } from 'node:crypto';
import {
  BatchGetItemCommand,
  type CancellationReason,
  type DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { HoldfastError } from '../../../model/errors.ts';
import type {
  Catalog,
  Change,
  CommitOptions,
  Hold,
  Listed,
  ListOptions,
  LockState,
  Taking,
  Versioned,
} from '../../../ports/catalog/catalog.ts';
import {
  refuseUnfitChanges,
  refuseUnfitList,
  refuseUnfitOptions,
} from '../../../ports/catalog/catalog-limits.ts';
import type { RecordKind, Records } from '../../../ports/catalog/records.ts';
import { inOurWords, isAwsError } from '../sdk/aws-errors.ts';
import { backOff } from '../sdk/backoff.ts';
import { changeStep, conflict } from './catalog-changes.ts';
import { type Item, type ItemKey, keyOf, recordOfItem } from './catalog-item.ts';
import { listKeys } from './catalog-lists.ts';
import {
  fenceLost,
  LOCK_KEY,
  lockStateOf,
  lockStep,
  operationRunning,
  recordsLost,
  takeStep,
} from './catalog-lock.ts';

/**
 * Transactions on one item at the same time cancel each other, and most runs of a backup use the lock, so they are
 * tried this often.
 */
const MAX_ATTEMPTS = 12;
const KEYS_PER_GET = 100;

export interface DynamoCatalogOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
}

export class DynamoCatalog implements Catalog {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor({ client, table }: DynamoCatalogOptions) {
    this.#client = client;
    this.#table = table;
  }

  get<K extends RecordKind>(kind: K, id: string): Promise<Versioned<Records[K]> | undefined> {
    return this.#run(async () => {
      const item = await this.#read(keyOf(kind, id));
      return item && recordOfItem<K>(item);
    });
  }

  /** The total is counted in the index of keys: 10,000 records need two requests. */
  async list<K extends RecordKind>(kind: K, options: ListOptions = {}): Promise<Listed<Records[K]>> {
    refuseUnfitList(kind, options);
    return this.#run(async () => {
      const { total, keys } = await listKeys(this.#client, this.#table, kind, options);
      const items = await this.#readMany(keys);
      return { total, records: items.map((item) => recordOfItem<K>(item).record) };
    });
  }

  lock(): Promise<LockState> {
    return this.#run(async () => lockStateOf(await this.#read(LOCK_KEY)));
  }

  async commit(changes: readonly Change[], options: CommitOptions = {}): Promise<void> {
    refuseUnfitOptions(options);
    await this.#run(() => this.#transact(changes, options, async () => lockStep(this.#table, options)));
  }

  take(taking: Taking, changes: readonly Change[]): Promise<Hold> {
    return this.#run(async () => {
      let fence = 0;
      await this.#transact(changes, {}, async () => {
        fence = await this.#freeFence();
        return takeStep(this.#table, taking, fence);
      });
      return { operationId: taking.operation.id, fence: fence + 1 };
    });
  }

  /** @param lockStepOf makes the lock's step of the transaction, anew for each attempt; undefined: none */
  async #transact(
    changes: readonly Change[],
    options: CommitOptions,
    lockStepOf: () => Promise<TransactWriteItem | undefined>,
  ): Promise<void> {
    refuseUnfitChanges(changes);
    const steps = changes.map((change) => changeStep(this.#table, change, options));
    for (let attempt = 1; ; attempt++) {
      const lock = await lockStepOf();
      // The lock comes first: a caller that it refuses should get that reason, and not another one.
      const all = lock === undefined ? steps : [lock, ...steps];
      if (all.length === 0) return;
      const cancelled = await this.#send(all);
      if (cancelled === undefined) return;
      const reasons = lock === undefined ? [{}, ...cancelled] : cancelled;
      if (reasons.some(({ Code }) => Code === 'ConditionalCheckFailed'))
        this.#refuse(changes, options, reasons);
      if (attempt >= MAX_ATTEMPTS)
        throw new HoldfastError(
          'unavailable',
          `table ${this.#table} was too busy with the same records; try again`,
        );
      await backOff(attempt);
    }
  }

  /** The lock's fence, from which a taking counts on. @throws `operation_running` */
  async #freeFence(): Promise<number> {
    const { fence, holder } = lockStateOf(await this.#read(LOCK_KEY));
    if (holder !== undefined) throw operationRunning(holder);
    return fence;
  }

  /**
   * @throws for the first condition that failed. Returns when it was the lock's, while taking a lock that is free:
   * another operation took and released it since it was read, so the caller tries again.
   */
  #refuse(
    changes: readonly Change[],
    { under, own }: CommitOptions,
    [lock, ...rest]: readonly CancellationReason[],
  ): void {
    if (lock?.Code === 'ConditionalCheckFailed') {
      const state = lockStateOf(lock.Item);
      if (under !== undefined) throw fenceLost(under.operationId, state);
      if (state.holder !== undefined) throw operationRunning(state.holder);
      return;
    }
    const failed = changes.find((_, index) => rest[index]?.Code === 'ConditionalCheckFailed');
    if (failed === undefined) return;
    throw own !== undefined && failed.expect === undefined ? recordsLost(own) : conflict(failed);
  }

  /**
   * Sends a transaction. Returns why it was cancelled, or undefined when it was done. The token makes a repeat after a
   * lost answer, by the SDK or here, the same transaction.
   */
  async #send(steps: readonly TransactWriteItem[]): Promise<CancellationReason[] | undefined> {
    const command = new TransactWriteItemsCommand({
      TransactItems: [...steps],
      ClientRequestToken: randomUUID(),
    });
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#client.send(command);
        return undefined;
      } catch (thrown) {
        if (thrown instanceof TransactionCanceledException) {
          const { CancellationReasons: reasons = [] } = thrown;
          if (!reasons.every(({ Code = 'None' }) => ORDINARY.has(Code))) throw thrown;
          return reasons;
        }
        if (!isAwsError(thrown, 'TransactionInProgressException') || attempt >= MAX_ATTEMPTS) throw thrown;
      }
      await backOff(attempt);
    }
  }

  async #read(key: ItemKey): Promise<Item | undefined> {
    const { Item: item } = await this.#client.send(
      new GetItemCommand({ TableName: this.#table, Key: key, ConsistentRead: true }),
    );
    return item;
  }

  /** The items of these keys, in order; items that were removed meanwhile are left out. */
  async #readMany(keys: readonly ItemKey[]): Promise<Item[]> {
    const found = new Map<string, Item>();
    for (let first = 0; first < keys.length; first += KEYS_PER_GET) {
      let wanted: Item[] = keys.slice(first, first + KEYS_PER_GET);
      for (let attempt = 1; wanted.length > 0; attempt++) {
        const { Responses, UnprocessedKeys } = await this.#client.send(
          new BatchGetItemCommand({
            RequestItems: { [this.#table]: { Keys: wanted, ConsistentRead: true } },
          }),
        );
        const items = Responses?.[this.#table] ?? [];
        for (const item of items) found.set(item.sk?.S ?? '', item);
        wanted = UnprocessedKeys?.[this.#table]?.Keys ?? [];
        if (wanted.length > 0 && items.length === 0) await backOff(attempt);
      }
    }
    return keys.map(({ sk }) => found.get(sk.S)).filter((item) => item !== undefined);
  }

  #run<T>(work: () => Promise<T>): Promise<T> {
    return inOurWords(`table ${this.#table}`, work);
  }
}

/** Reasons for a cancelled transaction in normal operation. */
const ORDINARY: ReadonlySet<string> = new Set([
  'None',
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);
