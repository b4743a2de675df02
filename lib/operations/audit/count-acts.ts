import type { Principal } from '../../model/access/principal.ts';
import { blockOf, firstOfBlock } from '../../model/audit-chain.ts';
import { isAheadOf } from '../../model/clock-skew.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { AuditEntry } from '../../model/records/audit.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { rowsBetween } from './read-trail.ts';
import { readHead } from './trail.ts';

const DAY = 24 * 3600_000;

/** When this principal did this within the last 24 hours by the audit trail, the earliest first. */
const timesOf = async (host: Host, { id }: Principal, action: string): Promise<number[]> => {
  const now = host.clock.now().getTime();
  const since = now - DAY;
  const times: number[] = [];
  const note = (row: AuditEntry): void => {
    const at = Date.parse(row.at);
    const isCounted = row.outcome === 'done' && at > since && !isAheadOf(row.at, now);
    if (isCounted && row.actor.id === id && row.action === action) times.push(at);
  };
  for await (const { entry, ready } of everyRecord(host, 'auditPending')) if (ready) note(entry);
  const { seq, startSeq } = await readHead(host.catalog);
  for (let block = blockOf(Math.max(seq, 1)); block >= blockOf(startSeq); block--) {
    let isOld = true;
    for await (const row of rowsBetween(
      host.catalog,
      firstOfBlock(block),
      Math.min(seq, firstOfBlock(block + 1) - 1),
    )) {
      if (Date.parse(row.at) > since) isOld = false;
      note(row);
    }
    if (isOld) break;
  }
  return times.sort((a, b) => a - b);
};

/**
 * Refuses a backup beyond `limits.backupsPerDay` of one principal. They are counted in the audit trail, so a backup
 * that was deleted since still counts.
 *
 * @throws `daily_limit` with `details.retryAfterSeconds` and `details.nextAt`
 */
export const requireRoomInDay = async (host: Host, principal: Principal): Promise<void> => {
  const { backupsPerDay } = host.config.limits;
  if (backupsPerDay === undefined) return;
  const times = await timesOf(host, principal, 'createBackup');
  const first = times[times.length - backupsPerDay];
  if (first === undefined) return;
  const next = first + DAY;
  const nextAt = new Date(next).toISOString();
  throw new HoldfastError(
    'daily_limit',
    `${principal.name} has started ${times.length} backups within 24 hours, and ${backupsPerDay} are allowed ("limits.backupsPerDay" in the configuration); the next one is possible at ${nextAt}`,
    {
      details: {
        nextAt,
        retryAfterSeconds: Math.max(1, Math.ceil((next - host.clock.now().getTime()) / 1000)),
      },
    },
  );
};
