/** The private key inside an archive, opened on this machine: by a passphrase, an age identity, or a key file. */
import type { OpenedArchive } from '../../archive/reader/open.ts';
import { Failure, usageFailure } from '../failure.ts';
import { keyPassword } from '../options/key-password.ts';
import type { Session } from '../session.ts';
import { askPassphrase, readPassphrase } from '../terminal/passphrase.ts';

export interface IdentityOptions {
  readonly passphraseFile?: string;
  readonly identityFile?: string;
  readonly keyFile?: string;
  readonly passwordFile?: string;
}

const MAX_IDENTITY_BYTES = 64 * 1024;

/**
 * @param missingKey the message when the archive has no passphrase and no key was given
 * @throws Failure, or the archive's refusal: `wrong_passphrase`, `wrong_key` ...
 */
export const archiveIdentity = async (
  session: Session,
  archive: OpenedArchive,
  options: IdentityOptions,
  missingKey: () => Failure,
): Promise<string> => {
  const { unsealArchiveKey } = await import('../../archive/keys/archive-key.ts');
  const { mode } = archive.manifest.encryption;
  if (mode === 'hsm')
    throw new Failure('wrong_key', 'this archive is tied to the key service of its installation', {
      hint: 'Verify or restore it there: holdfast backup verify ID --deep, holdfast backup restore ID.',
    });
  const { passphraseFile } = options;
  const sealed = await archive.readMember('key.age');
  const { archiveKey } = archive.manifest;
  if (mode === 'passphrase') {
    const passphrase =
      passphraseFile === undefined
        ? await askPassphrase(false)
        : await readPassphrase(session, passphraseFile, { option: '--passphrase-file', isNew: false });
    return unsealArchiveKey(sealed, { passphrase }, archiveKey);
  }
  const identities = await backupIdentities(session, options, missingKey);
  return unsealArchiveKey(sealed, { identities }, archiveKey);
};

const backupIdentities = async (
  session: Session,
  { identityFile, keyFile, passwordFile }: IdentityOptions,
  missingKey: () => Failure,
): Promise<string[]> => {
  if (keyFile !== undefined) {
    const { openKeyFile, readKeyFile } = await import('../../archive/keys/backup-key-file.ts');
    const read = readKeyFile(await session.readInput(keyFile, '--key-file', MAX_IDENTITY_BYTES));
    return [await openKeyFile(read, await keyPassword(session, passwordFile, { isNew: false }))];
  }
  if (identityFile === undefined) throw missingKey();
  const text = await session.readInput(identityFile, '--identity-file', MAX_IDENTITY_BYTES);
  const identities = text.split(/\r?\n/).filter((line) => line.startsWith('AGE-SECRET-KEY-'));
  if (identities.length === 0)
    throw usageFailure(
      `--identity-file: there is no age identity in ${identityFile}`,
      'Name a file with a line that begins with AGE-SECRET-KEY-.',
    );
  return identities;
};
