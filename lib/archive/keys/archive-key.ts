/** The archive's private key, sealed inside it: the text of an age identity file, as an age file. */
import {
  type DecryptWith,
  decryptBytes,
  type EncryptTo,
  encryptBytes,
  recipientOf,
} from '../age/age-header.ts';
import { ArchiveError } from '../errors.ts';

/** Makes the bytes of `key.age`. */
export const sealArchiveKey = (identity: string, to: EncryptTo): Promise<Buffer> =>
  encryptBytes(Buffer.from(`${identity}\n`), to);

/**
 * Opens `key.age` and returns the archive's identity.
 * @param archiveKey the manifest's recipient, to which the identity must belong
 * @throws `wrong_key`, `wrong_passphrase`, `passphrase_too_costly`, `age_malformed`, and `archive_damaged` when it is another archive's key.
 */
export const unsealArchiveKey = async (
  sealed: Uint8Array,
  open: DecryptWith,
  archiveKey: string,
): Promise<string> =>
  requireArchiveKey((await decryptBytes(sealed, open)).toString('latin1').trim(), archiveKey);

/** Checks a key that another service opened. @throws `archive_damaged` when it does not belong to the archive */
export const requireArchiveKey = async (identity: string, archiveKey: string): Promise<string> => {
  const recipient = await recipientOf(identity).catch(() => undefined);
  if (recipient === archiveKey) return identity;
  throw new ArchiveError(
    'archive_damaged',
    'the key in the archive is not the key of its segments; take another copy of the archive',
  );
};
