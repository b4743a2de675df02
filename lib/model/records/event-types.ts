/**
 * The closed table of events that people are notified of, in code that needs no schema, because the page in a browser
 * reads it, too.
 */
import { type OperationKind, operationKinds, operationTable } from './operation-kinds.ts';

/**
 * How much an event matters: after an `error` somebody must act, after a `warning` look; `info` is only for
 * information.
 */
export type EventLevel = 'info' | 'warning' | 'error';

/** `backup.succeeded`, `verify.failed` ...: the ways in which operations of each kind end. */
type OutcomeType = {
  [K in OperationKind]:
    | `${K}.${'succeeded' | 'failed' | 'cancelled'}`
    | ((typeof operationTable)[K]['partial'] extends true ? `${K}.partial` : never);
}[OperationKind];

const outcomeLevels = {
  succeeded: 'info',
  partial: 'warning',
  failed: 'error',
  cancelled: 'warning',
} as const;

const outcomeTable = Object.fromEntries(
  operationKinds.flatMap((kind) =>
    (operationTable[kind].partial
      ? (['succeeded', 'partial', 'failed', 'cancelled'] as const)
      : (['succeeded', 'failed', 'cancelled'] as const)
    ).map((outcome) => [`${kind}.${outcome}`, { level: outcomeLevels[outcome] }] as const),
  ),
) as Readonly<Record<OutcomeType, { readonly level: EventLevel }>>;

/**
 * Every event that is not the end of an operation. A new event is a row here, and a call of `tell` where it happens.
 */
const otherTable = {
  'schedule.missed': { level: 'error' },
  'schedule.late': { level: 'warning' },
  'schedule.stopped': { level: 'error' },
  'token.created': { level: 'warning' },
  'token.reset': { level: 'warning' },
  'token.revoked': { level: 'info' },
  'person.created': { level: 'warning' },
  'person.removed': { level: 'warning' },
  'person.password-changed': { level: 'warning' },
  'key.created': { level: 'info' },
  'key.exported': { level: 'warning' },
  'key.deleted': { level: 'warning' },
  'key-service.in-danger': { level: 'error' },
  'archive.trusted': { level: 'warning' },
  'lock.held-long': { level: 'error' },
  'retention.about-to-remove': { level: 'warning' },
  'retention.removed': { level: 'info' },
  'retention.refused': { level: 'error' },
  'store.nearly-full': { level: 'error' },
  'approval.requested': { level: 'warning' },
  'approval.granted': { level: 'info' },
  'approval.refused': { level: 'warning' },
  'approval.used': { level: 'warning' },
  'approval.break-glass': { level: 'error' },
  'audit.broken': { level: 'error' },
  'audit.exported': { level: 'info' },
  'audit.removed': { level: 'warning' },
  'channel.disabled': { level: 'error' },
  'channel.test': { level: 'info' },
} as const satisfies Readonly<Record<string, { readonly level: EventLevel }>>;

export type OtherEventType = keyof typeof otherTable;
export type EventType = OutcomeType | OtherEventType;

export const eventTable: Readonly<Record<EventType, { readonly level: EventLevel }>> = {
  ...outcomeTable,
  ...otherTable,
};
export const otherEventTypes = Object.keys(otherTable) as readonly OtherEventType[];
export const eventTypes = Object.keys(eventTable) as readonly EventType[];
