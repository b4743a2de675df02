import type { Manifest } from '../format.ts';
import { readEnd } from './archive-end.ts';
import type { ByteSource } from './byte-source.ts';
import type { Trust } from './open.ts';

export interface Inspection {
  /** `invalid`: nothing of the manifest can be believed. */
  readonly signature: 'valid-trusted' | 'valid-unknown-signer' | 'invalid';
  /** Raw Ed25519 public key, base64: of whoever signed it, or claims to have. */
  readonly verifyKey: string;
  readonly manifest: Manifest;
  /** SHA-256 of manifest.json: a short name for all that the archive holds. */
  readonly manifestSha256: string;
  readonly archiveBytes: number;
}

/**
 * What an archive says of itself, without any key, also when its signer is unknown or its signature wrong.
 * It reads the end only: what it says of the members is not checked.
 *
 * Throws `archive_not_recognised`, `archive_cut`, `archive_damaged`, `archive_format_unsupported`, `archive_bomb`.
 */
export const inspectArchive = async (
  source: ByteSource,
  { trust }: { readonly trust: Trust },
): Promise<Inspection> => {
  const { signature, signatureIsValid, parse } = await readEnd(source);
  const { verifyKey, manifestSha256 } = signature;
  const trusted = trust(verifyKey, manifestSha256) ? 'valid-trusted' : 'valid-unknown-signer';
  return {
    signature: signatureIsValid ? trusted : 'invalid',
    verifyKey,
    manifest: parse().manifest,
    manifestSha256,
    archiveBytes: source.size,
  };
};
