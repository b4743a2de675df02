/** How a new archive is read back before its backup is called SUCCESS. */
import * as z from 'zod';

/**
 * `full`: every byte, against the signed manifest. `deep`: everything is also decrypted and decompressed, and compared
 * with the lists of contents, as in a restore.
 */
export const verificationDepthSchema = z.enum(['full', 'deep']);
export type VerificationDepth = z.infer<typeof verificationDepthSchema>;
