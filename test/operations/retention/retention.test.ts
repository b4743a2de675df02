import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Config, configSchema } from '../../../lib/model/config/config.ts';
import type { EventRecord } from '../../../lib/model/records/event.ts';
import { createBackupSchema } from '../../../lib/model/requests/backups.ts';
import { requestBackup } from '../../../lib/operations/backup/request-backup.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { applyRetention } from '../../../lib/operations/retention/apply-retention.ts';
import { retentionPlan } from '../../../lib/operations/retention/retention-plan.ts';
import { deleteBackup, finishDeletions } from '../../../lib/operations/stored/delete-backup.ts';
import { holdBackup, releaseBackup } from '../../../lib/operations/stored/held-backup.ts';
import { deleteLater, undeleteBackup } from '../../../lib/operations/stored/later-deletion.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import { everyRecord } from '../../../lib/ports/catalog/every-record.ts';
import { domainAdministrator } from '../../principals.ts';
import { instead, principal, StepwiseHost } from '../stepwise-host.ts';

const DAY = 24 * 3_600_000;
const HOUR = 3_600_000;
let stepwise: StepwiseHost;
let host: OperatingHost;

const configured = (config: Partial<Config>): OperatingHost => ({
  ...stepwise.host,
  config: { ...stepwise.host.config, ...config },
});
const keepLast = (n: number): Config['retention'] =>
  configSchema.parse({ retention: { labels: { nightly: { keepLast: n } } } }).retention;

beforeEach(async () => {
  stepwise = await StepwiseHost.open();
  host = configured({ retention: keepLast(2) });
});
afterEach(() => stepwise.close());

/** Makes one backup a day, the oldest first; the sweep runs every day. */
const days = async (n: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let day = 0; day < n; day++) {
    ids.push((await stepwise.backup({ label: 'nightly' })).id);
    await applyRetention(host);
    stepwise.pass(DAY);
  }
  return ids;
};
const stateOf = async (id: string): Promise<string> => {
  const found = await host.catalog.get('backup', id);
  if (found === undefined) return 'gone';
  const { hold, removal } = found.record;
  if (hold !== undefined) return 'held';
  return removal === undefined ? 'kept' : 'marked';
};
const states = (ids: readonly string[]): Promise<string[]> => Promise.all(ids.map(stateOf));
const told = async (type: EventRecord['type']): Promise<EventRecord[]> => {
  const events: EventRecord[] = [];
  for await (const event of everyRecord(host, 'event')) if (event.type === type) events.push(event);
  return events;
};
const sweepDaily = async (n: number): Promise<void> => {
  for (let day = 0; day < n; day++) {
    await applyRetention(host);
    stepwise.pass(DAY);
  }
};

describe('retention', () => {
  test('marks first, tells once, and deletes after the days in which that can be taken back [C13]', async () => {
    const ids = await days(4);
    expect(await states(ids)).toEqual(['marked', 'marked', 'kept', 'kept']);
    expect((await told('retention.about-to-remove')).map(({ backupId }) => backupId)).toEqual(
      ids.slice(0, 2),
    );
    const marked = await stepwise.show(ids[0] ?? '');
    expect(marked).toMatchObject({
      state: 'SUCCESS',
      removal: { by: 'retention', byRetention: true, reason: 'removed: no rule keeps it' },
    });
    // The backup is still whole.
    expect(await readdir(stepwise.archives)).toContain(marked.fileName);
    // It was marked on the third day.
    await sweepDaily(5);
    expect(await states(ids)).toEqual(['marked', 'marked', 'kept', 'kept']);
    await sweepDaily(3);
    expect(await states(ids)).toEqual(['gone', 'gone', 'kept', 'kept']);
    expect(await readdir(stepwise.archives)).not.toContain(marked.fileName);
    expect(await told('retention.about-to-remove')).toHaveLength(2);
    expect(await told('retention.removed')).toHaveLength(2);
  });

  test('a backup that is undeleted is held, so that the rules do not take it again [C13]', async () => {
    const [first = '', second = ''] = await days(4);
    const taken = await undeleteBackup(host, principal, first);
    expect(taken.deleteAfter).toBeUndefined();
    expect(taken.hold?.reason).toBe('its deletion by retention was undone');
    await sweepDaily(10);
    expect(await states([first, second])).toEqual(['held', 'gone']);
    await releaseBackup(host, principal, first);
    await stepwise.backup({ label: 'nightly' });
    await applyRetention(host);
    expect(await stateOf(first)).toBe('marked');
  });

  test('a policy that keeps more, or is no more, takes the mark away [C13]', async () => {
    const ids = await days(4);
    host = configured({ retention: keepLast(3) });
    await applyRetention(host);
    expect(await states(ids)).toEqual(['marked', 'kept', 'kept', 'kept']);
    host = configured({ retention: configSchema.parse({}).retention });
    await applyRetention(host);
    expect(await states(ids)).toEqual(['kept', 'kept', 'kept', 'kept']);
  });

  test('nothing is marked, and nothing is deleted, while the newest is not verified [C13]', async () => {
    const ids = await days(4);
    const { id, ...rest } = await stepwise.backup({ label: 'nightly' });
    await host.catalog.commit([put('backup', { ...rest, id, state: 'FAILED', verifiedAt: null })]);
    await sweepDaily(12);
    expect(await states(ids)).toEqual(['kept', 'kept', 'kept', 'kept']);
  });

  test('deletes nothing while an operation runs, and goes on after it [C13]', async () => {
    const ids = await days(4);
    await sweepDaily(4);
    stepwise.pass(2 * DAY - HOUR);
    await stepwise.request({ label: 'other' });
    stepwise.pass(2 * HOUR);
    await applyRetention(host);
    expect(await states(ids)).toEqual(['marked', 'marked', 'kept', 'kept']);
  });

  test('a clock that leaps takes no time to undelete away [C13]', async () => {
    const ids = await days(4);
    stepwise.pass(400 * DAY);
    await applyRetention(host);
    expect(await states(ids)).toEqual(['marked', 'marked', 'kept', 'kept']);
    stepwise.pass(-400 * DAY);
    await applyRetention(host);
    stepwise.pass(HOUR);
    await applyRetention(host);
    expect(await states(ids)).toEqual(['marked', 'marked', 'kept', 'kept']);
    await sweepDaily(10);
    expect(await states(ids)).toEqual(['gone', 'gone', 'kept', 'kept']);
  });

  test('what a clock ahead has marked is marked anew, at the right date [C13]', async () => {
    const ids = await days(2);
    host = configured({ retention: keepLast(1) });
    stepwise.pass(400 * DAY);
    await applyRetention(host);
    const wrong = (await stepwise.show(ids[0] ?? '')).deleteAfter ?? '';
    stepwise.pass(-400 * DAY);
    await sweepDaily(3);
    const right = (await stepwise.show(ids[0] ?? '')).deleteAfter ?? '';
    expect(Date.parse(right)).toBeLessThan(Date.parse(wrong) - 300 * DAY);
  });

  test('a store that does not answer keeps nothing else from being done, and is tried again [C13]', async () => {
    const ids = await days(4);
    await sweepDaily(5);
    const [first] = ids;
    const broken: OperatingHost = {
      ...host,
      objects: instead(host.objects, 'remove', (key) =>
        key.includes(String(first))
          ? Promise.reject(new Error('the store is away'))
          : host.objects.remove(key),
      ),
    };
    stepwise.pass(3 * DAY - 2 * HOUR - 2 * DAY);
    await applyRetention(host);
    stepwise.pass(DAY);
    await expect(applyRetention(broken)).rejects.toThrow(/could not be applied to 1 backups/);
    expect(await states(ids)).toEqual(['marked', 'gone', 'kept', 'kept']);
    await applyRetention(host);
    expect(await states(ids)).toEqual(['gone', 'gone', 'kept', 'kept']);
  });

  test('looks at backups only when there is a reason to [C13]', async () => {
    await days(3);
    await applyRetention(host);
    let lists = 0;
    const counting: OperatingHost = {
      ...host,
      catalog: instead(host.catalog, 'list', (kind, options) => {
        if (kind === 'backup') lists += 1;
        return host.catalog.list(kind, options);
      }),
    };
    for (let minute = 0; minute < 30; minute++) {
      stepwise.pass(60_000);
      await applyRetention(counting);
    }
    expect(lists).toBe(0);
    stepwise.pass(DAY);
    await applyRetention(counting);
    expect(lists).toBeGreaterThan(0);
  });
});

describe('a plan', () => {
  test('says beforehand what rules would do, and changes nothing [C13]', async () => {
    const ids = await days(4);
    const query = { skip: 0, limit: 10, label: 'nightly' };
    const saved = await retentionPlan(host, principal, query);
    expect(saved).toMatchObject({ total: 4, kept: 2, removed: 2, policy: { keepLast: 2 }, timeZone: 'UTC' });
    expect(saved.resources[3]).toMatchObject({
      backupId: ids[0],
      keep: false,
      reasons: ['removed: no rule keeps it'],
      state: 'SUCCESS',
      deleteAfter: expect.any(String),
    });
    expect(saved.removedBytes).toBeGreaterThan(0);
    const other = await retentionPlan(host, principal, { ...query, limit: 1, policy: { keepDaily: 3 } });
    expect(other).toMatchObject({ total: 4, kept: 3, resources: [{ backupId: ids[3] }] });
    expect(await states(ids)).toEqual(['marked', 'marked', 'kept', 'kept']);
  });

  test('wants a policy, and a schedule or label that it is of [C13]', async () => {
    const ask = (query: object) => retentionPlan(host, principal, { skip: 0, limit: 10, ...query });
    await expect(ask({ label: 'other' })).rejects.toThrow(
      /has no retention policy, so all of its backups stay/,
    );
    const ofOneDomain = domainAdministrator('payments');
    await expect(
      retentionPlan(host, ofOneDomain, { skip: 0, limit: 10, label: 'nightly' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
    await expect(ask({ schedule: 'none' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(ask({ schedule: 'a', label: 'b' })).rejects.toMatchObject({ code: 'invalid_request' });
    // When only one schedule or label has a policy, the request need not name it.
    expect(await ask({})).toMatchObject({ policy: { keepLast: 2 } });
  });
});

describe('a backup that is held', () => {
  test('is deleted by nobody, and overwritten by nobody, until it is released [B12]', async () => {
    const { id, fileName } = await stepwise.backup({ fileName: 'kept.tar' });
    const held = await holdBackup(host, principal, id, 'the audit of 2026');
    expect(held.hold).toMatchObject({ reason: 'the audit of 2026', by: principal.name });
    const refusal = { code: 'backup_held', message: expect.stringContaining('the audit of 2026') };
    await expect(deleteBackup(host, id)).rejects.toMatchObject(refusal);
    await expect(deleteLater(host, principal, id, 'no more wanted')).rejects.toMatchObject(refusal);
    const overwrite = createBackupSchema.parse({ fileName, overwrite: true });
    await expect(requestBackup(host, principal, overwrite)).rejects.toMatchObject(refusal);
    await releaseBackup(host, principal, id);
    await deleteBackup(host, id);
    expect(await stateOf(id)).toBe('gone');
  });

  test('that is held while another is about to overwrite it stays, and the other fails [B12]', async () => {
    const { id, fileName } = await stepwise.backup({ fileName: 'kept.tar' });
    const other = await stepwise.request({ fileName, overwrite: true });
    await stepwise.run('verify');
    await holdBackup(host, principal, id, 'wanted');
    await expect(stepwise.run('complete')).rejects.toMatchObject({ code: 'backup_held' });
    expect((await stepwise.show(id)).replacedBy).toBeUndefined();
    expect(existsSync(`${stepwise.archives}/${fileName}`)).toBe(true);
    expect(other.id).not.toBe(id);
  });

  test('is held in the instant of an overwrite in time, or is told that it is too late [B12]', async () => {
    const { id, fileName } = await stepwise.backup({ fileName: 'kept.tar' });
    const { id: first } = await stepwise.request({ fileName, overwrite: true });
    await stepwise.run('verify');
    const late: OperatingHost = {
      ...host,
      objects: instead(host.objects, 'replaceInSteps', async () => {
        await finishDeletions(host, { all: true });
        await expect(holdBackup(host, principal, id, 'too late')).rejects.toMatchObject({ code: 'conflict' });
        throw new Error('a crash');
      }),
    };
    await expect(stepwise.run('complete', late)).rejects.toThrow('a crash');
    let isHeld = false;
    const early: OperatingHost = {
      ...host,
      catalog: instead(host.catalog, 'commit', async (changes, options) => {
        if (!isHeld && changes.some((one) => 'put' in one && one.put === 'deletion')) {
          isHeld = true;
          await host.catalog.commit([{ remove: 'deletion', id }]);
          await holdBackup(host, principal, id, 'in time');
        }
        return host.catalog.commit(changes, options);
      }),
    };
    await expect(stepwise.run('complete', early)).rejects.toMatchObject({ code: 'backup_held' });
    expect(isHeld).toBe(true);
    expect((await stepwise.show(id)).hold?.reason).toBe('in time');
    await releaseBackup(host, principal, id);
    await stepwise.run('complete');
    expect((await stepwise.show(id)).replacedBy).toBe(first);
    expect((await host.catalog.list('deletion')).total).toBe(0);
  });

  test('one that is being deleted cannot be held any more, and one that was held in time stays [B12]', async () => {
    const { id } = await stepwise.backup();
    const late: OperatingHost = {
      ...host,
      objects: instead(host.objects, 'remove', async () => {
        await expect(holdBackup(host, principal, id, 'too late')).rejects.toMatchObject({ code: 'conflict' });
        throw new Error('a crash');
      }),
    };
    await expect(deleteBackup(late, id)).rejects.toThrow('a crash');
    await finishDeletions(host, { all: true });
    expect(await stateOf(id)).toBe('kept');
    const early: OperatingHost = {
      ...host,
      catalog: instead(host.catalog, 'lock', async () => {
        await holdBackup(host, principal, id, 'in time');
        return host.catalog.lock();
      }),
    };
    await expect(deleteBackup(early, id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await stateOf(id)).toBe('held');
    expect(existsSync(`${stepwise.archives}/${id}.tar`)).toBe(true);
  });

  test('whose place locks it is deleted by nobody before the lock ends [B12]', async () => {
    const backup = await stepwise.backup();
    const lockedUntil = new Date(Date.now() + DAY).toISOString();
    await host.catalog.commit([put('backup', { ...backup, lockedUntil })]);
    await expect(deleteBackup(host, backup.id)).rejects.toMatchObject({ code: 'backup_held' });
    stepwise.pass(2 * DAY);
    await deleteBackup(host, backup.id);
  });
});

describe('a deletion by name that can be taken back', () => {
  test('goes without any policy, by the date that it was given [C13]', async () => {
    host = configured({});
    await applyRetention(host);
    const { id } = await stepwise.backup();
    const marked = await deleteLater(host, principal, id, 'made by mistake');
    expect(marked.removal).toMatchObject({ byRetention: false, reason: 'made by mistake' });
    // Marking it again keeps its date.
    stepwise.pass(HOUR);
    expect((await deleteLater(host, principal, id, 'again')).deleteAfter).toBe(marked.deleteAfter);
    await sweepDaily(7);
    expect(await stateOf(id)).toBe('marked');
    await sweepDaily(2);
    expect(await stateOf(id)).toBe('gone');
    await expect(undeleteBackup(host, principal, id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('of one that nobody wants to delete, or that is being made, is refused [C13]', async () => {
    const { id } = await stepwise.backup();
    await expect(undeleteBackup(host, principal, id)).rejects.toMatchObject({ code: 'conflict' });
    const running = await stepwise.request();
    await expect(deleteLater(host, principal, running.id, '')).rejects.toMatchObject({
      code: 'operation_running',
    });
  });
});
