import { parseCanonicalJson } from '../canonical-json.ts';
import { ArchiveError } from '../errors.ts';
import { type ManifestSignature, signatureSchema } from '../format.ts';
import { isSignedStatement } from '../keys/signature.ts';
import { SIGNATURE_NAME } from '../member-names.ts';
import { readLast, signatureBytes } from './archive-end.ts';
import type { ByteSource } from './byte-source.ts';

/**
 * Reads who signed an archive, and the hash of the signed manifest, from its last bytes alone: one small read, however
 * large the manifest is. Undefined for a file that does not end as an archive, and for a signature that does not fit
 * its key. The manifest is not read, so use this only to find which archive a file is.
 */
export const readSeal = async (
  source: ByteSource,
): Promise<Pick<ManifestSignature, 'verifyKey' | 'manifestSha256'> | undefined> => {
  try {
    const { bytes } = signatureBytes(await readLast(source));
    const said = parseCanonicalJson(signatureSchema, bytes, SIGNATURE_NAME);
    const { verifyKey, manifestSha256 } = said;
    return isSignedStatement(said) ? { verifyKey, manifestSha256 } : undefined;
  } catch (thrown) {
    if (thrown instanceof ArchiveError) return undefined;
    throw thrown;
  }
};
