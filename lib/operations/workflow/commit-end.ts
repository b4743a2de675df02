import type { Operation, State } from '../../model/records/operation.ts';
import type { Change, Hold } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { changeRecord, type OperationRecordKind } from './operation-record.ts';
import { type OperationRecord, tellOutcome } from './outcome-event.ts';

/** What an ended operation's record is given. */
export interface Finish {
  state: Exclude<State, 'IN_PROGRESS'>;
  shortError: string;
  /** Of the closed list; null where nothing failed. */
  errorCode: string | null;
  completedAt: string;
}

/** How operations of one kind end: what stands outside the catalog is put right, then the end is committed. */
export type EndOf = (
  host: Host,
  hold: Hold,
  operation: Operation,
  finish: Finish,
) => Promise<OperationRecord>;

/** The work was left undone. */
export const isLeftUndone = ({ state }: { state: State }): boolean =>
  state === 'FAILED' || state === 'CANCELLED';

/** The last state, the lock's release, the event to tell, and what `beside` adds: one transaction. */
export const commitEnd = <K extends OperationRecordKind>(
  host: Host,
  hold: Hold,
  operation: Operation,
  kind: K,
  end: (record: OperationRecord<K>) => OperationRecord<K>,
  beside: readonly Change[] = [],
): Promise<OperationRecord<K>> =>
  changeRecord(host, kind, operation.id, end, {
    under: hold,
    release: true,
    alongside: (record) => [...tellOutcome(host, operation, kind, record), ...beside],
  });
