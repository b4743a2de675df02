import { newId } from '../../model/ids.ts';
import type { ComponentBackup, EventRecord, Operation } from '../../model/records.ts';
import type { Records } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import type { OperationRecordKind } from './operation-record.ts';

export type OperationRecord<K extends OperationRecordKind = OperationRecordKind> = Records[K];

const words = {
  SUCCESS: 'succeeded',
  PARTIAL: 'partial',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
} as const;

/** The outbox row that tells of an ended operation, written in the transaction that ends it. */
export const outcomeEvent = (host: Host, operation: Operation, record: OperationRecord): EventRecord => {
  const at = record.completedAt ?? host.clock.now().toISOString();
  const state = record.state === 'IN_PROGRESS' ? 'FAILED' : record.state;
  const word = operation.kind === 'verify' && state === 'PARTIAL' ? 'failed' : words[state];
  return {
    id: newId('event'),
    type: `${operation.kind}.${word}` as EventRecord['type'],
    installation: host.config.installation,
    at,
    operationId: operation.id,
    backupId: operation.backupId,
    state,
    shortError: record.shortError,
    summary: summaryOf(operation, record),
    delivered: [],
    attempts: 0,
    lastError: '',
    nextAttemptAt: at,
  };
};

type ComponentOutcome = Pick<ComponentBackup, 'kind' | 'state' | 'shortError' | 'skippedCount' | 'skipped'>;

const summaryOf = (operation: Operation, record: OperationRecord): string => {
  const seconds =
    Math.max(0, Date.parse(record.completedAt ?? record.createdAt) - Date.parse(record.createdAt)) / 1000;
  const lines = [
    `${operation.kind} ${operation.id}: ${record.state}`,
    ...(record.shortError === '' ? [] : [`why: ${record.shortError}`]),
    `backup: ${operation.backupId}`,
    `asked for by: ${record.createdBy}, ${record.createdAt}`,
    `took: ${seconds.toFixed(1)} s`,
  ];
  if ('trusted' in record && record.trusted)
    lines.push(
      `the archive is signed by an installation that is not known here; ${record.createdBy} trusted it for this once`,
    );
  if ('force' in record && record.force)
    lines.push(`the version check was passed by force, by ${record.createdBy}`);
  if ('signature' in record && record.signature === 'unknown-signer')
    lines.push('its signer is not known here: a restore is refused until its verify key is imported');
  if ('from' in record) lines.push(`sealed to backup key: ${record.keyId} (before: ${record.from.mode})`);
  if ('sourceBytes' in record && record.archiveBytes > 0)
    lines.push(
      `archive: ${record.fileName}, ${record.archiveBytes} bytes from ${record.sourceBytes} in ${record.entries} entries`,
    );
  if ('components' in record)
    for (const [id, component] of Object.entries<ComponentOutcome>(record.components)) {
      lines.push(
        `component ${id} (${component.kind}): ${component.state}${component.shortError && `, ${component.shortError}`}`,
      );
      if (component.skippedCount > 0) {
        lines.push(`  skipped or changed while read: ${component.skippedCount}`);
        lines.push(
          ...component.skipped
            .slice(0, 10)
            .map(({ path, reason }) => `    ${JSON.stringify(path)}: ${reason}`),
        );
      }
    }
  return lines.join('\n');
};
