/** Small complete records for the contract suites. */
import { randomUUID } from 'node:crypto';
import type { TokenRecord } from '../../lib/model/records/access.ts';
import type { EventRecord } from '../../lib/model/records/event.ts';
import type { DeliveryRecord } from '../../lib/model/records/notice.ts';
import type { Operation } from '../../lib/model/records/operation.ts';

export const sampleId = (label = 'nightly'): string => `${label}-${randomUUID()}`;

/** Tokens are small and listed by role and creation time, so they can represent every kind of record. */
export const sampleToken = (fields: Partial<TokenRecord> = {}): TokenRecord => ({
  id: sampleId('token'),
  hash: randomUUID(),
  name: 'Grüße – 𝄞',
  role: 'administrator',
  createdAt: '2026-11-20T10:00:00.000Z',
  createdBy: 'test',
  ...fields,
});

export const sampleOperation = (fields: Partial<Operation> = {}): Operation => {
  const id = sampleId();
  return { id, kind: 'backup', backupId: id, startedAt: '2026-11-20T10:00:00.000Z', ...fields };
};

export const sampleEvent = (fields: Partial<EventRecord> = {}): EventRecord => {
  const backupId = sampleId();
  return {
    id: sampleId('event'),
    type: 'backup.succeeded',
    installation: 'acme',
    at: '2026-11-20T10:00:00.000Z',
    operationId: backupId,
    backupId,
    state: 'SUCCESS',
    shortError: '',
    summary: '1,204 entries, 3.1 MB of 9.8 MB in 2 s',
    nextSteps: ['See it:', `  holdfast backup show ${backupId}`],
    ...fields,
  };
};

export const sampleDelivery = (fields: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  noticeId: sampleId('event'),
  channel: 'log',
  lane: fields.channel ?? 'log',
  type: 'backup.succeeded',
  state: 'waiting',
  attempts: 0,
  lastAnswer: '',
  createdAt: '2026-11-20T10:00:00.000Z',
  nextAttemptAt: '2026-11-20T10:00:00.000Z',
  endedAt: null,
  ...fields,
});
