import type { Principal } from '../../model/principal.ts';
import type { VerificationRecord } from '../../model/records/verification.ts';
import type { VerifyBackupRequest } from '../../model/requests.ts';
import { put } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { handOverKey, openArchiveKey } from '../keys/archive-key.ts';
import { acceptedOperation, getRecord } from '../workflow/operation-record.ts';
import { startOperation } from '../workflow/start-operation.ts';
import { openBackupArchive, openRequestedArchive } from './open-backup-archive.ts';
import { assertReady } from './ready-backup.ts';
import { findsManifest } from './verify-backup.ts';

/**
 * Begins a verification of an archive. Only a deep one opens its key. One of an unknown signer is refused, unless it is
 * to find out which manifest the record speaks of.
 *
 * @throws as `requestRestore`
 */
export const requestVerify = async (
  host: Host,
  principal: Principal,
  backupId: string,
  request: VerifyBackupRequest,
): Promise<VerificationRecord> => {
  const backup = await getRecord(host, 'backup', backupId);
  assertReady(backup);
  const archive = findsManifest(backup, request)
    ? await openBackupArchive(host, backup, { unrecorded: true })
    : await openRequestedArchive(host, backup);
  const accepted = acceptedOperation(host, principal, 'verify');
  const { id, createdAt } = accepted;
  const record: VerificationRecord = {
    ...accepted,
    backupId,
    subset: request.subset,
    deep: request.deep,
    bytes: 0,
  };
  const changes = [put('verification', record, 'absent')];
  if (request.deep)
    changes.push(
      put(
        'sealedKey',
        await handOverKey(
          host,
          id,
          await openArchiveKey(host, archive, { passphrase: request.passphrase, principal }),
        ),
        'absent',
      ),
    );
  await startOperation(host, { operation: { id, kind: 'verify', backupId, startedAt: createdAt }, changes });
  return record;
};
