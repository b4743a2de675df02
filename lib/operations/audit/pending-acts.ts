import { isAheadOf } from '../../model/clock-skew.ts';
import type { AuditPending } from '../../model/records/audit.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { AuditHost } from './act.ts';
import { append } from './trail.ts';

/** The longest time that an act may be pending: a clock that was ahead may have dated its end far into the future. */
const LONGEST_MILLISECONDS = 24 * 3600_000;

/**
 * Gives each waiting act its place in the trail: acts whose outcome is known, and acts that no process works on any
 * more.
 *
 * @param options.all No process works on any act: this one is the only process, and has just started
 */
export const settlePending = async (
  host: AuditHost,
  { all = false }: { all?: boolean } = {},
): Promise<void> => {
  const now = host.clock.now().getTime();
  const waiting: AuditPending[] = [];
  for await (const pending of everyRecord(host, 'auditPending'))
    if (all || pending.ready || isOver(pending, now)) waiting.push(pending);
  // All at once, so that they share commits.
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
    host.log.warn('acts could not be added to the audit trail yet; the next sweep tries again', { left });
};

const isOver = ({ expiresAt }: AuditPending, now: number): boolean =>
  Date.parse(expiresAt) < now || isAheadOf(expiresAt, now + LONGEST_MILLISECONDS);
