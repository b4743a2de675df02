import { existsSync, readdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { BackupRecord } from '../../../lib/model/records/backup.ts';
import { createBackupSchema } from '../../../lib/model/requests/backups.ts';
import { backupLog } from '../../../lib/operations/backup/read-backups.ts';
import { cancelOperation } from '../../../lib/operations/engine/cancel-operation.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { deleteBackup } from '../../../lib/operations/stored/delete-backup.ts';
import { openBackupArchive } from '../../../lib/operations/stored/open-backup-archive.ts';
import { principal, StepwiseHost } from '../stepwise-host.ts';

let here: StepwiseHost;
let host: OperatingHost;
beforeEach(async () => {
  here = await StepwiseHost.open();
  ({ host } = here);
});
afterEach(() => here.close());

const logs = { includeLogs: true };
const read = (name: string): Promise<string> => readFile(join(here.archives, name), 'utf8');
const expectWhole = async (record: BackupRecord): Promise<void> => {
  expect((await openBackupArchive(host, record)).manifest.backupId).toBe(record.id);
};

describe('the log of a backup', () => {
  test('says in its first line whose it is, in the file and over the API [U7]', async () => {
    const { id } = await here.backup({ ...logs, fileName: 'x.tar' });
    const log = await backupLog(host, id);
    expect(log).toMatch(new RegExp(`^# Log of ${id}, kept by Holdfast\n`));
    expect(await read('x.tar.log')).toBe(log);
  });

  test.each(['same.tar', 'SAME.TAR'])(
    'may not be called %s when the archive is called same.tar: that is refused before any work [U7] [B3]',
    (logFileName) => {
      const { success, error } = createBackupSchema.safeParse({ ...logs, fileName: 'same.tar', logFileName });
      expect(success).toBe(false);
      expect(error?.issues[0]?.message).toContain('is the same as fileName, the name of the archive');
    },
  );

  test("never takes the place of another backup's archive, though the backup may overwrite [U5] [U7]", async () => {
    const keep = await here.backup({ fileName: 'keep.tar' });
    await expect(
      here.request({ ...logs, overwrite: true, fileName: 'other.tar', logFileName: 'keep.tar' }),
    ).rejects.toMatchObject({ code: 'file_exists', message: expect.stringContaining('is not a log') });
    await expectWhole(keep);
    expect((await host.catalog.lock()).holder).toBeUndefined();
  });

  test("never takes the place of another backup's log [U7]", async () => {
    const keep = await here.backup({ ...logs, fileName: 'keep.tar', logFileName: 'run.log' });
    const before = await read('run.log');
    for (const overwrite of [false, true])
      await expect(
        here.request({ ...logs, overwrite, fileName: 'other.tar', logFileName: 'run.log' }),
      ).rejects.toMatchObject({
        code: 'file_exists',
        message: expect.stringContaining(`the log of ${keep.id}`),
      });
    expect(await read('run.log')).toBe(before);
  });

  test('is kept under a name of its own when its name was taken meanwhile, and the record says so [U7]', async () => {
    const { id } = await here.request({ ...logs, fileName: 'x.tar' });
    await here.run('verify');
    await writeFile(join(here.archives, 'x.tar.log'), 'of somebody else');
    await here.run('complete');
    expect(await here.show(id)).toMatchObject({ state: 'SUCCESS', logFileName: `${id}.log` });
    expect(await read('x.tar.log')).toBe('of somebody else');
    expect(await backupLog(host, id)).toContain('archive sealed');
    await deleteBackup(host, id);
    expect(readdirSync(here.archives)).toEqual(['x.tar.log']);
  });

  test('goes with the archive when a backup of the same names overwrites both [U5] [U7]', async () => {
    const first = await here.backup({ ...logs, fileName: 'x.tar' });
    const second = await here.backup({ ...logs, fileName: 'x.tar', overwrite: true });
    expect(second).toMatchObject({ state: 'SUCCESS', logFileName: 'x.tar.log' });
    expect(await backupLog(host, second.id)).toContain(second.id);
    await expect(backupLog(host, first.id)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(`is the log of ${second.id} now`),
    });
  });

  test('of a backup that came to nothing leaves the log of the one it was to overwrite [U7] [B9]', async () => {
    const first = await here.backup({ ...logs, fileName: 'x.tar' });
    const { id } = await here.request({ ...logs, fileName: 'x.tar', overwrite: true });
    await here.run('verify');
    await cancelOperation(host, principal, id);
    expect(await backupLog(host, first.id)).toContain(first.id);
    expect(await here.show(id)).toMatchObject({ state: 'CANCELLED', logFileName: `${id}.log` });
    expect(await backupLog(host, id)).toContain('archive sealed');
  });
});

describe('deleting a backup [D5]', () => {
  test('leaves the archive that another one was asked to write over its log', async () => {
    const first = await here.backup({ ...logs, fileName: 'x.tar' });
    const second = await here.backup({ fileName: 'x.tar.log', overwrite: true });
    await expect(backupLog(host, first.id)).rejects.toMatchObject({ code: 'not_found' });
    await deleteBackup(host, first.id);
    expect(readdirSync(here.archives)).toEqual(['x.tar.log']);
    await expectWhole(second);
  });

  test('leaves the log that another one has put under the same name meanwhile', async () => {
    const first = await here.backup({ ...logs, fileName: 'c.tar', logFileName: 'run.log' });
    await rm(join(here.archives, 'run.log'));
    const second = await here.backup({ ...logs, fileName: 'd.tar', logFileName: 'run.log' });
    await deleteBackup(host, first.id);
    expect(await backupLog(host, second.id)).toContain(second.id);
    await deleteBackup(host, second.id);
    expect(existsSync(join(here.archives, 'run.log'))).toBe(false);
  });

  test('that failed leaves the file that kept it from its name', async () => {
    const { id } = await here.request({ fileName: 'x.tar' });
    await writeFile(join(here.archives, 'x.tar'), 'of somebody else');
    await expect(here.run('seal')).rejects.toMatchObject({ code: 'file_exists' });
    await cancelOperation(host, principal, id);
    await deleteBackup(host, id);
    expect(await read('x.tar')).toBe('of somebody else');
  });
});
