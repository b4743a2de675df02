import type { Manifest } from '../format.ts';
import { readEnd } from './archive-end.ts';
import type { ByteSource } from './byte-source.ts';
import { signatureInvalid, type Trust } from './open.ts';
import { type ManifestThreads, openManifest } from './open-manifest.ts';
import { holdManifestToBounds, MAX_UNKNOWN_MANIFEST_BYTES } from './unknown-signer.ts';

export interface Inspection {
  /** `invalid`: nothing in the manifest can be believed. */
  readonly signature: 'valid-trusted' | 'valid-unknown-signer' | 'invalid';
  /** Raw Ed25519 public key, base64, of the signer, or of whom it claims to be. */
  readonly verifyKey: string;
  readonly manifest: Manifest;
  /** SHA-256 of manifest.json: a short name for everything in the archive. */
  readonly manifestSha256: string;
  readonly archiveBytes: number;
}

export interface InspectOptions {
  /** Whose archives are called trusted, and may have a large manifest. */
  readonly trust: Trust;
  /** Where a large manifest is parsed, on a host where others wait for this thread. @default this thread */
  readonly threads?: ManifestThreads | undefined;
}

/**
 * What an archive says of itself, without any key, also when its signer is unknown or its signature wrong. Reads the
 * end only: members are not checked.
 *
 * @throws `archive_not_recognised`, `archive_cut`, `archive_damaged`, `archive_format_unsupported`, `archive_bomb`; for
 * a manifest of more than 16 MiB whose signer is not trusted, `archive_signer_unknown` or `archive_signature_invalid`.
 */
export const inspectArchive = async (
  source: ByteSource,
  { trust, threads }: InspectOptions,
): Promise<Inspection> => {
  const { signature, isSigned, readManifest } = await readEnd(source);
  const { verifyKey, manifestBytes, manifestSha256 } = signature;
  const isTrusted = trust(verifyKey, manifestSha256);
  if (!isSigned && manifestBytes > MAX_UNKNOWN_MANIFEST_BYTES) throw signatureInvalid();
  holdManifestToBounds(signature, isTrusted);
  const read = await readManifest();
  const trusted = isTrusted ? 'valid-trusted' : 'valid-unknown-signer';
  return {
    signature: isSigned && read.isTheSigned ? trusted : 'invalid',
    verifyKey,
    manifest: (await openManifest(read, source.size, threads)).manifest,
    manifestSha256,
    archiveBytes: source.size,
  };
};
