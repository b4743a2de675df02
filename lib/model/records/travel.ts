/** Records of archives that come from elsewhere, or change their key: uploads, imports, re-seals. */
import * as z from 'zod';
import { encryptionSchema } from '../../archive/format.ts';
import { idSchema } from '../ids.ts';
import { pieceSchema } from './capture.ts';
import { count, instant } from './fields.ts';
import { operationFields } from './operation.ts';
import { domainsField } from './scope.ts';
import { trustedSignerSchema } from './seal.ts';

/** An archive on its way in: its parts arrive under this record until it is completed, deleted or too old. */
export const uploadSchema = z.object({
  id: idSchema,
  ...domainsField,
  /** Null: the backup's id, once the archive has told it. */
  fileName: z.string().nullable(),
  backupPath: z.string(),
  /** Of the whole file. */
  bytes: count,
  /** Of each part but the last, which has the rest. */
  partBytes: count,
  parts: count,
  /** Of the whole file, when the sender knew it. */
  sha256: z.string().nullable(),
  createdBy: z.string(),
  createdAt: instant,
  /** It is removed after this; each part that arrives puts it off. */
  expiresAt: instant,
});
export type UploadRecord = z.infer<typeof uploadSchema>;

/** A part that the host's own API has taken. */
export const uploadPartSchema = z.object({ uploadId: idSchema, number: count, piece: pieceSchema });
export type UploadPart = z.infer<typeof uploadPartSchema>;

/** The upload's last act: its bytes are verified, put in their place and recorded as a backup. */
export const importSchema = z.object({
  ...operationFields,
  uploadId: idSchema,
  fileName: z.string(),
  backupPath: z.string(),
  archiveBytes: count,
  /** Of the whole file; empty until it is verified. */
  sha256: z.string(),
  /** The backup key that it is sealed to, here or not; null for an archive under a passphrase or the key service. */
  keyId: z.string().nullable(),
  /** The signer's verify key was known here when it arrived. */
  signature: z.enum(['trusted', 'unknown-signer']),
  /** Who signed it; null for this installation itself. */
  signedBy: z.base64().nullable().optional(),
  /** SHA-256 of its manifest.json, hex. */
  manifestSha256: z.string().optional(),
});
export type ImportRecord = z.infer<typeof importSchema>;

/** Another key for an existing archive: its end is rewritten, its segments are not. */
export const resealSchema = z.object({
  ...operationFields,
  /** How it was encrypted before. */
  from: encryptionSchema,
  /** The backup key it is sealed to now. */
  keyId: idSchema,
  /** The former signer was not known here, and the requester trusted it. */
  trusted: z.boolean(),
  /** What was trusted then, by whom and when; null for a known signer. */
  trustedSigner: trustedSignerSchema.nullable().optional(),
  /** SHA-256 of the new manifest.json, hex, from just before the archive is replaced: tells whether it was. */
  manifestSha256: z.string(),
  /** Of the whole new file; empty until it is verified. */
  sha256: z.string(),
});
export type ResealRecord = z.infer<typeof resealSchema>;
