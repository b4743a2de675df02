/** A catalog and a vault that record each function's calls as IAM sees them: an action and its resource. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { partitionOf } from '../../lib/adapters/aws/catalog/catalog-item.ts';
import type { Catalog, Change, CommitOptions, ListOptions, Taking } from '../../lib/ports/catalog/catalog.ts';
import { recordOf } from '../../lib/ports/catalog/catalog-limits.ts';
import type { RecordKind } from '../../lib/ports/catalog/records.ts';
import type { EncryptionContext, KeyVault } from '../../lib/ports/key-vault.ts';

export interface CatalogCall {
  readonly functionName: string;
  readonly action: string;
  readonly partition: string;
}

export interface KeyCall {
  /** Which of an installation's two keys the call uses. */
  readonly key: 'SignKey' | 'WrapKey';
  readonly functionName: string;
  readonly action: string;
  /** Absent for calls that use the signing key. */
  readonly context?: EncryptionContext;
}

const functionTable = new AsyncLocalStorage<string>();
export const asFunction = <T>(functionName: string, work: () => Promise<T>): Promise<T> =>
  functionTable.run(functionName, work);

const LOCK = 'lock';

const lockAction = ({ under, release = false, leaseUntil }: CommitOptions): string[] => {
  if (under === undefined) return [];
  return [release || leaseUntil !== undefined ? 'UpdateItem' : 'ConditionCheckItem'];
};

export const recordingCatalog = (catalog: Catalog): { catalog: Catalog; calls: CatalogCall[] } => {
  const calls: CatalogCall[] = [];
  const note = (action: string, partition: string): void => {
    const functionName = functionTable.getStore();
    if (functionName !== undefined) calls.push({ functionName, action: `dynamodb:${action}`, partition });
  };
  const noteChanges = (changes: readonly Change[]): void => {
    for (const change of changes) {
      const { kind, id } = recordOf(change);
      note('put' in change ? 'UpdateItem' : 'DeleteItem', partitionOf(kind, id));
    }
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
      noteChanges(changes);
      return catalog.commit(changes, options);
    },
    take: (taking: Taking, changes: readonly Change[]) => {
      for (const action of ['GetItem', 'UpdateItem']) note(action, LOCK);
      noteChanges(changes);
      return catalog.take(taking, changes);
    },
  };
  return { catalog: Object.assign(Object.create(catalog), recorder), calls };
};

export const recordingVault = (vault: KeyVault): { vault: KeyVault; calls: KeyCall[] } => {
  const calls: KeyCall[] = [];
  const note = (action: string, context?: EncryptionContext, key?: 'WrapKey'): void => {
    const functionName = functionTable.getStore();
    if (functionName === undefined) return;
    const of = key ?? (context === undefined ? 'SignKey' : 'WrapKey');
    calls.push({ functionName, action: `kms:${action}`, key: of, ...(context !== undefined && { context }) });
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
    danger: () => {
      note('DescribeKey');
      note('DescribeKey', undefined, 'WrapKey');
      return vault.danger();
    },
  };
  return { vault: recorder, calls };
};
