/** Records of archives that come from elsewhere: uploads and imports. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { pieceSchema } from './capture.ts';
import { count, instant } from './fields.ts';
import { operationFields } from './operation.ts';
import { domainsField } from './scope.ts';

/** An archive that is being uploaded: its parts arrive under this record until it is completed, deleted or too old. */
export const uploadSchema = z.object({
  id: idSchema,
  ...domainsField,
  /** Null: the backup's id is used, once the archive has named it. */
  fileName: z.string().nullable(),
  backupPath: z.string(),
  /** Size of the whole file. */
  bytes: count,
  /** Size of each part except the last, which has the rest. */
  partBytes: count,
  parts: count,
  /** SHA-256 of the whole file, if the sender knew it. */
  sha256: z.string().nullable(),
  createdBy: z.string(),
  createdAt: instant,
  /** It is removed after this; each part that arrives moves this time back. */
  expiresAt: instant,
});
export type UploadRecord = z.infer<typeof uploadSchema>;

/** A part that the host's own API received. */
export const uploadPartSchema = z.object({ uploadId: idSchema, number: count, piece: pieceSchema });
export type UploadPart = z.infer<typeof uploadPartSchema>;

/** The last step of an upload: its bytes are verified, put in their place and recorded as a backup. */
export const importSchema = z.object({
  ...operationFields,
  uploadId: idSchema,
  fileName: z.string(),
  backupPath: z.string(),
  archiveBytes: count,
  /** SHA-256 of the whole file; empty until it is verified. */
  sha256: z.string(),
  /**
   * The backup key that it is sealed to, present here or not; null for an archive under a passphrase or the key
   * service.
   */
  keyId: z.string().nullable(),
  /** Whether the signer's verify key was known here when it arrived. */
  signature: z.enum(['trusted', 'unknown-signer']),
  /** The signer's verify key; null for this installation itself. */
  signedBy: z.base64().nullable().optional(),
  /** SHA-256 of its manifest.json, hex. */
  manifestSha256: z.string().optional(),
});
export type ImportRecord = z.infer<typeof importSchema>;
