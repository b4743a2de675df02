/** The key service of the embedded host, on a key file: AES-256-GCM wraps, Ed25519 signs. */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { HoldfastError, shortErrorOf } from '../../../model/errors.ts';
import type { EncryptionContext, KeyVault } from '../../../ports/key-vault.ts';
import { createInstallationKey, type InstallationKey, readInstallationKey } from './installation-key.ts';

const MAX_PLAIN_BYTES = 4096;
const FORMAT = Buffer.from([1]);
const SALT_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A ciphertext is: format (1 byte), salt (32), nonce (12), the encrypted bytes, tag (16). The AES key is HKDF-SHA256 of
 * the wrapping key with that salt, so no two ciphertexts share a key, and random nonces never run out. The additional
 * data are the format byte and the context as JSON with sorted keys.
 */
export class KeyFileVault implements KeyVault {
  readonly keyId: string;
  readonly #path: string;
  readonly #wrappingKey: Buffer;
  readonly #signingKey: KeyObject;

  private constructor(path: string, file: InstallationKey) {
    this.#path = path;
    this.keyId = keyIdOf(file);
    this.#wrappingKey = Buffer.from(file.wrappingKey, 'base64');
    this.#signingKey = createPrivateKey({
      key: Buffer.from(file.signingKey, 'base64'),
      format: 'der',
      type: 'pkcs8',
    });
  }

  /**
   * Opens the key file. With `create`, makes a missing one: use it only in an installation without keys, since a new
   * file opens nothing that an older one wrapped.
   *
   * @throws HoldfastError when the file is missing, damaged, readable by others or made by a newer version
   */
  static async open(path: string, { create }: { create: boolean }): Promise<KeyFileVault> {
    const found =
      (await readInstallationKey(path)) ?? (create ? await createInstallationKey(path) : undefined);
    if (!found)
      throw new HoldfastError(
        'config_invalid',
        `the key file ${path} is missing, and without it no backup key of this installation can be opened: put back your copy of it`,
      );
    return new KeyFileVault(path, found);
  }

  async wrap(plain: Uint8Array, context: EncryptionContext): Promise<Uint8Array> {
    if (plain.byteLength > MAX_PLAIN_BYTES)
      throw new RangeError(`${plain.byteLength} bytes to wrap; at most ${MAX_PLAIN_BYTES}`);
    const salt = randomBytes(SALT_BYTES);
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key(salt), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(additionalData(context));
    return Buffer.concat([FORMAT, salt, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  async unwrap(wrapped: Uint8Array, context: EncryptionContext): Promise<Uint8Array> {
    const bytes = Buffer.from(wrapped.buffer, wrapped.byteOffset, wrapped.byteLength);
    const head = FORMAT.byteLength + SALT_BYTES + NONCE_BYTES;
    try {
      if (bytes.byteLength < head + TAG_BYTES || !bytes.subarray(0, FORMAT.byteLength).equals(FORMAT))
        throw new Error('not a ciphertext of this key file');
      const salt = bytes.subarray(FORMAT.byteLength, FORMAT.byteLength + SALT_BYTES);
      const decipher = createDecipheriv(
        'aes-256-gcm',
        this.#key(salt),
        bytes.subarray(head - NONCE_BYTES, head),
        {
          authTagLength: TAG_BYTES,
        },
      );
      decipher.setAAD(additionalData(context));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(head, -TAG_BYTES)), decipher.final()]);
    } catch (error) {
      throw new HoldfastError(
        'wrong_key',
        `key ${this.keyId} does not open this: it was wrapped by another installation, for another purpose, or is damaged`,
        { cause: error },
      );
    }
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    return sign(null, message, this.#signingKey);
  }

  async verifyKey(): Promise<Uint8Array> {
    return Buffer.from(createPublicKey(this.#signingKey).export({ format: 'jwk' }).x ?? '', 'base64url');
  }

  /** The running process has the key in memory; its next start would not. */
  async danger(): Promise<string | undefined> {
    const putBack = `put back your copy of it before this server stops: without it no backup key of this installation can be opened`;
    try {
      const found = await readInstallationKey(this.#path);
      if (found === undefined) return `the key file ${this.#path} is missing; ${putBack}`;
      return keyIdOf(found) === this.keyId
        ? undefined
        : `the key file ${this.#path} was replaced by another one; ${putBack}`;
    } catch (thrown) {
      return `the key file ${this.#path} cannot be used (${shortErrorOf(thrown)}); ${putBack}`;
    }
  }

  #key(salt: Uint8Array): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#wrappingKey, salt, 'holdfast key-file wrap', 32));
  }
}

const keyIdOf = ({ id }: InstallationKey): string => `key-file:${id}`;

const additionalData = (context: EncryptionContext): Buffer => {
  const sorted = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat([FORMAT, Buffer.from(JSON.stringify(sorted))]);
};
