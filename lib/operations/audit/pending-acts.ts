import { isAheadOf } from '../../model/clock-skew.ts';
import type { AuditPending } from '../../model/records/audit.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { AuditHost } from './act.ts';
import { append } from './trail.ts';

/** A clock that was ahead may have dated an end that never comes. */
const LONGEST_MILLISECONDS = 24 * 3600_000;

/**
 * Gives each act that waits its place in the trail: those whose outcome is known, and those that nobody works on any more.
 *
 * @param options.all Nobody works on any: this process is the only one, and has just started
 */
export const settlePending = async (
  host: AuditHost,
  { all = false }: { all?: boolean } = {},
): Promise<void> => {
  const now = host.clock.now().getTime();
  const waiting: AuditPending[] = [];
  for await (const pending of everyRecord(host, 'auditPending'))
    if (all || pending.ready || isOver(pending, now)) waiting.push(pending);
  // One after the other where the process has one caller; together, they share commits.
  const placed = await Promise.all(
    waiting.map(({ id, entry, ready }) =>
      append(host.catalog, {
        pendingId: id,
        entry: ready ? entry : { ...entry, outcome: 'unknown', endedAt: host.clock.now().toISOString() },
      }),
    ),
  );
  const left = placed.filter((one) => !one).length;
  if (left > 0)
    host.log.warn('rows wait for their place in the audit trail; the next sweep tries again', { left });
};

const isOver = ({ expiresAt }: AuditPending, now: number): boolean =>
  Date.parse(expiresAt) < now || isAheadOf(expiresAt, now + LONGEST_MILLISECONDS);
