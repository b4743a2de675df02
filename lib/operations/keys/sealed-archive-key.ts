/** The archive key: made for one archive, its private half sealed at once and opened only to read that archive. */
import { generateArchiveKey } from '../../archive/age/age-header.ts';
import type { Encryption } from '../../archive/format.ts';
import { requireArchiveKey, sealArchiveKey, unsealArchiveKey } from '../../archive/keys/archive-key.ts';
import { KEY_NAME, KMS_KEY_NAME } from '../../archive/member-names.ts';
import type { OpenedArchive } from '../../archive/reader/open.ts';
import type { Principal } from '../../model/access/principal.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BackupKeyRecord, SealedKeyRecord } from '../../model/records/keys.ts';
import type { Host } from '../../ports/host.ts';
import type { EncryptionContext } from '../../ports/key-vault.ts';
import { attemptPassword } from '../access/passwords/password-attempts.ts';
import { unwrapKey } from './backup-keys.ts';

export type SealWith =
  | { mode: 'key'; key: BackupKeyRecord }
  | { mode: 'passphrase'; passphrase: string }
  | { mode: 'hsm' };

/** The context that is authenticated with an archive key that is tied to the key service. */
const hsmContext = (backupId: string): EncryptionContext => ({ purpose: 'archive-key', backupId });
/** The context that is authenticated with an archive key that waits for a restore's tasks. */
const taskContext = (operationId: string): EncryptionContext => ({ purpose: 'operation-key', operationId });

export interface NewArchiveKey {
  recipient: string;
  encryption: Encryption;
  sealed: SealedKeyRecord;
}

/** @param options.readBack Whether the backup's tasks also open what they read back. @default false */
export const makeArchiveKey = async (
  host: Host,
  backupId: string,
  how: SealWith,
  { readBack = false } = {},
): Promise<NewArchiveKey> => {
  const pair = await generateArchiveKey({ postQuantum: how.mode === 'key' && how.key.postQuantum });
  const handed = readBack ? await wrapForTasks(host, backupId, pair.identity) : undefined;
  const record = (member: SealedKeyRecord['member'], sealed: Uint8Array): SealedKeyRecord => ({
    ownerId: backupId,
    member,
    sealed: Buffer.from(sealed).toString('base64'),
    ...(handed !== undefined && { forReadBack: handed }),
  });
  switch (how.mode) {
    case 'key':
      return {
        recipient: pair.recipient,
        encryption: { mode: 'key', keyId: how.key.id },
        sealed: record(KEY_NAME, await sealArchiveKey(pair.identity, { recipients: [how.key.recipient] })),
      };
    case 'passphrase':
      return {
        recipient: pair.recipient,
        encryption: { mode: 'passphrase' },
        sealed: record(KEY_NAME, await sealArchiveKey(pair.identity, { passphrase: how.passphrase })),
      };
    case 'hsm':
      return {
        recipient: pair.recipient,
        encryption: { mode: 'hsm', keyId: host.vault.keyId },
        sealed: record(KMS_KEY_NAME, await host.vault.wrap(Buffer.from(pair.identity), hsmContext(backupId))),
      };
  }
};

export interface OpenWith {
  passphrase?: string | undefined;
  /** Who tries a passphrase: wrong ones are counted. */
  principal: Principal;
}

/**
 * Opens an archive's key: with the passphrase, the backup key it names, or the key service.
 *
 * @throws `wrong_passphrase`, `wrong_key`, `too_many_attempts`, `invalid_request` when a passphrase is needed and none
 * is given.
 */
export const openArchiveKey = async (
  host: Host,
  archive: OpenedArchive,
  { passphrase, principal }: OpenWith,
): Promise<string> => {
  const { encryption, backupId, archiveKey } = archive.manifest;
  const member = encryption.mode === 'hsm' ? KMS_KEY_NAME : KEY_NAME;
  const sealed = await archive.readMember(member);
  switch (encryption.mode) {
    case 'passphrase':
      if (passphrase === undefined)
        throw new HoldfastError(
          'invalid_request',
          'this archive is encrypted under a passphrase; send it with the request',
        );
      return attemptPassword(host, { principal, subject: { of: 'archive', id: backupId } }, () =>
        unsealArchiveKey(sealed, { passphrase }, archiveKey),
      );
    case 'hsm':
      if (encryption.keyId !== host.vault.keyId)
        throw new HoldfastError(
          'wrong_key',
          `this archive is tied to the key service key "${encryption.keyId}", and this installation has "${host.vault.keyId}"; it can be restored only where that key is, and no key file opens it elsewhere`,
        );
      return requireArchiveKey(text(await host.vault.unwrap(sealed, hsmContext(backupId))), archiveKey);
    case 'key': {
      const key =
        encryption.keyId === undefined ? undefined : await host.catalog.get('key', encryption.keyId);
      if (key === undefined)
        throw new HoldfastError(
          'wrong_key',
          `this archive needs the backup key "${encryption.keyId}", which is not in this installation; upload it with: holdfast key upload --file F`,
        );
      return unsealArchiveKey(sealed, { identities: [await unwrapKey(host, key.record)] }, archiveKey);
    }
  }
};

const text = (identity: Uint8Array): string => Buffer.from(identity).toString();

/** An opened archive key, sealed to a backup key: what a re-seal puts into the archive. */
export const sealToKey = async (
  operationId: string,
  identity: string,
  key: BackupKeyRecord,
): Promise<SealedKeyRecord> => ({
  ownerId: operationId,
  member: KEY_NAME,
  sealed: (await sealArchiveKey(identity, { recipients: [key.recipient] })).toString('base64'),
});

/** An opened key on its way to the tasks of one operation: wrapped by the key service, in the catalog until the operation ends. */
export const handOverKey = async (
  host: Host,
  operationId: string,
  identity: string,
): Promise<SealedKeyRecord> => ({
  ownerId: operationId,
  member: KMS_KEY_NAME,
  sealed: await wrapForTasks(host, operationId, identity),
});

const wrapForTasks = async ({ vault }: Host, operationId: string, identity: string): Promise<string> =>
  Buffer.from(await vault.wrap(Buffer.from(identity), taskContext(operationId))).toString('base64');

export const takeOverKey = async (host: Host, operationId: string): Promise<string> => {
  const handed = await host.catalog.get('sealedKey', operationId);
  if (handed === undefined)
    throw new HoldfastError(
      'wrong_key',
      `the archive key for operation ${operationId} is missing; start the operation again`,
    );
  const { sealed, forReadBack = sealed } = handed.record;
  return text(await host.vault.unwrap(Buffer.from(forReadBack, 'base64'), taskContext(operationId)));
};
