/** Backups that are also decrypted and unpacked before they become SUCCESS. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { findSchedule } from '../../../lib/operations/schedules/find-schedules.ts';
import { backupOf, runSchedule } from '../../../lib/operations/schedules/scheduled-backup.ts';
import { getRecord } from '../../../lib/operations/task/operation-record.ts';
import { put } from '../../../lib/ports/catalog/catalog.ts';
import { StepwiseHost } from '../stepwise-host.ts';

let here: StepwiseHost;
beforeEach(async () => {
  here = await StepwiseHost.open();
});
afterEach(() => here.close());

const otherKeyFor = async (id: string): Promise<string> => {
  const { vault } = here.host;
  const context = { purpose: 'operation-key', operationId: id } as const;
  const another = 'AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX';
  return Buffer.from(await vault.wrap(Buffer.from(another), context)).toString('base64');
};

describe('a deep verification of a new archive', () => {
  test.each([
    ['a backup key', {}],
    ['a passphrase', { passphrase: 'correct horse battery' }],
    ['the key service', { tiedToHsm: true }],
  ])('opens what it reads back, sealed under %s, and leaves no key behind', async (_, how) => {
    const backup = await here.backup({ ...how, verification: 'deep' });
    expect(backup).toMatchObject({
      state: 'SUCCESS',
      verification: 'deep',
      sha256: expect.stringMatching(/./),
    });
    expect(backup.verifiedAt).not.toBeNull();
    expect(await here.host.catalog.get('sealedKey', backup.id)).toBeUndefined();
  });

  test('is no SUCCESS where the archive does not open; a full one asks for no key', async () => {
    const run = async (verification: 'full' | 'deep') => {
      const { id } = await here.request({ verification });
      await here.run('seal');
      const record = await getRecord(here.host, 'sealedKey', id);
      expect(record.forReadBack === undefined).toBe(verification === 'full');
      await here.host.catalog.commit([put('sealedKey', { ...record, forReadBack: await otherKeyFor(id) })]);
      await here.run('complete');
      here.workflow.executions.set(id, 'SUCCEEDED');
      return here.show(id);
    };
    expect(await run('full')).toMatchObject({ state: 'SUCCESS' });
    expect((await here.show((await run('full')).id)).verification).toBeUndefined();
    await expect(run('deep')).rejects.toThrow();
  });

  test('reads an archive in several ranges, too', async () => {
    Object.assign(here.host, { verifyBytes: 1 });
    expect(await here.backup({ verification: 'deep' })).toMatchObject({ state: 'SUCCESS' });
  });
});

describe('the verification of a schedule', () => {
  test.each(['full', 'deep'] as const)('%s: its backups are read back so', async (verification) => {
    const nightly = { id: 'nightly', cron: '0 3 * * *', timeZone: 'UTC', waitMinutes: 0, enabled: true };
    Object.assign(here.host.config, { schedules: [{ ...nightly, verification }] });
    const begun = await runSchedule(here.host, { scheduleId: 'nightly', at: new Date() });
    if (typeof begun === 'string') throw new Error(begun);
    await here.run('complete');
    const backup = await here.show(begun.id);
    expect(backup).toMatchObject({ state: 'SUCCESS', scheduleId: 'nightly' });
    expect(backup.verification).toBe(verification === 'deep' ? 'deep' : undefined);
    const schedule = await findSchedule(here.host, 'nightly');
    // An earlier version had only this verification, so the request for such a run stays the same.
    if (verification === 'full' && schedule !== undefined)
      expect(backupOf(schedule)).not.toHaveProperty('verification');
  });
});
