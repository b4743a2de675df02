import { HoldfastError } from '../../model/errors.ts';
import type { Principal } from '../../model/principal.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { BackupKeyRecord } from '../../model/records/keys.ts';
import { ROOT_DOMAIN } from '../../model/records/scope.ts';
import type { ResealRecord } from '../../model/records/travel.ts';
import type { ResealBackupRequest } from '../../model/requests.ts';
import { put, type Versioned } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { openRequestedArchive, trustedSignerOf } from '../archives/open-backup-archive.ts';
import { assertReady } from '../archives/ready-backup.ts';
import { openArchiveKey, sealToKey } from '../keys/archive-key.ts';
import { getKey, keepKey, keyForBackup } from '../keys/backup-keys.ts';
import { acceptedOperation, getRecord } from '../workflow/operation-record.ts';
import { startOperation } from '../workflow/start-operation.ts';

/**
 * Begins a re-seal: the archive's key is opened and sealed to another backup key here, so that neither a passphrase
 * nor an open key goes any further; the operation rewrites the end of the archive with it.
 *
 * @throws `not_found`, `not_ready`, `archive_signer_unknown`, `archive_mismatch`, `wrong_passphrase`, `wrong_key`,
 * `invalid_request` for an archive tied to the key service, `conflict` when it is sealed to that key already,
 * `operation_running`
 */
export const requestReseal = async (
  host: Host,
  principal: Principal,
  backupId: string,
  request: ResealBackupRequest,
): Promise<ResealRecord> => {
  const backup = await getRecord(host, 'backup', backupId);
  assertReady(backup);
  const archive = await openRequestedArchive(host, backup, { trust: request.trust });
  const { encryption } = archive.manifest;
  if (encryption.mode === 'hsm')
    throw new HoldfastError(
      'invalid_request',
      `backup ${backupId} is tied to the key service, and sealing it to a backup key would undo that; make a new backup instead`,
    );
  const key = await keyFor(host, backup, request.keyId);
  if (encryption.mode === 'key' && encryption.keyId === key.record.id)
    throw new HoldfastError(
      'conflict',
      `backup ${backupId} is sealed to backup key ${key.record.id} already`,
    );
  const identity = await openArchiveKey(host, archive, { passphrase: request.passphrase, principal });

  const trustedSigner = await trustedSignerOf(host, principal, request.trust);
  const accepted = acceptedOperation(host, principal, 'reseal');
  const { id, createdAt } = accepted;
  const record: ResealRecord = {
    ...accepted,
    backupId,
    from: encryption,
    keyId: key.record.id,
    trusted: trustedSigner !== null,
    trustedSigner,
    manifestSha256: '',
    sha256: '',
  };
  await startOperation(host, {
    operation: { id, kind: 'reseal', backupId, startedAt: createdAt },
    changes: [
      put('reseal', record, 'absent'),
      put('sealedKey', await sealToKey(id, identity, key.record), 'absent'),
      keepKey(key),
    ],
  });
  return record;
};

/** A backup of a domain that is not here, imported, may be sealed to a key of any domain that is. */
const keyFor = async (
  host: Host,
  { scope, domain }: BackupRecord,
  keyId: string | undefined,
): Promise<Versioned<BackupKeyRecord>> => {
  const foreign = scope === 'domain' && !host.config.domains.includes(domain);
  if (!foreign) return keyForBackup(host, { keyId, scope, domain });
  if (keyId === undefined) return keyForBackup(host, { scope, domain: ROOT_DOMAIN });
  const { record } = await getKey(host, keyId);
  return keyForBackup(host, { keyId, scope, domain: record.domain });
};
