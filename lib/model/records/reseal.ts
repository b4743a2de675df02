/** The record of an archive that gets another key. */
import * as z from 'zod';
import { encryptionSchema } from '../../archive/format.ts';
import { idSchema } from '../ids.ts';
import { operationFields } from './operation.ts';
import { trustedSignerSchema } from './seal.ts';

/** A re-seal gives an existing archive another key: its end is rewritten, its segments are not. */
export const resealSchema = z.object({
  ...operationFields,
  /** How it was encrypted before. */
  from: encryptionSchema,
  /** The backup key that it is sealed to now. */
  keyId: idSchema,
  /** Whether the former signer was not known here, and the requester trusted it. */
  trusted: z.boolean(),
  /** What was trusted then, by whom and when; null for a known signer. */
  trustedSigner: trustedSignerSchema.nullable().optional(),
  /** SHA-256 of the new manifest.json, hex, written just before the archive is replaced: shows later whether it was. */
  manifestSha256: z.string(),
  /** SHA-256 of the whole new file; empty until it is verified. */
  sha256: z.string(),
});
export type ResealRecord = z.infer<typeof resealSchema>;
