/** The key service on AWS: KMS. The private halves of its keys never leave KMS. */
import {
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
  GetPublicKeyCommand,
  type KeyMetadata,
  type KMSClient,
  SignCommand,
} from '@aws-sdk/client-kms';
import { verifyKeyOfSpki } from '../../../archive/keys/signature.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { EncryptionContext, KeyVault } from '../../../ports/key-vault.ts';
import { fromAws, isAwsError } from '../sdk/aws-errors.ts';

/** KMS's limit for encrypting and for raw signing; Ed25519 signs raw messages only. */
const MAX_BYTES = 4_096;

export interface KmsVaultOptions {
  readonly client: KMSClient;
  /** A symmetric key's ARN. */
  readonly wrapKeyArn: string;
  /** The ARN of a key of spec ECC_NIST_EDWARDS25519. */
  readonly signKeyArn: string;
}

export class KmsVault implements KeyVault {
  readonly keyId: string;
  readonly #client: KMSClient;
  readonly #signKeyArn: string;
  #verifyKey: Promise<Uint8Array> | undefined;

  constructor({ client, wrapKeyArn, signKeyArn }: KmsVaultOptions) {
    this.keyId = wrapKeyArn;
    this.#client = client;
    this.#signKeyArn = signKeyArn;
  }

  async wrap(plain: Uint8Array, context: EncryptionContext): Promise<Uint8Array> {
    refuseLong(plain, 'wrap');
    const { CiphertextBlob } = await this.#run(this.keyId, () =>
      this.#client.send(
        new EncryptCommand({ KeyId: this.keyId, Plaintext: plain, EncryptionContext: { ...context } }),
      ),
    );
    return answered(CiphertextBlob, 'Encrypt');
  }

  async unwrap(wrapped: Uint8Array, context: EncryptionContext): Promise<Uint8Array> {
    // KMS calls an empty ciphertext a malformed request; here it is a ciphertext of another key.
    if (wrapped.byteLength === 0) throw this.#wrongKey();
    const { Plaintext } = await this.#run(this.keyId, () =>
      this.#client
        .send(
          new DecryptCommand({
            KeyId: this.keyId,
            CiphertextBlob: wrapped,
            EncryptionContext: { ...context },
          }),
        )
        .catch((thrown: unknown) => {
          throw isAwsError(thrown, 'InvalidCiphertextException', 'IncorrectKeyException')
            ? this.#wrongKey(thrown)
            : thrown;
        }),
    );
    return answered(Plaintext, 'Decrypt');
  }

  async sign(message: Uint8Array): Promise<Uint8Array> {
    refuseLong(message, 'sign');
    const { Signature } = await this.#run(this.#signKeyArn, () =>
      this.#client.send(
        new SignCommand({
          KeyId: this.#signKeyArn,
          Message: message,
          MessageType: 'RAW',
          SigningAlgorithm: 'ED25519_SHA_512',
        }),
      ),
    );
    return answered(Signature, 'Sign');
  }

  /** Read only once, because an ARN's key never changes. */
  verifyKey(): Promise<Uint8Array> {
    this.#verifyKey ??= this.#readVerifyKey().catch((thrown: unknown) => {
      this.#verifyKey = undefined;
      throw thrown;
    });
    return this.#verifyKey;
  }

  async danger(): Promise<string | undefined> {
    for (const key of [this.keyId, this.#signKeyArn]) {
      const { KeyMetadata } = await this.#run(key, () =>
        this.#client.send(new DescribeKeyCommand({ KeyId: key })),
      );
      const why = dangerOf(KeyMetadata);
      if (why !== undefined) return `the KMS key ${key} ${why}`;
    }
    return undefined;
  }

  async #readVerifyKey(): Promise<Uint8Array> {
    const { PublicKey } = await this.#run(this.#signKeyArn, () =>
      this.#client.send(new GetPublicKeyCommand({ KeyId: this.#signKeyArn })),
    );
    const raw = verifyKeyOfSpki(answered(PublicKey, 'GetPublicKey'));
    if (raw === undefined)
      throw new HoldfastError(
        'config_invalid',
        `${this.#signKeyArn} is not an Ed25519 key: create a signing key of spec ECC_NIST_EDWARDS25519`,
      );
    return raw;
  }

  #wrongKey(cause?: unknown): HoldfastError {
    return new HoldfastError(
      'wrong_key',
      `key ${this.keyId} does not open this: it was wrapped by another installation, for another purpose, or is damaged`,
      { cause },
    );
  }

  async #run<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      if (isAwsError(thrown, 'DisabledException', 'KMSInvalidStateException', 'NotFoundException'))
        throw new HoldfastError(
          'internal',
          `the KMS key ${key} cannot be used (${Object(thrown).message}): enable it, or cancel its deletion`,
          { cause: thrown },
        );
      throw fromAws(thrown, `KMS key ${key}`);
    }
  }
}

const dangerOf = ({ KeyState, DeletionDate }: Partial<KeyMetadata> = {}): string | undefined => {
  switch (KeyState) {
    case 'Enabled':
      return undefined;
    case 'PendingDeletion':
    case 'PendingReplicaDeletion':
      return `will be deleted${DeletionDate === undefined ? '' : ` on ${DeletionDate.toISOString()}`}, and cannot be used: cancel its deletion (aws kms cancel-key-deletion) and enable it`;
    case 'Disabled':
      return 'is disabled: enable it (aws kms enable-key)';
    default:
      return `is in the state ${KeyState}, and cannot be used: look it up in KMS`;
  }
};

const refuseLong = (bytes: Uint8Array, what: string): void => {
  if (bytes.byteLength > MAX_BYTES)
    throw new RangeError(`${bytes.byteLength} bytes to ${what}; at most ${MAX_BYTES}`);
};

const answered = (bytes: Uint8Array | undefined, operation: string): Uint8Array => {
  if (bytes === undefined) throw new Error(`KMS answered ${operation} without a result`);
  return bytes;
};
