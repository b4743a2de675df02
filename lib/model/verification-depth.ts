/** How a new archive is read back before its backup is called SUCCESS. */
import * as z from 'zod';

/**
 * `full`: every byte, against the signed manifest. `deep`: everything in it is also decrypted and decompressed, and held
 * against the lists of contents, as a restore would.
 */
export const verificationDepthSchema = z.enum(['full', 'deep']);
export type VerificationDepth = z.infer<typeof verificationDepthSchema>;
