/** Keys as the catalog keeps them: private halves only wrapped or sealed. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { instant } from './fields.ts';
import { scopeSchema } from './scope.ts';

/** A backup key. Its private half is here only as the key service's ciphertext, base64. */
export const backupKeySchema = z.object({
  id: idSchema,
  scope: scopeSchema,
  domain: z.string(),
  createdAt: instant,
  createdBy: z.string(),
  isDefault: z.boolean(),
  postQuantum: z.boolean(),
  recipient: z.string(),
  wrappedIdentity: z.base64(),
  /** Where an uploaded key came from. */
  importedFrom: z.string().nullable(),
  /** When a key file of it was last handed out; absent if never. */
  exportedAt: instant.optional(),
});
export type BackupKeyRecord = z.infer<typeof backupKeySchema>;

/** The key as the API shows it: never its private half, not even wrapped. */
export const backupKeyViewSchema = backupKeySchema.omit({ wrappedIdentity: true });
export type BackupKeyView = z.infer<typeof backupKeyViewSchema>;

/** An installation whose signatures are trusted here; our own is one. */
export const verifyKeySchema = z.object({
  /** SHA-256 of the raw public key, hex. */
  id: z.string(),
  installation: z.string(),
  /** Raw Ed25519 public key, base64. */
  publicKey: z.base64(),
  own: z.boolean(),
  addedAt: instant,
  addedBy: z.string(),
});
export type VerifyKeyRecord = z.infer<typeof verifyKeySchema>;

/**
 * The archive key of one backup, its private half sealed: an age file (key, passphrase) or a ciphertext of the key
 * service (hsm), base64. Written with the record, copied into the archive when it is sealed.
 */
export const sealedKeySchema = z.object({
  /** The backup, or the operation that opened the key. */
  ownerId: idSchema,
  member: z.enum(['key.age', 'key.kms']),
  sealed: z.base64(),
  /** The same key, wrapped by the key service, when the backup's own tasks must open what they read back. */
  forReadBack: z.base64().optional(),
});
export type SealedKeyRecord = z.infer<typeof sealedKeySchema>;
