import type { ApprovalRecord } from '../../model/records/approval.ts';
import { put } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import type { Host } from '../../ports/host.ts';
import { audited } from '../audit/act.ts';
import { bySystem, doneBySystem } from '../audit/system.ts';
import { commitUnlessTaken } from '../task/fresh-commit.ts';

/**
 * How far back the sweep looks. No request for approval lasts longer than a week; a sweep that pauses for longer than
 * this misses some.
 */
const LOOKED_BACK_MILLISECONDS = 30 * 24 * 3600_000;

/** Writes down which requests for approval ended because nobody used them in time. For the sweep. */
export const endExpiredApprovals = async (host: Host): Promise<void> => {
  const now = host.clock.now().getTime();
  const over: ApprovalRecord[] = [];
  for await (const record of everyRecord(host, 'approval', { descending: true })) {
    if (now - Date.parse(record.createdAt) > LOOKED_BACK_MILLISECONDS) break;
    if (record.ended === null && Date.parse(record.expiresAt) <= now) over.push(record);
  }
  for (const { id } of over) await endExpired(host, id);
};

const endExpired = async (host: Host, id: string): Promise<void> => {
  const found = await host.catalog.get('approval', id);
  if (found === undefined || found.record.ended !== null) return;
  const { record, version } = found;
  const by = { kind: 'host', id: 'system:approvals', name: 'system:approvals' } as const;
  const ended = { how: 'EXPIRED', at: record.expiresAt, by, reason: '' } as const;
  await audited(
    host,
    {
      principal: bySystem('approvals'),
      action: 'approval.expire',
      subject: `approvals/${id}`,
      domains: record.domains,
      note: `requested by ${record.requestedBy.name}, valid until ${record.expiresAt}`,
    },
    () => commitUnlessTaken(host.catalog, [put('approval', { ...record, ended }, version)]),
    doneBySystem,
  );
};
