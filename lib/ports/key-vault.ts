/** The key service: AWS KMS, or the embedded host's key file. */

/** Authenticated with every ciphertext, and shown in clear in the service's logs: never a secret. */
export type EncryptionContext = Readonly<Record<string, string>>;

export interface KeyVault {
  /** Names the wrapping key: an ARN, or the key file's id. */
  readonly keyId: string;
  /** Encrypts at most 4,096 bytes under the service's key. */
  wrap(plain: Uint8Array, context: EncryptionContext): Promise<Uint8Array>;
  /** @throws `wrong_key` when the ciphertext, the context or the key is a different one */
  unwrap(wrapped: Uint8Array, context: EncryptionContext): Promise<Uint8Array>;
  /** An Ed25519 signature, 64 bytes, over the message itself of at most 4,096 bytes, which is KMS's limit. */
  sign(message: Uint8Array): Promise<Uint8Array>;
  /** The raw public key of `sign`, 32 bytes. */
  verifyKey(): Promise<Uint8Array>;
  /**
   * A sentence on why the service's keys cannot be used, or soon cannot, and what to do; undefined when all is well.
   */
  danger(): Promise<string | undefined>;
}
