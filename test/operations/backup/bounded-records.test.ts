/**
 * Long lists from archives and sources are cut to fit into records, logs, events and mails, and their full
 * number is counted.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mailFor } from '../../../lib/adapters/any/event-mail.ts';
import { JsonLogger } from '../../../lib/adapters/any/json-logger.ts';
import { attributesOf } from '../../../lib/adapters/aws/catalog/catalog-item.ts';
import type { ComponentRestore, RestoreRecord } from '../../../lib/model/records/restore.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import { startOperation } from '../../../lib/operations/engine/start-operation.ts';
import { withStatus } from '../../../lib/operations/restore/component/component-record.ts';
import { countsOf, freshPart, PartRecord } from '../../../lib/operations/restore/component/part-record.ts';
import { viewRestore } from '../../../lib/operations/restore/component/restored-components.ts';
import { keepPlan, readPlan } from '../../../lib/operations/restore/plan/plan-pages.ts';
import { acceptedOperation, getRecord } from '../../../lib/operations/task/operation-record.ts';
import { openRunLog, readRunLog } from '../../../lib/operations/task/run-log.ts';
import { type Hold, put } from '../../../lib/ports/catalog/catalog.ts';
import { everyRecord } from '../../../lib/ports/catalog/every-record.ts';
import { principal, StepwiseHost } from '../stepwise-host.ts';

const COMPONENTS = 500;
const long = (n: number): string => `${String(n).padStart(4, '0')}${'\u0001é'.repeat(3_000)}end`;

let stepwise: StepwiseHost;
let hold: Hold;
let id: string;

beforeAll(async () => {
  stepwise = await StepwiseHost.open();
  const { host } = stepwise;
  const backup = await stepwise.backup();
  const components: Record<string, ComponentRestore> = {};
  for (let n = 0; n < COMPONENTS; n += 1)
    components[`c${n}`] = {
      kind: 'directory',
      state: 'PENDING',
      target: `/srv/${n}`,
      bytes: 0,
      entries: 0,
      skippedCount: 0,
      skipped: [],
      shortError: '',
    };
  const accepted = acceptedOperation(host, principal, 'restore');
  const record: RestoreRecord = {
    ...accepted,
    backupId: backup.id,
    dryRun: false,
    existing: 'overwrite',
    force: false,
    trusted: false,
    ...withStatus(components),
    plan: null,
    afterwards: [],
  };
  id = await startOperation(host, {
    operation: { id: accepted.id, kind: 'restore', backupId: backup.id, startedAt: accepted.createdAt },
    changes: [put('restore', record, 'absent')],
  });
  hold = await stepwise.hold();
}, 60_000);
afterAll(() => stepwise.close());

const record = (): Promise<RestoreRecord> => getRecord(stepwise.host, 'restore', id);

describe('of five hundred components with the longest names', () => {
  test('what was skipped fits into an item of AWS, and is counted [B7]', async () => {
    const skipped = Array.from({ length: 100 }, (_, n) => ({ path: long(n), reason: long(n) }));
    for (const n of [0, 1, 250, 499]) {
      const planned = { component: `c${n}`, shard: 0, shards: 1, from: 0, to: 1, members: 1 };
      const fresh = freshPart(hold, { ...planned, manifestSha256: '', isPrepared: false });
      const counts = countsOf({ bytes: 0, entries: 0, skipped, skippedCount: 70_000 });
      await new PartRecord(stepwise.host, hold, fresh).write({ ...counts, state: 'PARTIAL' });
    }
    for await (const part of everyRecord(stepwise.host, 'restoreCheckpoint', { group: id }))
      expect(() => attributesOf('restoreCheckpoint', part)).not.toThrow();
    const now = await viewRestore(stepwise.host, await record());
    expect(JSON.stringify(now.components).length).toBeLessThan(200_000);
    expect(now.components.c499).toMatchObject({ skippedCount: 70_000 });
    expect(now.components.c0?.skipped[0]?.path).toMatch(/^0000.*….*end$/s);
    expect(() => attributesOf('restore', now)).not.toThrow();
  });

  test('the plan fits, too, with pages beside it that each fit', async () => {
    const entries = Array.from({ length: 300 }, (_, n) => ({
      path: long(n).slice(0, 1_000),
      action: 'create' as const,
    }));
    const counts = { create: 1_000_000, overwrite: 0, skip: 0, refuse: 0 };
    const plans = Object.fromEntries(
      Array.from({ length: COMPONENTS }, (_, n) => [`c${n}`, { target: `/srv/${n}`, counts, entries }]),
    );
    const kept = await keepPlan(stepwise.host, hold, plans);
    const planned = { ...(await record()), plan: kept };
    expect(() => attributesOf('restore', planned)).not.toThrow();
    let pages = 0;
    for await (const page of everyRecord(stepwise.host, 'planPage', { group: id })) {
      pages += 1;
      expect(() => attributesOf('planPage', page)).not.toThrow();
    }
    expect(pages).toBeGreaterThan(0);
    const one = await keepPlan(stepwise.host, hold, { c0: { target: '/srv/0', counts, entries } });
    await stepwise.host.catalog.commit([put('restore', { ...(await record()), plan: one })], { under: hold });
    const read = await readPlan(stepwise.host, id, { skip: 60, limit: 1_000 });
    expect(read.resources.map(({ path }) => path)).toEqual(
      entries.slice(60, read.total).map(({ path }) => path),
    );
    expect(read.total + read.unlisted).toBe(1_000_000);
  });

  test('a page is written under the fence: who lost the lock writes none', async () => {
    const plan = {
      target: '/srv/0',
      counts: { create: 0, overwrite: 0, skip: 0, refuse: 0 },
      entries: Array.from({ length: 2_000 }, (_, n) => ({ path: `f${n}`, action: 'create' as const })),
    };
    await expect(
      keepPlan(stepwise.host, { ...hold, fence: hold.fence - 1 }, { c0: plan }),
    ).rejects.toMatchObject({ code: 'fence_lost' });
  });

  test('lines of the log are kept in chunks that fit, and none is endless', async () => {
    const log = openRunLog(stepwise.host, hold, 'restore/c0');
    for (let n = 0; n < 200; n += 1) log.warn(`skipped ${'x'.repeat(100_000)}`, { n });
    await log.flush();
    for await (const chunk of everyRecord(stepwise.host, 'logChunk', { group: id })) {
      expect(() => attributesOf('logChunk', chunk)).not.toThrow();
      expect(Buffer.byteLength(JSON.stringify(chunk))).toBeLessThan(400_000);
    }
    const text = await readRunLog(stepwise.host, id);
    expect(text.split('\n').filter((line) => line.includes('skipped'))).toHaveLength(200);
    expect(text.length).toBeLessThan(200 * 17_000);
  });

  test('the event and its mail are read by people', async () => {
    const now = await viewRestore(stepwise.host, await record());
    const failed = Object.entries(now.components).map(([name, component]) => [
      name,
      { ...component, shortError: 'e'.repeat(500) },
    ]);
    const components: Record<string, ComponentRestore> = Object.fromEntries(failed);
    await stepwise.host.catalog.commit([put('restore', { ...now, components })], { under: hold });
    await endOperation(stepwise.host, hold, { state: 'PARTIAL' });
    const events = await stepwise.host.catalog.list('event', { descending: true });
    const event = events.records.find(({ operationId }) => operationId === id);
    expect(event?.summary).toContain('skipped or changed while read: 70000');
    expect(event?.summary).toMatch(/and \d+ more lines$/);
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThan(256_000);
    if (event !== undefined) expect(Buffer.byteLength(mailFor(event).text)).toBeLessThan(128 * 1024);
    // The pages of the plan are kept.
    expect((await stepwise.host.catalog.list('planPage', { group: id })).total).toBeGreaterThan(0);
  });
});

test('a line of the host log is of a bounded length, however long a name in it', () => {
  const lines: string[] = [];
  const log = new JsonLogger({ write: (line) => lines.push(line), pretty: false });
  log.error('x'.repeat(1_000_000), { path: 'y'.repeat(1_000_000), error: new Error('z'.repeat(1_000_000)) });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.length).toBeLessThan(100_000);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error' });
});
