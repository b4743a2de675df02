import {
  type Operation,
  type OperationKind,
  type RecordKindOf,
  recordKindOf,
  type State,
} from '../../model/records/operation.ts';
import type { Change, Hold } from '../../ports/catalog/catalog.ts';
import { changeRecord } from '../task/operation-record.ts';
import type { OperatingHost, OperationRecord } from './kind-of-operation.ts';
import { tellOutcome } from './outcome-event.ts';

/** Whether the work was left undone. */
export const isLeftUndone = ({ state }: { state: State }): boolean =>
  state === 'FAILED' || state === 'CANCELLED';

/**
 * Commits the last state, the lock's release, the event to tell, and what `beside` adds, in one transaction. `beside`
 * is called again whenever another writer was first.
 */
export const commitEnd = <K extends OperationKind>(
  host: OperatingHost,
  hold: Hold,
  operation: Operation,
  kind: K,
  end: (record: OperationRecord<K>) => OperationRecord<K>,
  beside: (record: OperationRecord<K>) => readonly Change[] | Promise<readonly Change[]> = () => [],
): Promise<OperationRecord<K>> =>
  changeRecord<RecordKindOf<K>>(host, recordKindOf(kind), operation.id, end, {
    under: hold,
    release: true,
    alongside: async (record) => [...tellOutcome(host, operation, kind, record), ...(await beside(record))],
  });
