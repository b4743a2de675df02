/** What the engine knows of a kind of operation: lib/operations/kinds.ts has a row for each. */
import type { EventRecord } from '../../model/records/event.ts';
import type { Operation, OperationKind, RecordKindOf, State } from '../../model/records/operation.ts';
import type { Hold } from '../../ports/catalog/catalog.ts';
import type { Records } from '../../ports/catalog/records.ts';
import type { Host } from '../../ports/host.ts';

/** The record of an operation of kind `K`, by default of any kind. */
export type OperationRecord<K extends OperationKind = OperationKind> = Records[RecordKindOf<K>];

/** The fields that the record of an ended operation gets. */
export interface Finish {
  state: Exclude<State, 'IN_PROGRESS'>;
  shortError: string;
  /** An error code of the closed list; null when nothing failed. */
  errorCode: string | null;
  completedAt: string;
}

/** `succeeded`, `partial`, `failed` or `cancelled`: how operations of kind `K` can end. */
export type OutcomeOf<K extends OperationKind> =
  Extract<EventRecord['type'], `${K}.${string}`> extends `${K}.${infer Outcome}` ? Outcome : never;

export interface KindOfOperation<K extends OperationKind> {
  /** Ends an operation of this kind: corrects what is outside the catalog, then commits the end by `commitEnd`. */
  readonly end: (
    host: OperatingHost,
    hold: Hold,
    operation: Operation,
    finish: Finish,
  ) => Promise<OperationRecord<K>>;
  /** What people are told beside the outcome, a line each; undefined: nobody is told. */
  readonly tell: (record: OperationRecord<K>) => string[] | undefined;
  /** What a person does next after each outcome, a line each; a command is indented by two blanks. */
  readonly nextSteps: Readonly<
    Record<OutcomeOf<K>, (ids: { readonly backupId: string; readonly operationId: string }) => string[]>
  >;
}

export type OperationKinds = { readonly [K in OperationKind]: KindOfOperation<K> };

/** A host that knows all kinds of operation, for what begins and ends operations: `withOperations` makes it. */
export interface OperatingHost extends Host {
  readonly operations: OperationKinds;
}
