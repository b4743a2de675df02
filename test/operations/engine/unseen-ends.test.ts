/** Ends of operations that could not check what the store holds, or that find something else there. */
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { generateSigningKey } from '../../../lib/archive/keys/signature.ts';
import { HoldfastError } from '../../../lib/model/errors.ts';
import type { BackupRecord } from '../../../lib/model/records/backup.ts';
import { resealBackupSchema, verifyBackupSchema } from '../../../lib/model/requests/backups.ts';
import { createRestoreSchema } from '../../../lib/model/requests/restores.ts';
import { completeBackup } from '../../../lib/operations/backup/complete-backup.ts';
import { backupContents, downloadBackup } from '../../../lib/operations/backup/read-backups.ts';
import { sealArchive } from '../../../lib/operations/backup/seal-archive.ts';
import { completeOperation } from '../../../lib/operations/engine/complete-operation.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { createBackupKey } from '../../../lib/operations/keys/backup-keys.ts';
import { requestReseal } from '../../../lib/operations/reseal/request-reseal.ts';
import { resealArchive } from '../../../lib/operations/reseal/reseal-archive.ts';
import { requestRestore } from '../../../lib/operations/restore/request-restore.ts';
import { deleteBackup } from '../../../lib/operations/stored/delete-backup.ts';
import { getRecord } from '../../../lib/operations/task/operation-record.ts';
import { importArchive } from '../../../lib/operations/transfer/import-archive.ts';
import { requestImport } from '../../../lib/operations/transfer/request-import.ts';
import { requestVerify } from '../../../lib/operations/verify/request-verify.ts';
import { completeVerify } from '../../../lib/operations/verify/verify-backup.ts';
import type { ObjectStore } from '../../../lib/ports/object-store.ts';
import { signedAnew } from '../../archive/crafted/signed-anew.ts';
import { makeSampleArchive, signerOf } from '../../archive/samples/sample-archive.ts';
import { instead, principal, StepwiseHost } from '../stepwise-host.ts';
import { staged } from '../stored/imported.ts';
import { verifyRequested, verifySealed, verifyUploaded } from '../verify/read-back.ts';

let here: StepwiseHost;
let host: OperatingHost;
beforeEach(async () => {
  here = await StepwiseHost.open();
  ({ host } = here);
});
afterEach(() => here.close());

const failed = { state: 'FAILED', error: new HoldfastError('interrupted', 'interrupted: a test') } as const;
const ended = async (): Promise<void> => {
  const hold = await here.hold();
  await endOperation(host, hold, failed);
  here.workflow.executions.set(hold.operationId, 'FAILED');
};
const withStore = (store: ObjectStore): OperatingHost => ({ ...host, objects: store });

describe('a re-seal', () => {
  let backup: BackupRecord;
  let keyId: string;
  const file = (): string => join(here.archives, 'a.tar');
  beforeEach(async () => {
    backup = await here.backup({ fileName: 'a.tar' });
    const key = {
      scope: 'system',
      domain: 'root',
      isDefault: false,
      postQuantum: false,
      createdBy: 'test',
    } as const;
    keyId = (await createBackupKey(host, key)).id;
    await requestReseal(host, principal, backup.id, resealBackupSchema.parse({ keyId }));
  });
  const contents = () => backupContents(host, backup.id, { skip: 0, limit: 10, principal });

  test('that runs still leaves its archive readable, and not downloadable before it is verified [B10]', async () => {
    await resealArchive(here.context(), await here.hold());
    expect((await contents()).total).toBe(backup.entries);
    await expect(downloadBackup(host, backup.id)).rejects.toMatchObject({ code: 'not_ready' });
    // The record changes only when the re-seal ends.
    expect((await here.show(backup.id)).manifestSha256).toBe(backup.manifestSha256);
    await ended();
    expect(await here.show(backup.id)).toMatchObject({ encryption: { mode: 'key', keyId }, sha256: '' });
  });

  test('whose end could not look is found by whoever opens the archive next [B1] [B10]', async () => {
    await resealArchive(here.context(), await here.hold());
    const resealed = await readFile(file());
    // Simulates a new archive that appears just after the end has checked the store.
    await writeFile(file(), 'nothing yet');
    await ended();
    await writeFile(file(), resealed);
    expect(await here.show(backup.id)).toMatchObject({ encryption: backup.encryption });
    await expect(downloadBackup(host, backup.id)).rejects.toMatchObject({ code: 'not_ready' });
    await requestVerify(host, principal, backup.id, verifyBackupSchema.parse({}));
    const hold = await here.hold();
    await verifyRequested(here.context(), hold);
    await completeVerify(here.context(), hold);
    const now = await here.show(backup.id);
    expect(now).toMatchObject({ encryption: { mode: 'key', keyId }, archiveBytes: resealed.length });
    await expect(downloadBackup(host, backup.id)).resolves.toMatchObject({ sha256: now.sha256 });
    await deleteBackup(host, backup.id);
    expect(existsSync(file())).toBe(false);
  });

  test('does not end before the store has told what stands there', async () => {
    const hold = await here.hold();
    await resealArchive(here.context(), hold);
    const silent = withStore(
      instead(host.objects, 'read', async () => {
        throw new HoldfastError('unavailable', 'the store does not answer');
      }),
    );
    await expect(endOperation(silent, hold, failed)).rejects.toMatchObject({ code: 'unavailable' });
    expect((await host.catalog.lock()).holder?.id).toBe(hold.operationId);
    await ended();
    expect(await here.show(backup.id)).toMatchObject({ encryption: { mode: 'key', keyId } });
  });
});

describe('an import [B8] [C11]', () => {
  const archives = async () => {
    const sample = await makeSampleArchive({ passphrase: 'befit-brakeman-footstep-unclasp' });
    const other = await signedAnew(sample.bytes, signerOf(generateSigningKey()));
    return { sample, other, file: join(here.archives, `${sample.head.backupId}.tar`) };
  };

  test('of parts that were exchanged after it was asked for is refused', async () => {
    const { sample, other } = await archives();
    expect(other.length).toBe(sample.bytes.length);
    const uploadId = await staged(host, sample.bytes);
    const record = await requestImport(host, principal, uploadId);
    const swapped = withStore(
      instead(
        host.objects,
        'readPiece',
        async (_id, _piece, { offset, length } = { offset: 0, length: other.length }) =>
          other.subarray(offset, offset + length),
      ),
    );
    await expect(verifyUploaded(here.context(swapped), await here.hold())).rejects.toMatchObject({
      code: 'archive_mismatch',
      message: expect.stringContaining('has changed since its import was requested'),
    });
    await ended();
    expect((await getRecord(host, 'import', record.id)).state).toBe('FAILED');
    expect(await host.catalog.get('backup', sample.head.backupId)).toBeUndefined();
  });

  test('whose file was exchanged before its end lists nothing, and says so', async () => {
    const { sample, other, file } = await archives();
    const uploadId = await staged(host, sample.bytes);
    const record = await requestImport(host, principal, uploadId);
    const hold = await here.hold();
    await verifyUploaded(here.context(), hold);
    await importArchive(here.context(), hold);
    await writeFile(file, other);
    await expect(completeOperation(here.context(), hold)).rejects.toMatchObject({ code: 'archive_mismatch' });
    await ended();
    expect(await getRecord(host, 'import', record.id)).toMatchObject({ state: 'FAILED' });
    expect(await host.catalog.get('backup', sample.head.backupId)).toBeUndefined();
    // The file held the bytes that were sent, so nothing is left to continue with.
    expect(await host.catalog.get('upload', uploadId)).toBeUndefined();
    expect((await readFile(file)).equals(other)).toBe(true);
  });

  test('that is cancelled removes its own file, and no other', async () => {
    const { sample, other, file } = await archives();
    await requestImport(host, principal, await staged(host, sample.bytes));
    await verifyUploaded(here.context(), await here.hold());
    await importArchive(here.context(), await here.hold());
    await writeFile(file, other);
    await endOperation(host, await here.hold(), { state: 'CANCELLED' });
    expect(existsSync(file)).toBe(true);
  });
});

describe('a backup', () => {
  test('that is sealed twice records the archive that stands there [B1]', async () => {
    await here.request({ fileName: 'a.tar' });
    await here.run('capture');
    const hold = await here.hold();
    let composed = 0;
    // The first attempt's answer is lost, and so is the record of it.
    const store = instead(host.objects, 'composeInSteps', async (...args) => {
      await host.objects.composeInSteps(...args);
      composed += 1;
      throw new HoldfastError('unavailable', 'the answer is lost');
    });
    await expect(sealArchive(here.context(withStore(store)), hold)).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(composed).toBe(1);
    here.pass(1000);
    const taken = withStore(
      instead(host.objects, 'composeInSteps', async () => {
        throw new HoldfastError('file_exists', 'it is there already');
      }),
    );
    await sealArchive(here.context(taken), hold);
    await verifySealed(here.context(), hold);
    await completeBackup(here.context(), hold);
    const record = await here.show(hold.operationId);
    expect(record).toMatchObject({
      state: 'SUCCESS',
      archiveBytes: (await readFile(join(here.archives, 'a.tar'))).length,
    });
    const restore = createRestoreSchema.parse({ targets: { files: join(here.folder, 'restored') } });
    expect(await requestRestore(host, principal, record.id, restore)).toMatchObject({ trusted: false });
  });

  test.each([
    ['its own name', {}],
    ['the name of another, which it was to replace', { overwrite: true }],
  ])(
    'whose archive was exchanged after it was verified, under %s, is no SUCCESS [B8]',
    async (_where, more) => {
      const before = await here.backup({ fileName: 'a.tar' });
      const { id } = await here.request({ fileName: 'overwrite' in more ? 'a.tar' : 'b.tar', ...more });
      await here.run('verify');
      const file = join(here.archives, 'overwrite' in more ? `${id}.tar` : 'b.tar');
      const own = await readFile(file);
      const other = await signedAnew(own, signerOf(generateSigningKey()));
      await writeFile(file, other);
      await expect(here.run('complete')).rejects.toMatchObject({ code: 'archive_mismatch' });
      await rm(file);
      await expect(here.run('complete')).rejects.toMatchObject({ code: 'not_found' });
      await writeFile(file, other);
      await ended();
      expect(await here.show(id)).toMatchObject({ state: 'FAILED' });
      await expect(downloadBackup(host, before.id)).resolves.toMatchObject({ sha256: before.sha256 });
    },
  );

  test('does not take a stranger’s file that has its id for its own archive [B8]', async () => {
    await here.request({ fileName: 'a.tar' });
    await here.run('verify');
    const hold = await here.hold();
    const file = join(here.archives, 'a.tar');
    const other = await signedAnew(await readFile(file), signerOf(generateSigningKey()));
    await writeFile(file, other);
    const taken = withStore(
      instead(host.objects, 'composeInSteps', async () => {
        throw new HoldfastError('file_exists', 'it is there already');
      }),
    );
    await expect(sealArchive(here.context(taken), hold)).rejects.toMatchObject({ code: 'file_exists' });
    await ended();
    expect((await readFile(file)).equals(other)).toBe(true);
  });
});
