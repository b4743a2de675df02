/** Which archive a file is: by whose signature, and by what exactly was signed. */
import * as z from 'zod';
import { verifyKeySchema } from '../../archive/format.ts';
import { instant, sha256Schema } from './fields.ts';

/** One archive and no other: the manifest names the hash of every member. */
export const archiveSealSchema = z.strictObject({
  /** The signer's: raw Ed25519, base64. */
  verifyKey: verifyKeySchema,
  /** Of manifest.json. */
  manifestSha256: sha256Schema,
});
export type ArchiveSeal = z.infer<typeof archiveSealSchema>;

/** What records keep of a file's seal. Older ones have no digest: absent or empty, it is not known yet. */
export interface RecordedSeal {
  /** Null: this installation itself. Absent: nobody has looked yet. */
  readonly signedBy?: string | null | undefined;
  readonly manifestSha256?: string | undefined;
}

export const isSameSeal = (a: ArchiveSeal, b: ArchiveSeal): boolean =>
  a.verifyKey === b.verifyKey && a.manifestSha256 === b.manifestSha256;

/** A signer that was not known here and was trusted all the same: for this one archive, once, by somebody. */
export const trustedSignerSchema = z.object({
  ...archiveSealSchema.shape,
  by: z.string(),
  at: instant,
});
export type TrustedSigner = z.infer<typeof trustedSignerSchema>;
