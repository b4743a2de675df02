/** What people are told of an operation that has ended. */
import { shortened } from '../../archive/shown-text.ts';
import type { ComponentBackup } from '../../model/records/backup.ts';
import type { EventRecord } from '../../model/records/event.ts';
import {
  type Operation,
  type OperationKind,
  operationTable,
  type State,
} from '../../model/records/operation.ts';
import type { TrustedSigner } from '../../model/records/seal.ts';
import { visible } from '../../model/text/visible-text.ts';
import type { Change } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import { eventChange } from '../task/tell.ts';
import type { KindOfOperation, OperatingHost, OperationRecord, OutcomeOf } from './kind-of-operation.ts';

type EndState = Exclude<EventRecord['state'], 'IN_PROGRESS' | undefined>;

const outcomeOf: Readonly<Record<EndState, OutcomeOf<'backup'>>> = {
  SUCCESS: 'succeeded',
  PARTIAL: 'partial',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
};

/** The event's word for an end. For a kind that is all or nothing, an end in part is a failure. */
const endOf = <K extends OperationKind>(kind: K, state: EndState): OutcomeOf<K> =>
  (state === 'PARTIAL' && !operationTable[kind].partial ? 'failed' : outcomeOf[state]) as OutcomeOf<K>;

/**
 * The outbox row that tells of an ended operation, for the transaction that ends it. A dry run has none: it did
 * nothing, and its caller reads its plan; a mail about it would look like a restore.
 */
export const tellOutcome = <K extends OperationKind>(
  host: OperatingHost,
  { id: operationId, backupId }: Pick<Operation, 'id' | 'backupId'>,
  kind: K,
  record: OperationRecord<K>,
): Change[] => {
  const { tell, nextSteps }: KindOfOperation<K> = host.operations[kind];
  const own = tell(record);
  if (own === undefined) return [];
  const state = endStateOf(record.state);
  const outcome = endOf(kind, state);
  const head = headLines({ operationId, backupId, kind }, record);
  return [
    eventChange(host, {
      type: `${kind}.${outcome}` as EventRecord['type'],
      title: `${kind} of ${backupId} ${outcomeWords[state]}`,
      at: record.completedAt ?? timestamp(host.clock),
      operationId,
      backupId,
      state,
      ...aboutOf(record),
      by: record.createdBy,
      shortError: record.shortError,
      summary: [...head, ...own].map(visible).join('\n'),
      nextSteps: nextSteps[outcome]({ backupId, operationId }),
    }),
  ];
};

const outcomeWords: Readonly<Record<EndState, string>> = {
  SUCCESS: 'succeeded',
  PARTIAL: 'is PARTIAL',
  FAILED: 'FAILED',
  CANCELLED: 'was cancelled',
};

/** The schedule, the domain, and the addresses to tell, of a record that has them. */
const aboutOf = (record: OperationRecord): Pick<EventRecord, 'scheduleId' | 'domain' | 'alsoTo'> => ({
  ...('scheduleId' in record && typeof record.scheduleId === 'string' && { scheduleId: record.scheduleId }),
  ...domainOf(record),
  ...('notify' in record && typeof record.notify === 'string' && { alsoTo: [record.notify] }),
});

/** Absent: the operation belongs to the whole installation, or to several domains. */
const domainOf = (record: OperationRecord): Pick<EventRecord, 'domain'> => {
  if ('scope' in record) return record.scope === 'domain' ? { domain: record.domain } : {};
  const [only, second] = record.domains ?? [];
  return only === undefined || second !== undefined ? {} : { domain: only };
};

const endStateOf = (state: State): EndState =>
  state === 'IN_PROGRESS' || state === 'REFUSED' ? 'FAILED' : state;

const headLines = (
  { operationId, backupId, kind }: { operationId: string; backupId: string; kind: OperationKind },
  record: OperationRecord,
): string[] => {
  const milliseconds = Date.parse(record.completedAt ?? record.createdAt) - Date.parse(record.createdAt);
  return [
    `${kind} ${operationId}: ${record.state}`,
    ...(record.shortError === '' ? [] : [`why: ${record.shortError}`]),
    `backup: ${backupId}`,
    `requested by: ${record.createdBy}, ${record.createdAt}`,
    `took: ${(Math.max(0, milliseconds) / 1000).toFixed(1)} s`,
  ];
};

/** Who trusted a signer that this installation does not know. */
export const trustedLines = (trusted: TrustedSigner | null | undefined): string[] =>
  trusted === null || trusted === undefined
    ? []
    : [
        `the archive is signed by an installation that is not known here; ${trusted.by} trusted it for this operation only, ${trusted.at}:`,
        `  signer: ${trusted.verifyKey}`,
        `  SHA-256 of the manifest: ${trusted.manifestSha256}`,
      ];

type ComponentOutcome = Pick<ComponentBackup, 'kind' | 'state' | 'shortError' | 'skippedCount' | 'skipped'>;

/** How each component ended, and what of it was skipped: no more lines than people read. */
export const componentLines = (components: Readonly<Record<string, ComponentOutcome>>): string[] =>
  bounded(
    Object.entries(components).flatMap(([id, { kind, state, shortError, skippedCount, skipped }]) => [
      `component ${id} (${kind}): ${state}${shortError && `, ${shortError}`}`,
      ...(skippedCount === 0 ? [] : [`  skipped or changed while read: ${skippedCount}`]),
      ...skipped
        .slice(0, 10)
        .map(({ path, reason }) => `    ${JSON.stringify(shortened(path, 300))}: ${shortened(reason, 300)}`),
    ]),
  );

/** The most bytes of a text for people. SNS and EventBridge carry 256 KB. */
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
