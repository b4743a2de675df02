/**
 * A file in the store that was replaced by another archive of the same backup id, which the same key opens.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { generateSigningKey } from '../../../lib/archive/keys/signature.ts';
import type { BackupRecord } from '../../../lib/model/records/backup.ts';
import { resealBackupSchema, verifyBackupSchema } from '../../../lib/model/requests/backups.ts';
import { createRestoreSchema } from '../../../lib/model/requests/restores.ts';
import { backupContents, downloadBackup } from '../../../lib/operations/backup/read-backups.ts';
import { signerOf as ownSigner } from '../../../lib/operations/backup/seal-archive.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { createBackupKey } from '../../../lib/operations/keys/backup-keys.ts';
import { importVerifyKey } from '../../../lib/operations/keys/verify-keys.ts';
import { requestReseal } from '../../../lib/operations/reseal/request-reseal.ts';
import { completeReseal, resealArchive } from '../../../lib/operations/reseal/reseal-archive.ts';
import { completeRestore } from '../../../lib/operations/restore/complete-restore.ts';
import { restoreComponent } from '../../../lib/operations/restore/component/restore-component.ts';
import { openArchiveForRestore } from '../../../lib/operations/restore/open-archive.ts';
import { requestRestore } from '../../../lib/operations/restore/request-restore.ts';
import { deleteBackup } from '../../../lib/operations/stored/delete-backup.ts';
import { getRecord } from '../../../lib/operations/task/operation-record.ts';
import { requestVerify } from '../../../lib/operations/verify/request-verify.ts';
import { signedAnew } from '../../archive/crafted/signed-anew.ts';
import { signerOf } from '../../archive/samples/sample-archive.ts';
import { principal, StepwiseHost } from '../stepwise-host.ts';
import { verifyRequested, verifyResealed } from '../verify/read-back.ts';

let here: StepwiseHost;
let host: OperatingHost;
let backup: BackupRecord;
let sealed: Buffer;
const stranger = generateSigningKey();

beforeEach(async () => {
  here = await StepwiseHost.open();
  ({ host } = here);
  backup = await here.backup({ fileName: 'a.tar' });
  sealed = await readFile(file());
});
afterEach(() => here.close());

const file = (): string => join(here.archives, 'a.tar');
/** The same archive with the same manifest, signed by a stranger. */
const byStranger = async (): Promise<void> => writeFile(file(), await signedAnew(sealed, signerOf(stranger)));
/** An archive with another manifest, signed by us. */
const withOtherManifest = async (): Promise<void> =>
  writeFile(
    file(),
    await signedAnew(sealed, await ownSigner(host), { completedAt: '2126-01-01T00:00:00.000Z' }),
  );
const asItWas = (): Promise<void> => writeFile(file(), sealed);
const know = () =>
  importVerifyKey(host, principal, { installation: 'elsewhere', publicKey: stranger.verifyKey });

const byKnown = async (): Promise<void> => {
  await know();
  await byStranger();
};

const exchanged = (found: string = stranger.verifyKey) => ({
  code: 'archive_mismatch',
  message: expect.stringMatching(
    new RegExp(
      `"a\\.tar" in archives is not the archive that backup ${backup.id} has recorded: the file was exchanged.*Put.*found: .*${found.replaceAll('+', '\\+')}`,
    ),
  ),
});
const target = (): string => join(here.folder, 'restored');
const restore = (more: object = {}) =>
  requestRestore(
    host,
    principal,
    backup.id,
    createRestoreSchema.parse({ targets: { files: target() }, ...more }),
  );
const reseal = async (more: object = {}) => {
  const { id } = await createBackupKey(host, {
    scope: 'system',
    domain: 'root',
    isDefault: false,
    postQuantum: false,
    createdBy: 'test',
  });
  return requestReseal(host, principal, backup.id, resealBackupSchema.parse({ keyId: id, ...more }));
};
const verify = () => requestVerify(host, principal, backup.id, verifyBackupSchema.parse({}));
const free = async (): Promise<void> =>
  endOperation(host, await here.hold(), { state: 'FAILED', error: new Error('as the workflow would') });

const exchanges = [
  ['signed by somebody who is known here, too', byKnown],
  ['signed by somebody who is not', byStranger],
  ['of our own signature, with another manifest', withOtherManifest],
] as const;

describe.each(exchanges)('an exchanged file %s [B8]', (_what, exchange) => {
  const found = () => (exchange === withOtherManifest ? '[0-9a-f]{64}' : stranger.verifyKey);

  test('is neither restored, verified, listed, sealed anew nor downloaded, and nothing begins', async () => {
    await exchange();
    for (const ask of [
      () => restore(),
      () => verify(),
      () => reseal(),
      () => backupContents(host, backup.id, { skip: 0, limit: 10, principal }),
      () => downloadBackup(host, backup.id),
    ])
      await expect(ask()).rejects.toMatchObject(exchanged(found()));
    expect((await host.catalog.lock()).holder).toBeUndefined();
    await asItWas();
    await expect(downloadBackup(host, backup.id)).resolves.toMatchObject({ sha256: backup.sha256 });
  });

  test('is left alone when the backup is deleted', async () => {
    await exchange();
    await deleteBackup(host, backup.id);
    expect(existsSync(file())).toBe(true);
  });

  test('is found when a restore is planned, and when each component is restored', async () => {
    const { id } = await restore();
    const hold = await here.hold();
    await exchange();
    await expect(openArchiveForRestore(here.context(), hold)).rejects.toMatchObject(exchanged(found()));
    await asItWas();
    await openArchiveForRestore(here.context(), hold);
    await exchange();
    expect(await restoreComponent(here.context(), hold, { component: 'files', shard: 0 })).toEqual({
      done: true,
    });
    await completeRestore(here.context(), hold);
    expect(await getRecord(host, 'restore', id)).toMatchObject({
      state: 'FAILED',
      errorCode: 'archive_mismatch',
      shortError: expect.stringContaining('is not the archive that backup'),
      components: { files: { state: 'FAILED', errorCode: 'archive_mismatch' } },
    });
    expect(existsSync(target())).toBe(false);
  });

  test('is found when a verification reads it', async () => {
    await verify();
    await exchange();
    await expect(verifyRequested(here.context(), await here.hold())).rejects.toMatchObject(
      exchanged(found()),
    );
    await free();
  });

  test('never comes under our signature by a re-seal', async () => {
    await reseal();
    const hold = await here.hold();
    await exchange();
    const there = await readFile(file());
    await expect(resealArchive(here.context(), hold)).rejects.toMatchObject(exchanged(found()));
    await free();
    expect((await readFile(file())).equals(there)).toBe(true);
    expect(await here.show(backup.id)).toMatchObject({ encryption: backup.encryption });
  });

  test('is not taken for the re-sealed one, neither when that is read back nor at the end', async () => {
    const { id } = await reseal();
    const hold = await here.hold();
    await resealArchive(here.context(), hold);
    const resealed = await readFile(file());
    await exchange();
    await expect(verifyResealed(here.context(), hold)).rejects.toMatchObject(exchanged(found()));
    await writeFile(file(), resealed);
    await verifyResealed(here.context(), hold);
    await exchange();
    await expect(completeReseal(here.context(), hold)).rejects.toMatchObject({ code: 'archive_mismatch' });
    await free();
    expect((await getRecord(host, 'reseal', id)).state).toBe('FAILED');
    expect(await here.show(backup.id)).toMatchObject({ encryption: backup.encryption });
  });
});
