/** The audit trail's entries about acts of the sweep. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { configSchema } from '../../../lib/model/config/config.ts';
import type { AuditRow } from '../../../lib/model/records/audit.ts';
import { endExpiredApprovals } from '../../../lib/operations/approval/expired-approvals.ts';
import { newApproval } from '../../../lib/operations/approval/new-approval.ts';
import { readTrail } from '../../../lib/operations/audit/read-trail.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { applyRetention } from '../../../lib/operations/retention/apply-retention.ts';
import { isOfGroup } from '../../../lib/operations/retention/groups.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import { principal, StepwiseHost } from '../stepwise-host.ts';

const DAY = 24 * 3_600_000;
let stepwise: StepwiseHost;
let host: OperatingHost;
beforeEach(async () => {
  stepwise = await StepwiseHost.open();
  const { retention } = configSchema.parse({ retention: { labels: { nightly: { keepLast: 1 } } } });
  host = { ...stepwise.host, config: { ...stepwise.host.config, retention } };
});
afterEach(() => stepwise.close());

const rowsOf = async (part: string): Promise<AuditRow[]> =>
  (await readTrail(host, { skip: 0, limit: 100, principal: `system:${part}` })).resources.reverse();

test('a backup that retention marks, lets stay again and deletes has a row for each [U12] [C13]', async () => {
  const { id } = await stepwise.backup({ label: 'nightly' });
  stepwise.pass(DAY);
  await stepwise.backup({ label: 'nightly' });
  await applyRetention(host);
  const { retention } = configSchema.parse({ retention: { labels: { nightly: { keepLast: 2 } } } });
  await applyRetention({ ...host, config: { ...host.config, retention } });
  await applyRetention(host);
  for (let day = 0; day < 10; day++) {
    stepwise.pass(DAY);
    await applyRetention(host);
  }
  const rows = await rowsOf('retention');
  expect(rows.map(({ action, outcome }) => [action, outcome])).toEqual([
    ['retention.mark', 'done'],
    ['retention.unmark', 'done'],
    ['retention.mark', 'done'],
    ['retention.delete', 'done'],
  ]);
  expect(new Set(rows.map(({ subject }) => subject))).toEqual(new Set([`backups/${id}`]));
  expect(rows[0]?.note).toContain('removed: no rule keeps it');
  expect(rows[3]?.note).toBe('marked by retention: removed: no rule keeps it');
});

test('a request for approval that nobody used in time ends with a row, once [U12] [B14]', async () => {
  const asked = newApproval(host, principal, {
    facts: { action: 'key.export', keyId: 'key-0a1b2c3d-0000-4000-8000-000000000000', recipient: 'age1x' },
    subject: 'keys/key-0a1b2c3d-0000-4000-8000-000000000000',
    homes: ['north'],
  });
  await host.catalog.commit([put('approval', asked, 'absent')]);
  await endExpiredApprovals(host);
  expect(await rowsOf('approvals')).toEqual([]);
  stepwise.pass(DAY);
  await endExpiredApprovals(host);
  await endExpiredApprovals(host);
  const rows = await rowsOf('approvals');
  expect(rows.map(({ action, subject, domains }) => [action, subject, domains])).toEqual([
    ['approval.expire', `approvals/${asked.id}`, ['north']],
  ]);
  expect((await host.catalog.get('approval', asked.id))?.record.ended).toMatchObject({ how: 'EXPIRED' });
});

test('the policy of a schedule of a domain is for no backup of another domain [C4] [C13]', async () => {
  const record = (await host.catalog.get('backup', (await stepwise.backup()).id))?.record;
  if (record === undefined) throw new Error('the backup is gone');
  const group = { of: 'schedule', name: 'nightly', home: 'north' } as const;
  const made = { ...record, scheduleId: 'nightly', scope: 'domain' } as const;
  expect(isOfGroup(group, { ...made, domain: 'north' }, new Set(['nightly']))).toBe(true);
  expect(isOfGroup(group, { ...made, domain: 'south' }, new Set(['nightly']))).toBe(false);
  expect(isOfGroup({ ...group, home: null }, { ...made, domain: 'south' }, new Set())).toBe(true);
});
