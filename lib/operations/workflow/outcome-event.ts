/** What people are told of an operation that has ended. */
import { shortened } from '../../archive/shown-text.ts';
import { newId } from '../../model/ids.ts';
import type { ComponentBackup } from '../../model/records/backup.ts';
import type { EventRecord } from '../../model/records/event.ts';
import type { Operation, OperationKind, State } from '../../model/records/operation.ts';
import type { ComponentRestore } from '../../model/records/restore.ts';
import type { TrustedSigner } from '../../model/records/seal.ts';
import { visible } from '../../model/visible-text.ts';
import { type Change, put, type Records } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import type { OperationRecordKind } from './operation-record.ts';

export type OperationRecord<K extends OperationRecordKind = OperationRecordKind> = Records[K];

type EventType = EventRecord['type'];
type EndState = Exclude<EventRecord['state'], 'IN_PROGRESS'>;

/** A verification, an import and a re-seal do all or nothing: in part is not done. */
const eventTypeOf: Readonly<Record<OperationKind, Readonly<Record<EndState, EventType>>>> = {
  backup: {
    SUCCESS: 'backup.succeeded',
    PARTIAL: 'backup.partial',
    FAILED: 'backup.failed',
    CANCELLED: 'backup.cancelled',
  },
  restore: {
    SUCCESS: 'restore.succeeded',
    PARTIAL: 'restore.partial',
    FAILED: 'restore.failed',
    CANCELLED: 'restore.cancelled',
  },
  verify: {
    SUCCESS: 'verify.succeeded',
    PARTIAL: 'verify.failed',
    FAILED: 'verify.failed',
    CANCELLED: 'verify.cancelled',
  },
  import: {
    SUCCESS: 'import.succeeded',
    PARTIAL: 'import.failed',
    FAILED: 'import.failed',
    CANCELLED: 'import.cancelled',
  },
  reseal: {
    SUCCESS: 'reseal.succeeded',
    PARTIAL: 'reseal.failed',
    FAILED: 'reseal.failed',
    CANCELLED: 'reseal.cancelled',
  },
};

/**
 * The outbox row that tells of an ended operation, for the transaction that ends it. None for a dry run: it did
 * nothing, and whoever asked for it reads its plan; people who are told by mail would take it for a restore.
 */
export const tellOutcome = <K extends OperationRecordKind>(
  host: Host,
  operation: Operation,
  kind: K,
  record: OperationRecord<K>,
): Change[] => {
  const own = linesOf[kind](record);
  if (own === undefined) return [];
  const at = record.completedAt ?? host.clock.now().toISOString();
  const state = endStateOf(record.state);
  const event: EventRecord = {
    id: newId('event'),
    type: eventTypeOf[operation.kind][state],
    installation: host.config.installation,
    at,
    operationId: operation.id,
    backupId: operation.backupId,
    state,
    shortError: record.shortError,
    summary: [...headLines(operation, record), ...own].map(visible).join('\n'),
    delivered: [],
    attempts: 0,
    lastError: '',
    nextAttemptAt: at,
  };
  return [put('event', event, 'absent')];
};

const endStateOf = (state: State): EndState =>
  state === 'IN_PROGRESS' || state === 'REFUSED' ? 'FAILED' : state;

const headLines = (operation: Operation, record: OperationRecord): string[] => {
  const milliseconds = Date.parse(record.completedAt ?? record.createdAt) - Date.parse(record.createdAt);
  return [
    `${operation.kind} ${operation.id}: ${record.state}`,
    ...(record.shortError === '' ? [] : [`why: ${record.shortError}`]),
    `backup: ${operation.backupId}`,
    `asked for by: ${record.createdBy}, ${record.createdAt}`,
    `took: ${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`,
  ];
};

/** What each kind tells beside that; undefined: nobody is told. */
const linesOf: { readonly [K in OperationRecordKind]: (record: OperationRecord<K>) => string[] | undefined } =
  {
    backup: ({ archiveBytes, fileName, sourceBytes, entries, components }) => [
      ...(archiveBytes === 0
        ? []
        : [`archive: ${fileName}, ${archiveBytes} bytes from ${sourceBytes} in ${entries} entries`]),
      ...componentLines(components),
    ],
    restore: ({ dryRun, trustedSigner, force, createdBy, components }) =>
      dryRun
        ? undefined
        : [
            ...trustedLines(trustedSigner),
            ...(force ? [`the version check was passed by force, by ${createdBy}`] : []),
            ...componentLines(components),
            ...Object.entries(components).flatMap(([id, { bitsLeftOut }]) => bitLines(id, bitsLeftOut)),
          ],
    verification: () => [],
    import: ({ signature }) =>
      signature === 'unknown-signer'
        ? ['its signer is not known here: a restore is refused until its verify key is imported']
        : [],
    reseal: ({ trustedSigner, keyId, from }) => [
      ...trustedLines(trustedSigner),
      `sealed to backup key: ${keyId} (before: ${from.mode})`,
    ],
  };

const trustedLines = (trusted: TrustedSigner | null | undefined): string[] =>
  trusted === null || trusted === undefined
    ? []
    : [
        `the archive is signed by an installation that is not known here; ${trusted.by} trusted it for this once, ${trusted.at}:`,
        `  signer: ${trusted.verifyKey}`,
        `  SHA-256 of the manifest: ${trusted.manifestSha256}`,
      ];

const bitLines = (id: string, left: ComponentRestore['bitsLeftOut']): string[] =>
  left === undefined
    ? []
    : [
        `component ${id}: setuid and setgid were left out of ${left.count}`,
        ...left.paths.slice(0, 10).map((path) => `    ${JSON.stringify(path)}`),
      ];

type ComponentOutcome = Pick<ComponentBackup, 'kind' | 'state' | 'shortError' | 'skippedCount' | 'skipped'>;

const componentLines = (components: Readonly<Record<string, ComponentOutcome>>): string[] =>
  bounded(
    Object.entries(components).flatMap(([id, { kind, state, shortError, skippedCount, skipped }]) => [
      `component ${id} (${kind}): ${state}${shortError && `, ${shortError}`}`,
      ...(skippedCount === 0 ? [] : [`  skipped or changed while read: ${skippedCount}`]),
      ...skipped
        .slice(0, 10)
        .map(({ path, reason }) => `    ${JSON.stringify(shortened(path, 300))}: ${shortened(reason, 300)}`),
    ]),
  );

/** What SNS and EventBridge carry has 256 KB; what people read has less. */
const MAX_SUMMARY_BYTES = 64 * 1024;

/** The lines that fit, and how many do not. */
const bounded = (lines: readonly string[]): string[] => {
  let bytes = 0;
  const over = lines.findIndex((line) => {
    bytes += Buffer.byteLength(line) + 1;
    return bytes > MAX_SUMMARY_BYTES;
  });
  return over < 0 ? [...lines] : [...lines.slice(0, over), `and ${lines.length - over} more lines`];
};
