/** Exports and imports backup keys, as files under a password. */
import { openKeyFile, readKeyFile, sealKeyFile } from '../../archive/keys/backup-key-file.ts';
import { allows } from '../../model/access/permissions.ts';
import type { Principal } from '../../model/access/principal.ts';
import { errorCodeOf, HoldfastError } from '../../model/errors.ts';
import { idSchema } from '../../model/ids.ts';
import type { BackupKeyRecord } from '../../model/records/keys.ts';
import { homeOf, homesOf } from '../../model/records/scope.ts';
import type { DownloadKeyRequest, UploadKeyRequest } from '../../model/requests/keys.ts';
import { type Change, put } from '../../ports/catalog/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { assertDomain, ownDomain } from '../access/known-domains.ts';
import { attemptPassword } from '../access/passwords/password-attempts.ts';
import { requirePermission } from '../access/permissions.ts';
import { permittedRecord } from '../access/permitted.ts';
import type { ApprovalChoice } from '../approval/proposed.ts';
import { requireApproval } from '../approval/require-approval.ts';
import { keyContext, unwrapKey } from './backup-keys.ts';
import { tellKey, tellTrust } from './tell-key.ts';
import { newVerifyKey } from './verify-keys.ts';

/** The text of a key file: its private half is in clear only here. @throws `not_found`, and as `requireApproval` */
export const downloadKey = async (
  host: Host,
  principal: Principal,
  id: string,
  { password, hint }: DownloadKeyRequest,
  choice: ApprovalChoice = {},
): Promise<string> => {
  const { record } = await permittedRecord(host, principal, 'key.export', 'key', id);
  const { changes } = await requireApproval(
    host,
    principal,
    {
      facts: { action: 'key.export', keyId: id, recipient: record.recipient },
      subject: `keys/${id}`,
      homes: homesOf(record),
    },
    choice,
  );
  const file = await sealKeyFile(
    {
      format: 1,
      keyId: record.id,
      scope: record.scope,
      domain: record.domain,
      createdAt: record.createdAt,
      hint,
      installation: host.config.installation,
      verifyKey: Buffer.from(await host.vault.verifyKey()).toString('base64'),
      recipient: record.recipient,
    },
    await unwrapKey(host, record),
    password,
  );
  await noteExport(host, principal, id, changes);
  host.log.info('a backup key was downloaded', { keyId: id, by: principal.name });
  return file;
};

/** Tries of a commit: a backup that begins at this moment writes the key's record, too. */
const NOTE_TRIES = 10;

/** Written before the file is handed over, so that a crash cannot leave a file that nobody knows of. */
const noteExport = async (
  host: Host,
  principal: Principal,
  id: string,
  beside: readonly Change[],
): Promise<void> => {
  for (let tries = 1; ; tries++) {
    const { record, version } = await permittedRecord(host, principal, 'key.export', 'key', id);
    try {
      return await host.catalog.commit([
        put('key', { ...record, exportedAt: timestamp(host.clock) }, version),
        tellKey.exported(host, record, principal),
        ...beside,
      ]);
    } catch (thrown) {
      // A conflict over an approval that was used or withdrawn meanwhile remains after all tries.
      if (tries >= NOTE_TRIES || errorCodeOf(thrown) !== 'conflict') throw thrown;
    }
  }
};

/**
 * Installs a key of another installation, not as default, and trusts that installation's signature from now on: the
 * caller has the password from the sender.
 *
 * @throws `key_file_*`, `wrong_passphrase`, `too_many_attempts`, `conflict` when the key is here already
 */
export const uploadKey = async (
  host: Host,
  principal: Principal,
  { file, password }: UploadKeyRequest,
): Promise<BackupKeyRecord> => {
  const keyFile = readKeyFile(file);
  const { facts } = keyFile;
  const id = idSchema.safeParse(facts.keyId);
  if (!id.success)
    throw new HoldfastError('key_file_damaged', 'the key file has a key id that is not one of Holdfast');
  const identity = await attemptPassword(host, { principal, subject: { of: 'key file', id: id.data } }, () =>
    openKeyFile(keyFile, password),
  );
  if ((await host.catalog.get('key', id.data)) !== undefined)
    throw new HoldfastError('conflict', `backup key ${id.data} is already here; there is nothing to do`);
  const { scope, domain } = await placeOf(host, principal, facts);
  const context = keyContext(host.config.installation, { id: id.data, scope, domain });
  const wrapped = await host.vault.wrap(Buffer.from(identity), context);
  const record: BackupKeyRecord = {
    id: id.data,
    scope,
    domain,
    createdAt: facts.createdAt,
    createdBy: principal.name,
    isDefault: false,
    postQuantum: facts.recipient.startsWith('age1pq1'),
    recipient: facts.recipient,
    wrappedIdentity: Buffer.from(wrapped).toString('base64'),
    importedFrom: facts.installation,
  };
  const changes: Change[] = [put('key', record, 'absent'), tellKey.created(host, record, principal)];
  const signer = newVerifyKey(host, principal, {
    installation: facts.installation,
    publicKey: facts.verifyKey,
  });
  // Trust in a signer concerns every domain.
  const trusts = allows(principal.grants, 'key.write', null);
  if (trusts && (await host.catalog.get('verifyKey', signer.id)) === undefined)
    changes.push(put('verifyKey', signer, 'absent'), tellTrust.ofInstallation(host, signer, principal));
  await host.catalog.commit(changes);
  host.log.info('a backup key was uploaded', {
    keyId: record.id,
    from: facts.installation,
    verifyKey: signer.id,
    by: principal.name,
  });
  return record;
};

/**
 * The scope and domain of an uploaded key: those of its file; from a principal with rights in one domain only, that
 * domain, whatever name the domain had where the key was made.
 */
const placeOf = async (
  host: Host,
  principal: Principal,
  { scope, domain }: Pick<BackupKeyRecord, 'scope' | 'domain'>,
): Promise<Pick<BackupKeyRecord, 'scope' | 'domain'>> => {
  const own = ownDomain(principal);
  if (own !== null && scope === 'domain') {
    await assertDomain(host, principal, own);
    requirePermission(principal, 'key.write', own);
    return { scope, domain: own };
  }
  requirePermission(principal, 'key.write', homeOf({ scope, domain }));
  return { scope, domain };
};
