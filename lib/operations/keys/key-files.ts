/** Backup keys on their way out and in, as files under a password. */
import { openKeyFile, readKeyFile, sealKeyFile } from '../../archive/keys/backup-key-file.ts';
import { HoldfastError } from '../../model/errors.ts';
import { idSchema } from '../../model/ids.ts';
import type { Principal } from '../../model/principal.ts';
import type { BackupKeyRecord } from '../../model/records/keys.ts';
import type { DownloadKeyRequest, UploadKeyRequest } from '../../model/requests.ts';
import { type Change, put } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { getKey, keyContext, unwrapKey } from './backup-keys.ts';
import { attemptPassword } from './password-attempts.ts';
import { newVerifyKey } from './verify-keys.ts';

/** The text of a key file: its private half is in clear only here. @throws `not_found` */
export const downloadKey = async (
  host: Host,
  principal: Principal,
  id: string,
  { password, hint }: DownloadKeyRequest,
): Promise<string> => {
  const { record } = await getKey(host, id);
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
  host.log.info('a backup key was downloaded', { keyId: id, by: principal.name });
  return file;
};

/**
 * Installs a key of another installation, not as default, and trusts that installation's signature from now on: who
 * has the password has it from the sender.
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
    throw new HoldfastError('key_file_damaged', 'the key file names a key id that Holdfast does not give');
  const identity = await attemptPassword(host, { principal, subject: { of: 'key file', id: id.data } }, () =>
    openKeyFile(keyFile, password),
  );
  if ((await host.catalog.get('key', id.data)) !== undefined)
    throw new HoldfastError('conflict', `backup key ${id.data} is here already; there is nothing to do`);
  const { scope, domain } = facts;
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
  const changes: Change[] = [put('key', record, 'absent')];
  const signer = newVerifyKey(host, principal, {
    installation: facts.installation,
    publicKey: facts.verifyKey,
  });
  if ((await host.catalog.get('verifyKey', signer.id)) === undefined)
    changes.push(put('verifyKey', signer, 'absent'));
  await host.catalog.commit(changes);
  host.log.info('a backup key was uploaded', {
    keyId: record.id,
    from: facts.installation,
    verifyKey: signer.id,
    by: principal.name,
  });
  return record;
};
