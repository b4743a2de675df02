import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HoldfastError } from '../../../lib/model/errors.ts';
import type { BackupRecord } from '../../../lib/model/records/backup.ts';
import { verifyBackupSchema } from '../../../lib/model/requests/backups.ts';
import { createRestoreSchema } from '../../../lib/model/requests/restores.ts';
import { backupContents, downloadBackup } from '../../../lib/operations/backup/read-backups.ts';
import { cancelOperation } from '../../../lib/operations/engine/cancel-operation.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import { freeAbandonedLock } from '../../../lib/operations/engine/free-abandoned-lock.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { requestRestore } from '../../../lib/operations/restore/request-restore.ts';
import { deleteBackup } from '../../../lib/operations/stored/delete-backup.ts';
import { openBackupArchive } from '../../../lib/operations/stored/open-backup-archive.ts';
import { requestVerify } from '../../../lib/operations/verify/request-verify.ts';
import { backupSteps, instead, principal, StepwiseHost } from '../stepwise-host.ts';

const request = { fileName: 'o.tar' };
const again = { ...request, overwrite: true };

let here: StepwiseHost;
let host: OperatingHost;
let first: BackupRecord;
let before: Buffer;
beforeEach(async () => {
  here = await StepwiseHost.open();
  ({ host } = here);
  first = await here.backup(request);
  before = await file();
  await here.change('beta');
});
afterEach(() => here.close());

const file = (): Promise<Buffer> => readFile(join(here.archives, 'o.tar'));
const ownerOf = async (record: BackupRecord): Promise<string> =>
  (await openBackupArchive(host, record)).manifest.backupId;

const expectFirstUntouched = async (): Promise<void> => {
  expect((await file()).equals(before)).toBe(true);
  expect(readdirSync(here.archives)).toEqual(['o.tar']);
  expect(await here.show(first.id)).toEqual(first);
  expect((await host.catalog.lock()).holder).toBeUndefined();
};

describe('an archive that is to be overwritten', () => {
  test('stands untouched under its name until the new one is verified, and is then replaced at once [U5]', async () => {
    const { id } = await here.request(again);
    await here.run('verify');
    expect((await file()).equals(before)).toBe(true);
    expect(await ownerOf(first)).toBe(first.id);
    await here.run('complete');
    const second = await here.show(id);
    expect(second).toMatchObject({ state: 'SUCCESS', fileName: 'o.tar' });
    expect(await ownerOf(second)).toBe(id);
    expect(readdirSync(here.archives)).toEqual(['o.tar']);
  });

  test.each(backupSteps.slice(0, -1))(
    'is there, and nothing else, when the new backup fails after its step %s [U5] [B1]',
    async (step) => {
      const { id } = await here.request(again);
      await here.run(step);
      await endOperation(host, await here.hold(), {
        state: 'FAILED',
        error: new HoldfastError('interrupted', 'interrupted by the test'),
      });
      expect(await here.show(id)).toMatchObject({ state: 'FAILED', archiveBytes: 0 });
      await expectFirstUntouched();
    },
  );

  test.each(backupSteps.slice(0, -1))(
    'is there, and nothing else, when the new backup is cancelled after its step %s [B9] [U5]',
    async (step) => {
      const { id } = await here.request(again);
      await here.run(step);
      await cancelOperation(host, principal, id);
      expect(await here.show(id)).toMatchObject({ state: 'CANCELLED', archiveBytes: 0 });
      await expectFirstUntouched();
    },
  );

  test('is there when the new archive cannot be put in its place', async () => {
    const { id } = await here.request(again);
    await here.run('verify');
    const objects = instead(host.objects, 'replaceInSteps', () =>
      Promise.reject(new HoldfastError('place_unwritable', 'no more')),
    );
    await expect(here.run('complete', { ...host, objects })).rejects.toMatchObject({
      code: 'place_unwritable',
    });
    await freeAbandonedLock(host, { because: 'the test says so' });
    expect(await here.show(id)).toMatchObject({ state: 'FAILED' });
    await expectFirstUntouched();
  });
});

describe('a crash between the moment an archive takes the place of another and the record that says so', () => {
  let second: BackupRecord;
  beforeEach(async () => {
    second = await here.request(again);
    await here.run('verify');
    const { catalog } = host;
    const stopping = instead(catalog, 'commit', async (changes, options) => {
      if (options?.release === true) throw new Error('the machine stops here');
      return catalog.commit(changes, options);
    });
    await expect(here.run('complete', { ...host, catalog: stopping })).rejects.toThrow(
      'the machine stops here',
    );
    expect((await here.show(second.id)).state).toBe('IN_PROGRESS');
  });

  const expectSecondInstead = async (): Promise<void> => {
    expect(await here.show(second.id)).toMatchObject({ state: 'SUCCESS', shortError: '' });
    expect(await ownerOf(second)).toBe(second.id);
    expect(await here.show(first.id)).toEqual({ ...first, replacedBy: second.id });
    expect(readdirSync(here.archives)).toEqual(['o.tar']);
    expect((await host.catalog.lock()).holder).toBeUndefined();
  };

  test('ends as the verified backup that it is [B1] [B3]', async () => {
    await freeAbandonedLock(host, { because: 'the server stopped while it ran' });
    await expectSecondInstead();
  });

  test('is not cancelled any more [B9]', async () => {
    await cancelOperation(host, principal, second.id);
    expect((await here.show(second.id)).state).toBe('IN_PROGRESS');
    here.workflow.executions.set(second.id, 'FAILED');
    await cancelOperation(host, principal, second.id);
    await expectSecondInstead();
  });
});

describe('a backup whose archive was overwritten', () => {
  let second: BackupRecord;
  beforeEach(async () => {
    second = await here.backup(again);
  });

  test('says by which one, and is neither restored, verified, listed nor downloaded as if it were there [U5] [B3]', async () => {
    expect((await here.show(first.id)).replacedBy).toBe(second.id);
    const refused = {
      code: 'not_ready',
      message: expect.stringContaining(`backup ${second.id} has overwritten`),
    };
    await expect(
      requestRestore(host, principal, first.id, createRestoreSchema.parse({})),
    ).rejects.toMatchObject(refused);
    await expect(
      requestVerify(host, principal, first.id, verifyBackupSchema.parse({})),
    ).rejects.toMatchObject(refused);
    await expect(backupContents(host, first.id, { skip: 0, limit: 10, principal })).rejects.toMatchObject(
      refused,
    );
    await expect(downloadBackup(host, first.id)).rejects.toMatchObject(refused);
    expect((await host.catalog.lock()).holder).toBeUndefined();
  });

  test('is deleted without the archive that took its place; that one is deleted with its own [D5]', async () => {
    await deleteBackup(host, first.id);
    expect(await ownerOf(second)).toBe(second.id);
    await deleteBackup(host, second.id);
    expect(readdirSync(here.archives)).toEqual([]);
  });

  test('is not named again by the next one', async () => {
    const third = await here.backup(again);
    expect((await here.show(first.id)).replacedBy).toBe(second.id);
    expect((await here.show(second.id)).replacedBy).toBe(third.id);
  });

  test('cannot be deleted while another backup is about to overwrite its file', async () => {
    await here.request(again);
    await expect(deleteBackup(host, second.id)).rejects.toMatchObject({ code: 'operation_running' });
  });
});
