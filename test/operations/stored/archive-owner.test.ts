import { copyFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { BackupRecord } from '../../../lib/model/records/backup.ts';
import { resealBackupSchema, verifyBackupSchema } from '../../../lib/model/requests/backups.ts';
import { createRestoreSchema } from '../../../lib/model/requests/restores.ts';
import { backupContents, downloadBackup } from '../../../lib/operations/backup/read-backups.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { requestReseal } from '../../../lib/operations/reseal/request-reseal.ts';
import { openArchiveForRestore } from '../../../lib/operations/restore/open-archive.ts';
import { requestRestore } from '../../../lib/operations/restore/request-restore.ts';
import { deleteBackup } from '../../../lib/operations/stored/delete-backup.ts';
import { requestVerify } from '../../../lib/operations/verify/request-verify.ts';
import { principal, StepwiseHost } from '../stepwise-host.ts';
import { verifyRequested } from '../verify/read-back.ts';

let here: StepwiseHost;
let host: OperatingHost;
let a: BackupRecord;
let b: BackupRecord;
beforeAll(async () => {
  here = await StepwiseHost.open();
  ({ host } = here);
  a = await here.backup({ fileName: 'a.tar' });
  await here.change('beta');
  b = await here.backup({ fileName: 'b.tar' });
});
afterAll(() => here.close());

const swap = async (): Promise<void> => {
  await rename(join(here.archives, 'a.tar'), join(here.archives, 'between'));
  await rename(join(here.archives, 'b.tar'), join(here.archives, 'a.tar'));
  await rename(join(here.archives, 'between'), join(here.archives, 'b.tar'));
};
const mismatch = () => ({
  code: 'archive_mismatch',
  message: expect.stringMatching(
    new RegExp(
      `"a\\.tar" in archives is not the archive of backup ${a.id}: it is that of backup ${b.id}\\..*Put`,
    ),
  ),
});
const restoreOfA = () =>
  requestRestore(
    host,
    principal,
    a.id,
    createRestoreSchema.parse({ targets: { files: join(here.folder, 'restored') } }),
  );
const verifyOfA = () => requestVerify(host, principal, a.id, verifyBackupSchema.parse({}));

describe('a sound archive under the name of another one [B8]', () => {
  test('is neither restored, verified, listed, sealed anew nor downloaded for it, and nothing begins', async () => {
    await swap();
    const keyId = (await host.catalog.list('key')).records[0]?.id;
    const refused: Record<string, () => Promise<unknown>> = {
      restore: restoreOfA,
      verify: verifyOfA,
      contents: () => backupContents(host, a.id, { skip: 0, limit: 10, principal }),
      reseal: () => requestReseal(host, principal, a.id, resealBackupSchema.parse({ keyId })),
      download: () => downloadBackup(host, a.id),
    };
    for (const ask of Object.values(refused)) await expect(ask()).rejects.toMatchObject(mismatch());
    expect((await host.catalog.lock()).holder).toBeUndefined();
    await swap();
    await expect(downloadBackup(host, a.id)).resolves.toMatchObject({ sha256: a.sha256 });
  });

  test.each([
    ['restore', restoreOfA, openArchiveForRestore],
    ['verification', verifyOfA, verifyRequested],
  ] as const)('that came there after a %s began fails it', async (_what, begin, step) => {
    await begin();
    await swap();
    const hold = await here.hold();
    await expect(step(here.context(), hold)).rejects.toMatchObject(mismatch());
    await endOperation(host, hold, { state: 'FAILED', error: new Error('as the workflow would') });
    await swap();
  });

  test('stays when the backup whose name it has is deleted [D5]', async () => {
    await rm(join(here.archives, 'a.tar'));
    await copyFile(join(here.archives, 'b.tar'), join(here.archives, 'a.tar'));
    await deleteBackup(host, a.id);
    await rename(join(here.archives, 'a.tar'), join(here.archives, 'b.tar'));
    await expect(downloadBackup(host, b.id)).resolves.toMatchObject({ sha256: b.sha256 });
  });
});
