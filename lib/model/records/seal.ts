/** Identifies an archive's file: by its signer, and by exactly what was signed. */
import * as z from 'zod';
import { verifyKeySchema } from '../../archive/format.ts';
import { instant, sha256Schema } from './fields.ts';

/** Identifies one archive: the manifest names the hash of every member. */
export const archiveSealSchema = z.strictObject({
  /** The signer's key: raw Ed25519, base64. */
  verifyKey: verifyKeySchema,
  /** SHA-256 of manifest.json. */
  manifestSha256: sha256Schema,
});
export type ArchiveSeal = z.infer<typeof archiveSealSchema>;

/** What records keep of a file's seal. In older records the digest is absent or empty: it is not known yet. */
export interface RecordedSeal {
  /** Null: this installation itself. Absent: not read yet. */
  readonly signedBy?: string | null | undefined;
  readonly manifestSha256?: string | undefined;
}

export const isSameSeal = (a: ArchiveSeal, b: ArchiveSeal): boolean =>
  a.verifyKey === b.verifyKey && a.manifestSha256 === b.manifestSha256;

/** A signer that was not known here and that somebody trusted for this one archive, once. */
export const trustedSignerSchema = z.object({
  ...archiveSealSchema.shape,
  by: z.string(),
  at: instant,
});
export type TrustedSigner = z.infer<typeof trustedSignerSchema>;
