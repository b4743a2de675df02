/** A catalog and a vault that note what each duty asks of them, as IAM would see it: an action, and what it is on. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { partitionOf } from '../../lib/hosts/aws/catalog/catalog-item.ts';
import { recordOf } from '../../lib/hosts/fit-changes.ts';
import type { Catalog, Change, CommitOptions, ListOptions, RecordKind } from '../../lib/ports/catalog.ts';
import type { EncryptionContext, KeyVault } from '../../lib/ports/key-vault.ts';

export interface CatalogCall {
  readonly duty: string;
  readonly action: string;
  readonly partition: string;
}

export interface KeyCall {
  readonly duty: string;
  readonly action: string;
  /** None for what is done with the signing key. */
  readonly context?: EncryptionContext;
}

const duties = new AsyncLocalStorage<string>();
export const asDuty = <T>(duty: string, work: () => Promise<T>): Promise<T> => duties.run(duty, work);

const LOCK = 'lock';

const lockAction = ({ take, under, release = false, leaseUntil }: CommitOptions): string[] => {
  if (take !== undefined) return ['GetItem', 'UpdateItem'];
  if (under === undefined) return [];
  return [release || leaseUntil !== undefined ? 'UpdateItem' : 'ConditionCheckItem'];
};

export const recordingCatalog = (catalog: Catalog): { catalog: Catalog; calls: CatalogCall[] } => {
  const calls: CatalogCall[] = [];
  const note = (action: string, partition: string): void => {
    const duty = duties.getStore();
    if (duty !== undefined) calls.push({ duty, action: `dynamodb:${action}`, partition });
  };
  const recorder = {
    get: (kind: RecordKind, id: string) => {
      note('GetItem', partitionOf(kind, id));
      return catalog.get(kind, id);
    },
    list: (kind: RecordKind, options: ListOptions = {}) => {
      for (const action of ['Query', 'BatchGetItem']) note(action, partitionOf(kind, options.group ?? ''));
      return catalog.list(kind, options);
    },
    lock: () => {
      note('GetItem', LOCK);
      return catalog.lock();
    },
    commit: (changes: readonly Change[], options: CommitOptions = {}) => {
      for (const action of lockAction(options)) note(action, LOCK);
      for (const change of changes) {
        const { kind, id } = recordOf(change);
        note('put' in change ? 'UpdateItem' : 'DeleteItem', partitionOf(kind, id));
      }
      return catalog.commit(changes, options);
    },
  };
  return { catalog: Object.assign(Object.create(catalog), recorder), calls };
};

export const recordingVault = (vault: KeyVault): { vault: KeyVault; calls: KeyCall[] } => {
  const calls: KeyCall[] = [];
  const note = (action: string, context?: EncryptionContext): void => {
    const duty = duties.getStore();
    if (duty === undefined) return;
    calls.push({ duty, action: `kms:${action}`, ...(context !== undefined && { context }) });
  };
  const recorder: KeyVault = {
    keyId: vault.keyId,
    wrap: (plain, context) => {
      note('Encrypt', context);
      return vault.wrap(plain, context);
    },
    unwrap: (wrapped, context) => {
      note('Decrypt', context);
      return vault.unwrap(wrapped, context);
    },
    sign: (message) => {
      note('Sign');
      return vault.sign(message);
    },
    verifyKey: () => {
      note('GetPublicKey');
      return vault.verifyKey();
    },
  };
  return { vault: recorder, calls };
};
