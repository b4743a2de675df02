import type { Principal } from '../../model/access/principal.ts';
import { domainsOfHomes, homesOf } from '../../model/records/scope.ts';
import type { VerificationRecord } from '../../model/records/verification.ts';
import type { VerifyBackupRequest } from '../../model/requests/backups.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { permittedRecord } from '../access/permitted.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { type PreparedStart, type StartOptions, startOnce } from '../engine/start-once.ts';
import { handOverKey, openArchiveKey } from '../keys/sealed-archive-key.ts';
import { assertReady } from '../stored/backup-readiness.ts';
import { openBackupArchive, openRequestedArchive } from '../stored/open-backup-archive.ts';
import { acceptedOperation } from '../task/operation-record.ts';
import { findsManifest } from './verify-backup.ts';

/**
 * Begins a verification of an archive. Only a deep one opens the archive's key. An archive of an unknown signer is
 * refused, unless the verification is to find out which manifest the record means.
 *
 * @throws as `requestRestore`
 */
export const requestVerify = (
  host: OperatingHost,
  principal: Principal,
  backupId: string,
  request: VerifyBackupRequest,
  options: StartOptions = {},
): Promise<VerificationRecord> =>
  startOnce(host, 'verify', { ...options, principal, request: { verify: backupId, ...request } }, () =>
    prepareVerify(host, principal, backupId, request),
  );

const prepareVerify = async (
  host: Host,
  principal: Principal,
  backupId: string,
  request: VerifyBackupRequest,
): Promise<PreparedStart<'verify'>> => {
  const { record: backup } = await permittedRecord(host, principal, 'backup.verify', 'backup', backupId);
  assertReady(backup);
  const archive = findsManifest(backup, request)
    ? await openBackupArchive(host, backup, { unrecorded: true })
    : await openRequestedArchive(host, backup);
  const accepted = acceptedOperation(host, principal, 'verify');
  const record: VerificationRecord = {
    ...accepted,
    domains: domainsOfHomes(homesOf(backup)),
    backupId,
    subset: request.subset,
    deep: request.deep,
    bytes: 0,
  };
  const beside: Change[] = [];
  if (request.deep) {
    const identity = await openArchiveKey(host, archive, { passphrase: request.passphrase, principal });
    beside.push(put('sealedKey', await handOverKey(host, record.id, identity), 'absent'));
  }
  return { record, backupId, beside };
};
