/**
 * The summary of last backups always equals the result from all backups, and monitoring reads only the
 * summary.
 */
import { randomInt } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { openMetricsText } from '../../lib/model/monitoring/open-metrics.ts';
import type { BackupRecord } from '../../lib/model/records/backup.ts';
import { createBackupSchema, verifyBackupSchema } from '../../lib/model/requests/backups.ts';
import { newBackupRecord } from '../../lib/operations/backup/new-backup-record.ts';
import { failOperation } from '../../lib/operations/engine/fail-operation.ts';
import { deleteBackup } from '../../lib/operations/stored/delete-backup.ts';
import { commitFresh } from '../../lib/operations/task/fresh-commit.ts';
import { noteLastBackup, noteLastBackupGone } from '../../lib/operations/task/last-backups.ts';
import { metricFamilies } from '../../lib/operations/upkeep/metrics.ts';
import { keepLastBackups } from '../../lib/operations/upkeep/read-last-backups.ts';
import { requestVerify } from '../../lib/operations/verify/request-verify.ts';
import { type Change, type ListOptions, put } from '../../lib/ports/catalog/catalog.ts';
import { MAX_CHANGES } from '../../lib/ports/catalog/catalog-limits.ts';
import type { RecordKind } from '../../lib/ports/catalog/records.ts';
import { instead, principal, StepwiseHost } from './stepwise-host.ts';
import { verifyRequested } from './verify/read-back.ts';

let here: StepwiseHost;
beforeEach(async () => {
  here = await StepwiseHost.open();
  const schedule = { cron: '0 3 * * *', timeZone: 'UTC', waitMinutes: 0, verification: 'full' as const };
  const schedules = ['nightly', 'hourly'].map((id) => ({ id, ...schedule, enabled: true }));
  const [files] = here.host.config.components;
  if (files === undefined) throw new Error('no component');
  Object.assign(here.host, {
    config: { ...here.host.config, schedules, components: [files, { ...files, id: 'never' }] },
  });
});
afterEach(() => here.close());

const numbers = async (): Promise<string> =>
  openMetricsText(await metricFamilies(here.host))
    .split('\n')
    .filter((line) => /^holdfast_(backup|schedule)_/.test(line) && !line.includes('next_run'))
    .join('\n');
/** The summary made again from all backups, after the old one was removed. */
const fromScratch = async (): Promise<string> => {
  await forget();
  return numbers();
};
const forget = async (): Promise<void> => {
  const { records } = await here.host.catalog.list('lastBackups');
  for (const { id } of records) await here.host.catalog.commit([{ remove: 'lastBackups', id }]);
};

const ended = (n: number, fields: Partial<BackupRecord> = {}): BackupRecord => {
  const made = newBackupRecord(here.host, principal, createBackupSchema.parse({}), {
    domain: 'root',
    components: here.host.config.components.slice(0, 1),
    scheduleId: 'nightly',
  });
  const createdAt = new Date(Date.parse('2026-01-01T00:00:00Z') + n * 60_000).toISOString();
  const files = {
    ...made.components.files,
    state: 'SUCCESS',
    sourceBytes: n,
  } as BackupRecord['components'][string];
  return {
    ...{
      ...made,
      createdAt,
      completedAt: createdAt,
      verifiedAt: createdAt,
      state: 'SUCCESS',
      components: { files },
    },
    ...fields,
  };
};
const note = (backup: BackupRecord): Promise<void> =>
  commitFresh(here.host.catalog, async () => ({
    changes: [put('backup', backup), ...(await noteLastBackup(here.host, backup))],
    result: undefined,
  }));

/** The number of records of each kind that a piece of work reads from the catalog. */
const readsOf = async (work: (host: StepwiseHost['host']) => Promise<unknown>) => {
  const reads: Partial<Record<RecordKind, number>> = {};
  const { catalog } = here.host;
  const list = async (kind: RecordKind, options?: ListOptions) => {
    const found = await catalog.list(kind, options);
    reads[kind] = (reads[kind] ?? 0) + found.records.length;
    return found;
  };
  const get = (kind: RecordKind, id: string) => {
    reads[kind] = (reads[kind] ?? 0) + 1;
    return catalog.get(kind, id);
  };
  await work({
    ...here.host,
    catalog: instead(instead(catalog, 'list', list as never), 'get', get as never),
  });
  return reads;
};

describe('a scrape', () => {
  test('reads as many records as there are components and schedules, of 10,000 backups, though one never had any [B28]', async () => {
    const many = Array.from({ length: 10_000 }, (_, n) => put('backup', ended(n)));
    for (let n = 0; n < many.length; n += MAX_CHANGES)
      await here.host.catalog.commit(many.slice(n, n + MAX_CHANGES));
    const before = await numbers();
    expect(before).toContain('holdfast_backup_size_bytes{component="files"} 9999');
    const { backup = 0, lastBackups = 0, ...others } = await readsOf(metricFamilies);
    expect(backup).toBeLessThanOrEqual(1);
    expect(lastBackups).toBeLessThanOrEqual(1 + here.host.config.schedules.length);
    expect(Object.values(others).reduce((sum, each) => sum + each, 0)).toBeLessThan(10);
    await note(ended(10_000, { state: 'FAILED' }));
    expect((await readsOf(metricFamilies)).backup).toBeLessThanOrEqual(1);
    const after = await numbers();
    expect(after).toContain('holdfast_backup_last_result{component="files",result="failed"} 1');
    expect(await fromScratch()).toBe(after);
  }, 120_000);

  test('tells of a component and of a schedule that were configured since', async () => {
    await note(ended(1));
    await numbers();
    const { config } = here.host;
    const [files] = config.components;
    Object.assign(here.host, {
      config: {
        ...config,
        components: [...config.components, { ...files, id: 'later' }],
        schedules: [...config.schedules, { ...config.schedules[0], id: 'weekly' }],
      },
    });
    const later = ended(2, { scheduleId: 'weekly' });
    await note({ ...later, components: { later: later.components.files } as BackupRecord['components'] });
    const told = await numbers();
    expect(told).toContain('holdfast_backup_last_success_timestamp_seconds{component="later"}');
    expect(told).toContain('holdfast_schedule_last_success_timestamp_seconds{schedule="weekly"}');
    expect(await fromScratch()).toBe(told);
  });

  test('is right, and nothing is kept, when an outcome comes in the middle of making the summary anew', async () => {
    await note(ended(1));
    await forget();
    const { catalog } = here.host;
    let hasCome = false;
    const list = async (kind: RecordKind, options?: ListOptions) => {
      const found = await catalog.list(kind, options);
      if (kind === 'backup' && !hasCome) {
        hasCome = true;
        await note(ended(2, { state: 'FAILED' }));
      }
      return found;
    };
    await metricFamilies({ ...here.host, catalog: instead(catalog, 'list', list as never) });
    expect(await numbers()).toContain('holdfast_backup_last_result{component="files",result="failed"} 1');
  });
});

describe('the summary', () => {
  test('is written with each outcome, each verification and each deletion, by the operations themselves', async () => {
    const first = await here.backup({ components: ['files'] });
    await numbers();
    const told = async () => {
      const said = await numbers();
      expect((await readsOf(metricFamilies)).backup).toBeLessThanOrEqual(1);
      expect(await fromScratch()).toBe(said);
      return said;
    };
    const second = await here.backup({ components: ['files'] });
    expect(await told()).toContain(`${Date.parse(second.verifiedAt ?? '') / 1000}`);
    await here.request({ components: ['files'] });
    await here.run('capture');
    const hold = await here.hold();
    await failOperation(here.context(), hold, { error: { Error: 'HoldfastError', Cause: 'test' } } as never);
    expect(await told()).toContain('result="failed"} 1');

    await requestVerify(here.host, principal, second.id, verifyBackupSchema.parse({}));
    await verifyRequested(here.context(), await here.hold());
    await failOperation(here.context(), await here.hold(), {} as never).catch(() => undefined);
    await told();
    await deleteBackup(here.host, second.id);
    expect(await told()).toContain(`${Date.parse(first.verifiedAt ?? '') / 1000}`);
  });

  test('says what all backups say, after any history of them', async () => {
    const seed = Number(process.env.HOLDFAST_SEED ?? randomInt(1_000_000_000));
    console.log(`last backups: HOLDFAST_SEED=${seed}`);
    let state = seed;
    const below = (most: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((state / 2 ** 32) * most);
    };
    const pick = <T>(...from: T[]): T => from[below(from.length)] as T;
    const there = new Map<string, BackupRecord>();
    for (let step = 0; step < 400; step++) {
      const old = [...there.values()][below(there.size)];
      const what = below(10);
      if (what < 5 || old === undefined) {
        const fresh = ended(below(500), {
          state: pick('SUCCESS', 'SUCCESS', 'PARTIAL', 'FAILED', 'CANCELLED'),
          scheduleId: pick('nightly', 'hourly', 'gone', null),
          imported: below(8) === 0,
        });
        const files = { ...fresh.components.files, state: pick('SUCCESS', 'PARTIAL', 'FAILED') };
        const backup = { ...fresh, components: { files } } as BackupRecord;
        await note(backup);
        there.set(backup.id, backup);
      } else if (what < 7) {
        const { failedVerification: _, ...good } = old;
        const at = old.createdAt;
        const bad = { id: old.id, at, errorCode: 'archive_damaged' } as const;
        const changed = below(2) === 0 ? { ...good, failedVerification: bad } : { ...good, verifiedAt: at };
        await note(changed as BackupRecord);
        there.set(old.id, changed as BackupRecord);
      } else if (what < 9) {
        await commitFresh(here.host.catalog, async () => {
          const gone = await noteLastBackupGone(here.host, old);
          const changes: Change[] = [{ remove: 'backup', id: old.id }, ...gone];
          return { changes, result: undefined };
        });
        there.delete(old.id);
      } else await numbers();
      if (step % 20 === 19) {
        const told = await numbers();
        const { records } = await here.host.catalog.list('lastBackups');
        expect([step, told]).toEqual([step, await fromScratch()]);
        // Continues with the stored summary, not with the one that was just made again.
        await here.host.catalog.commit(records.map((one) => put('lastBackups', one)));
      }
    }
  }, 120_000);

  test('is made anew where an earlier version, which knows none, has ended a backup meanwhile', async () => {
    await note(ended(1));
    await numbers();
    await here.host.catalog.commit([put('backup', ended(2, { state: 'FAILED' }))]);
    const told = await numbers();
    expect(told).toContain('holdfast_backup_last_result{component="files",result="failed"} 1');
    expect(await fromScratch()).toBe(told);
  });

  test('forgets schedules that there are no more, and comes back with them', async () => {
    await note(ended(1));
    await keepLastBackups(here.host);
    const { config } = here.host;
    Object.assign(here.host, { config: { ...config, schedules: config.schedules.slice(1) } });
    await keepLastBackups(here.host);
    const kept = (await here.host.catalog.list('lastBackups')).records.map(({ id }) => id);
    expect(kept).toEqual(['components', 'schedule/hourly']);
    Object.assign(here.host, { config });
    expect(await numbers()).toContain('holdfast_schedule_size_bytes{schedule="nightly"}');
  });
});
