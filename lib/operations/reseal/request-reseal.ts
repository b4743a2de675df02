import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupRecord } from '../../model/records/backup.ts';
import type { BackupKeyRecord } from '../../model/records/keys.ts';
import type { ResealRecord } from '../../model/records/reseal.ts';
import { domainsOfHomes, homesOf, ROOT_DOMAIN } from '../../model/records/scope.ts';
import type { ResealBackupRequest } from '../../model/requests/backups.ts';
import { type Change, put, type Versioned } from '../../ports/catalog/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { isDomain } from '../access/known-domains.ts';
import { permittedRecord } from '../access/permitted.ts';
import type { ApprovalChoice } from '../approval/proposed.ts';
import { requireApproval } from '../approval/require-approval.ts';
import type { OperatingHost } from '../engine/kind-of-operation.ts';
import { type PreparedStart, type StartOptions, startOnce } from '../engine/start-once.ts';
import { keepKey, keyForBackup } from '../keys/backup-keys.ts';
import { openArchiveKey, sealToKey } from '../keys/sealed-archive-key.ts';
import { tellTrust } from '../keys/tell-key.ts';
import { assertReady } from '../stored/backup-readiness.ts';
import { openRequestedArchive, trustedSignerOf } from '../stored/open-backup-archive.ts';
import { acceptedOperation } from '../task/operation-record.ts';

/**
 * Begins a re-seal: the archive's key is opened and sealed to another backup key here, so that neither a passphrase
 * nor an open key goes any further; the operation rewrites the end of the archive with it.
 *
 * @throws `not_found`, `not_ready`, `archive_signer_unknown`, `archive_mismatch`, `wrong_passphrase`, `wrong_key`,
 * `invalid_request` for an archive tied to the key service, `conflict` when it is sealed to that key already,
 * `operation_running`, `idempotency_conflict`
 */
export const requestReseal = (
  host: OperatingHost,
  principal: Principal,
  backupId: string,
  request: ResealBackupRequest,
  { approval, ...options }: StartOptions & { readonly approval?: ApprovalChoice } = {},
): Promise<ResealRecord> =>
  startOnce(host, 'reseal', { ...options, principal, request: { reseal: backupId, ...request } }, () =>
    prepareReseal(host, principal, backupId, request, approval),
  );

const prepareReseal = async (
  host: Host,
  principal: Principal,
  backupId: string,
  request: ResealBackupRequest,
  choice: ApprovalChoice | undefined,
): Promise<PreparedStart<'reseal'>> => {
  const { record: backup } = await permittedRecord(host, principal, 'backup.reseal', 'backup', backupId);
  assertReady(backup);
  const archive = await openRequestedArchive(host, backup, { trust: request.trust });
  const { encryption } = archive.manifest;
  if (encryption.mode === 'hsm')
    throw new HoldfastError(
      'invalid_request',
      `backup ${backupId} is tied to the key service, and re-sealing it to a backup key would undo that; create a new backup instead`,
    );
  const key = await keyFor(host, principal, backup, request.keyId);
  if (encryption.mode === 'key' && encryption.keyId === key.record.id)
    throw new HoldfastError(
      'conflict',
      `backup ${backupId} is already sealed to backup key ${key.record.id}`,
    );
  const identity = await openArchiveKey(host, archive, { passphrase: request.passphrase, principal });

  const approved = await approvalForKey(host, principal, backup, key.record, choice);
  const trustedSigner = await trustedSignerOf(host, principal, request.trust);
  const accepted = acceptedOperation(host, principal, 'reseal');
  const record: ResealRecord = {
    ...accepted,
    domains: domainsOfHomes(homesOf(backup)),
    backupId,
    from: encryption,
    keyId: key.record.id,
    trusted: trustedSigner !== null,
    trustedSigner,
    manifestSha256: '',
    sha256: '',
  };
  const sealedKey = await sealToKey(record.id, identity, key.record);
  const told = trustedSigner === null ? [] : [tellTrust.ofArchive(host, backupId, trustedSigner)];
  return {
    record,
    backupId,
    beside: [put('sealedKey', sealedKey, 'absent'), keepKey(key), ...told, ...approved],
  };
};

/**
 * An archive that is sealed to an uploaded key opens for everybody who has its key file, so it needs the approval of an
 * export.
 *
 * @returns the changes that use an approval up
 * @throws as `requireApproval`
 */
const approvalForKey = async (
  host: Host,
  principal: Principal,
  backup: BackupRecord,
  { id: keyId, recipient, importedFrom }: BackupKeyRecord,
  choice: ApprovalChoice | undefined,
): Promise<readonly Change[]> => {
  if (importedFrom === null) return [];
  const facts = { action: 'key.export', keyId, recipient, backupId: backup.id } as const;
  const about = { facts, subject: `backups/${backup.id}`, homes: homesOf(backup) };
  return (await requireApproval(host, principal, about, choice)).changes;
};

/** An imported backup of a domain that does not exist here may be sealed to a key of any domain that does. */
const keyFor = async (
  host: Host,
  principal: Principal,
  { scope, domain }: BackupRecord,
  keyId: string | undefined,
): Promise<Versioned<BackupKeyRecord>> => {
  const foreign = scope === 'domain' && !(await isDomain(host, domain));
  if (!foreign) return keyForBackup(host, { keyId, scope, domain, principal });
  if (keyId === undefined) return keyForBackup(host, { scope, domain: ROOT_DOMAIN, principal });
  const { record } = await permittedRecord(host, principal, 'installation.read', 'key', keyId);
  return keyForBackup(host, { keyId, scope, domain: record.domain, principal });
};
