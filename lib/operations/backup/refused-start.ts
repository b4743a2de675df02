/**
 * Backups that could not begin while nobody waited for an answer, such as a schedule's: each gets a record and is told.
 */

import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import { operationSchema, operationTable } from '../../model/records/operation.ts';
import { ROOT_DOMAIN } from '../../model/records/scope.ts';
import type { CreateBackupRequest } from '../../model/requests/backups.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { tellOutcome } from '../engine/outcome-event.ts';
import { earlierStart, type Idempotency, rememberStart } from '../engine/start-operation.ts';
import { commitFresh } from '../task/fresh-commit.ts';
import { noteLastBackup } from '../task/last-backups.ts';
import { getRecord } from '../task/operation-record.ts';
import { newBackupRecord } from './new-backup-record.ts';

export type Refusal = Pick<BackupRecord, 'shortError' | 'errorCode'>;

const runningSchema = operationSchema.pick({ id: true, kind: true });

/** @throws any error other than a refusal: a repeated request may succeed */
export const whyRefused = (thrown: unknown): Refusal => {
  if (!(thrown instanceof HoldfastError) || thrown.code === 'unavailable' || thrown.code === 'internal')
    throw thrown;
  const { code: errorCode, message: shortError } = thrown;
  if (errorCode !== 'operation_running') return { shortError, errorCode };
  const { id, kind } = runningSchema.parse(thrown.details.operation);
  return { shortError: `${operationTable[kind].inTheWay} is running: ${id}`, errorCode };
};

export interface RefusedStart {
  readonly request: CreateBackupRequest;
  /** Two refused starts with the same value are one. */
  readonly idempotency: Idempotency;
  readonly why: Refusal;
  readonly scheduleId?: string;
  /** How people are told of it. @default as a backup that failed */
  readonly tell?: (refused: BackupRecord) => Change[];
}

/** Makes the record of a refused start, once, however often it is asked for. */
export const recordRefusedStart = async (
  host: OperatingHost,
  principal: Principal,
  { request, idempotency, why, scheduleId, tell }: RefusedStart,
): Promise<{ readonly record: BackupRecord; readonly isNew: boolean }> => {
  const earlier = await earlierStart(host, idempotency);
  if (earlier !== undefined) return { record: await getRecord(host, 'backup', earlier), isNew: false };
  const made = newBackupRecord(host, principal, request, {
    domain: request.domain ?? ROOT_DOMAIN,
    components: host.config.components.filter(({ id }) => request.components?.includes(id) ?? true),
    scheduleId,
  });
  const record: BackupRecord = { ...made, ...why, state: 'FAILED', completedAt: made.createdAt };
  const told = tell?.(record) ?? tellOutcome(host, { id: record.id, backupId: record.id }, 'backup', record);
  return commitFresh(host.catalog, async () => ({
    changes: [
      put('backup', record, 'absent'),
      rememberStart(host, record.id, idempotency),
      ...told,
      ...(await noteLastBackup(host, record)),
    ],
    result: { record, isNew: true },
  }));
};
