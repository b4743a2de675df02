/** Trust in an unknown signer: for one archive, by its signer and manifest, and for one operation only. */
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { generateSigningKey } from '../../../lib/archive/keys/signature.ts';
import type { BackupRecord } from '../../../lib/model/records/backup.ts';
import type { ArchiveSeal } from '../../../lib/model/records/seal.ts';
import { resealBackupSchema, verifyBackupSchema } from '../../../lib/model/requests/backups.ts';
import { createRestoreSchema } from '../../../lib/model/requests/restores.ts';
import { backupContents } from '../../../lib/operations/backup/read-backups.ts';
import { endOperation } from '../../../lib/operations/engine/end-operation.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { requestReseal } from '../../../lib/operations/reseal/request-reseal.ts';
import { completeReseal, resealArchive } from '../../../lib/operations/reseal/reseal-archive.ts';
import { completeRestore } from '../../../lib/operations/restore/complete-restore.ts';
import { restoreComponent } from '../../../lib/operations/restore/component/restore-component.ts';
import { openArchiveForRestore } from '../../../lib/operations/restore/open-archive.ts';
import { requestRestore } from '../../../lib/operations/restore/request-restore.ts';
import { changeRecord, getRecord } from '../../../lib/operations/task/operation-record.ts';
import { requestVerify } from '../../../lib/operations/verify/request-verify.ts';
import { completeVerify } from '../../../lib/operations/verify/verify-backup.ts';
import { signedAnew } from '../../archive/crafted/signed-anew.ts';
import { makeSampleArchive, type SampleArchive, signerOf } from '../../archive/samples/sample-archive.ts';
import { principal, StepwiseHost } from '../stepwise-host.ts';
import { verifyRequested, verifyResealed, verifyTrusted } from '../verify/read-back.ts';
import { imported } from './imported.ts';

const passphrase = 'befit-brakeman-footstep-unclasp';
let here: StepwiseHost;
let host: OperatingHost;
let sample: SampleArchive;
let backup: BackupRecord;
let seal: ArchiveSeal;

beforeEach(async () => {
  here = await StepwiseHost.open();
  ({ host } = here);
  sample = await makeSampleArchive({
    passphrase,
    components: { notes: { segments: [Buffer.alloc(1024)], contents: [[]] } },
    head: { backupId: `nightly-${randomUUID()}` },
  });
  await imported(here, sample.bytes);
  backup = await here.show(sample.head.backupId);
  seal = { verifyKey: sample.signing.verifyKey, manifestSha256: backup.manifestSha256 ?? '' };
});
afterEach(() => here.close());

const file = (): string => join(here.archives, backup.fileName);
const restore = (more: object = {}) =>
  requestRestore(
    host,
    principal,
    backup.id,
    createRestoreSchema.parse({ targets: { notes: join(here.folder, 'restored') }, passphrase, ...more }),
  );
const reseal = (more: object = {}) =>
  requestReseal(host, principal, backup.id, resealBackupSchema.parse({ passphrase, ...more }));
const free = async (): Promise<void> =>
  endOperation(host, await here.hold(), { state: 'FAILED', error: new Error('as the workflow would') });

describe('the record of an imported archive [B8]', () => {
  test('keeps who signed it, and what', () => {
    expect(backup).toMatchObject({ signedBy: seal.verifyKey, importedFrom: 'acme' });
    expect(seal.manifestSha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test('is what a refusal shows, with the word that would trust it', async () => {
    await expect(restore()).rejects.toMatchObject({
      code: 'archive_signer_unknown',
      message: expect.stringContaining(`--trust ${seal.verifyKey}:${seal.manifestSha256}`),
      details: { ...seal, installation: 'acme' },
    });
  });
});

describe('trust that is given [B8]', () => {
  test('as a boolean is refused, with what is to be given', () => {
    for (const schema of [createRestoreSchema, resealBackupSchema])
      for (const trust of [true, false, 'yes', null, {}]) {
        const { success, error } = schema.safeParse({ trust });
        expect(success).toBe(false);
        const told = error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
        expect(told).toMatch(
          typeof trust === 'object' && trust !== null
            ? /trust\.verifyKey.*trust\.manifestSha256/
            : /names one signer and one archive: \{"verifyKey"/,
        );
      }
    expect(createRestoreSchema.safeParse({ trust: { ...seal, more: 1 } }).success).toBe(false);
  });

  test.each([
    ['signer', () => ({ ...seal, verifyKey: generateSigningKey().verifyKey })],
    ['manifest', () => ({ ...seal, manifestSha256: 'd'.repeat(64) })],
  ])('to another %s is refused, and nothing begins', async (_what, given) => {
    for (const ask of [restore, reseal])
      await expect(ask({ trust: given() })).rejects.toMatchObject({
        code: 'archive_mismatch',
        message: expect.stringMatching(/trust in this request is not for the archive .*holdfast backup show/),
      });
    expect((await host.catalog.lock()).holder).toBeUndefined();
  });

  test('is kept with the restore, by whom and when, and covers no later one', async () => {
    const record = await restore({ trust: seal });
    const hold = await here.hold();
    await openArchiveForRestore(here.context(), hold);
    expect(await restoreComponent(here.context(), hold, { component: 'notes', shard: 0 })).toEqual({
      done: true,
    });
    await completeRestore(here.context(), hold);
    expect(await getRecord(host, 'restore', record.id)).toMatchObject({
      state: 'SUCCESS',
      errorCode: null,
      trusted: true,
      trustedSigner: { ...seal, by: principal.name, at: expect.any(String) },
    });
    const [event] = (await host.catalog.list('event')).records.slice(-1);
    expect(event?.summary).toContain(`signer: ${seal.verifyKey}`);
    expect(event?.summary).toContain(seal.manifestSha256);
    here.workflow.executions.set(record.id, 'SUCCEEDED');
    await expect(restore()).rejects.toMatchObject({ code: 'archive_signer_unknown' });
    await expect(
      backupContents(host, backup.id, { skip: 0, limit: 1, passphrase, principal }),
    ).rejects.toMatchObject({ code: 'archive_signer_unknown' });
  });

  test('covers no file that comes in its place, neither for what it was asked nor of the same signer', async () => {
    const others = [
      await signedAnew(sample.bytes, signerOf(generateSigningKey())),
      await signedAnew(sample.bytes, signerOf(sample.signing), { completedAt: '2126-01-01T00:00:00Z' }),
    ];
    for (const other of others) {
      await writeFile(file(), other);
      await expect(restore({ trust: seal })).rejects.toMatchObject({ code: 'archive_mismatch' });
      await writeFile(file(), sample.bytes);
      await restore({ trust: seal });
      const hold = await here.hold();
      await openArchiveForRestore(here.context(), hold);
      await writeFile(file(), other);
      await restoreComponent(here.context(), hold, { component: 'notes', shard: 0 });
      await completeRestore(here.context(), hold);
      const { records } = await host.catalog.list('restore', { descending: true, limit: 1 });
      expect(records[0]).toMatchObject({ state: 'FAILED', errorCode: 'archive_mismatch' });
      await writeFile(file(), sample.bytes);
      await reseal({ trust: seal });
      await writeFile(file(), other);
      await expect(resealArchive(here.context(), await here.hold())).rejects.toMatchObject({
        code: 'archive_mismatch',
      });
      await free();
      expect((await readFile(file())).equals(other)).toBe(true);
      await writeFile(file(), sample.bytes);
    }
  });

  test('to a file that was exchanged is refused, though it names what is there', async () => {
    const stranger = generateSigningKey();
    await writeFile(file(), await signedAnew(sample.bytes, signerOf(stranger)));
    for (const ask of [restore, reseal])
      await expect(ask({ trust: { ...seal, verifyKey: stranger.verifyKey } })).rejects.toMatchObject({
        code: 'archive_mismatch',
        message: expect.stringContaining('is not the archive that backup'),
      });
  });

  test('is refused at the next step once the archive’s key is no longer trusted', async () => {
    await host.catalog.commit([
      {
        put: 'verifyKey',
        record: {
          id: 'e'.repeat(64),
          installation: 'acme',
          publicKey: seal.verifyKey,
          own: false,
          addedAt: backup.createdAt,
          addedBy: 'test',
        },
      },
    ]);
    await restore();
    await host.catalog.commit([{ remove: 'verifyKey', id: 'e'.repeat(64) }]);
    await expect(openArchiveForRestore(here.context(), await here.hold())).rejects.toMatchObject({
      code: 'archive_signer_unknown',
    });
    await free();
  });

  test('is kept with the backup once that is sealed anew', async () => {
    await reseal({ trust: seal });
    const hold = await here.hold();
    // The re-seal must not happen before the whole archive was read.
    await expect(resealArchive(here.context(), hold)).rejects.toMatchObject({ code: 'internal' });
    await verifyTrusted(here.context(), hold);
    await resealArchive(here.context(), hold);
    // When the step repeats, it finds the archive that it has already written.
    await resealArchive(here.context(), hold);
    await verifyResealed(here.context(), hold);
    await completeReseal(here.context(), hold);
    const after = await here.show(backup.id);
    expect(after).toMatchObject({ signedBy: null, trustedSigner: { ...seal, by: principal.name } });
    expect(after.manifestSha256).not.toBe(seal.manifestSha256);
    // The record no longer describes the former archive.
    const now = await readFile(file());
    await writeFile(file(), sample.bytes);
    await expect(restore({ passphrase: undefined })).rejects.toMatchObject({ code: 'archive_mismatch' });
    await writeFile(file(), now);
    expect((await restore({ passphrase: undefined })).trusted).toBe(false);
    await free();
  });
});

describe('the record of an earlier version, which does not say what was signed [B8]', () => {
  const asBefore = async (): Promise<void> => {
    await changeRecord(host, 'backup', backup.id, ({ manifestSha256: _, ...record }) => record);
  };

  test('says it from the first opening on, where the signer is known', async () => {
    const own = await here.backup({ fileName: 'own.tar' });
    await changeRecord(host, 'backup', own.id, ({ manifestSha256: _, ...record }) => record);
    await backupContents(host, own.id, { skip: 0, limit: 1, principal });
    expect((await here.show(own.id)).manifestSha256).toBe(own.manifestSha256);
  });

  test('of an unknown signer is trusted only after its file was found to be the one that came', async () => {
    await asBefore();
    for (const more of [{}, { trust: seal }])
      await expect(restore(more)).rejects.toMatchObject({
        code: 'archive_signer_unknown',
        message: expect.stringContaining(`holdfast backup verify ${backup.id}`),
      });
    const verify = (request: object) =>
      requestVerify(host, principal, backup.id, verifyBackupSchema.parse(request));
    for (const request of [{ deep: true, passphrase }, { subset: '1/2' }])
      await expect(verify(request)).rejects.toMatchObject({ code: 'archive_signer_unknown' });

    // Another file of the same signer that replaced the archive does not get the trust.
    await writeFile(
      file(),
      await signedAnew(sample.bytes, signerOf(sample.signing), { completedAt: '2126-01-01T00:00:00Z' }),
    );
    await verify({});
    await verifyRequested(here.context(), await here.hold());
    await expect(completeVerify(here.context(), await here.hold())).rejects.toMatchObject({
      code: 'archive_mismatch',
      message: expect.stringContaining(backup.sha256),
    });
    await free();
    expect((await here.show(backup.id)).manifestSha256).toBeUndefined();

    await writeFile(file(), sample.bytes);
    const { id } = await verify({});
    const hold = await here.hold();
    await verifyRequested(here.context(), hold);
    await completeVerify(here.context(), hold);
    expect((await getRecord(host, 'verification', id)).state).toBe('SUCCESS');
    expect((await here.show(backup.id)).manifestSha256).toBe(seal.manifestSha256);
    // The signer is still unknown here.
    await expect(verify({})).rejects.toMatchObject({ code: 'archive_signer_unknown' });
    expect((await restore({ trust: seal })).trusted).toBe(true);
    await free();
  });

  test('is held against the signer that it does name', async () => {
    await asBefore();
    await writeFile(file(), await signedAnew(sample.bytes, signerOf(generateSigningKey())));
    await expect(restore()).rejects.toMatchObject({ code: 'archive_mismatch' });
  });
});
