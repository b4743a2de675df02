/** The kinds of operation, in code that needs no schema: the page in a browser reads it, too. */

interface OperationKindFacts {
  /** The kind of the records of such operations. */
  readonly record: string;
  /** How a sentence names an operation that is in the way of a backup. */
  readonly inTheWay: string;
  /** Whether it can succeed in part, and then ends as PARTIAL; otherwise it is all or nothing. */
  readonly partial: boolean;
  /** The steps of its state machine, in order, by their names in `progress.step`. */
  readonly steps: readonly string[];
  /** The step that works on components one by one. */
  readonly componentStep?: string;
}

/**
 * The kinds of operation: what every floor may know of each. What a kind does at its end, and reports, is in
 * lib/operations/kinds.ts.
 */
export const operationTable = {
  backup: {
    record: 'backup',
    inTheWay: 'another backup',
    partial: true,
    steps: ['acquire-lock', 'plan-backup', 'capture', 'seal-archive', 'verify-archive', 'complete-backup'],
    componentStep: 'capture',
  },
  restore: {
    record: 'restore',
    inTheWay: 'a restore',
    partial: true,
    steps: ['acquire-lock', 'open-archive', 'restore', 'complete-restore'],
    componentStep: 'restore',
  },
  verify: {
    record: 'verification',
    inTheWay: 'a verification',
    partial: false,
    steps: ['acquire-lock', 'verify-archive', 'complete-verify'],
  },
  import: {
    record: 'import',
    inTheWay: 'an import',
    partial: false,
    steps: ['acquire-lock', 'verify-archive', 'place-archive'],
  },
  reseal: {
    record: 'reseal',
    inTheWay: 'a re-seal',
    partial: false,
    steps: ['acquire-lock', 'reseal-archive', 'verify-archive'],
  },
} as const satisfies Readonly<Record<string, OperationKindFacts>>;
export type OperationKind = keyof typeof operationTable;
/** The kind of the records of operations of kind `K`. */
export type RecordKindOf<K extends OperationKind = OperationKind> = (typeof operationTable)[K]['record'];

export const operationKinds = Object.keys(operationTable) as readonly OperationKind[];
export const recordKindOf = <K extends OperationKind>(kind: K): RecordKindOf<K> =>
  operationTable[kind].record;
