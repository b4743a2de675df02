/** What callers may send to bring an archive. */
import * as z from 'zod';
import { fileNameSchema, idSchema } from '../ids.ts';
import { domainNameSchema } from './fields.ts';

/** What 9,000 parts of 5 GiB bring into S3; the host may take less. */
const MAX_ARCHIVE_BYTES = 9_000 * 5 * 1024 ** 3;

export const createUploadSchema = z.strictObject({
  bytes: z.number().int().min(1).max(MAX_ARCHIVE_BYTES),
  fileName: fileNameSchema.optional(),
  backupPath: z.string().min(1).max(1024).optional(),
  /** Of the whole file: what arrives is held against it. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')
    .optional(),
  /** Whose it is to be; with none, the whole installation's, or of the only domain of whoever asks. */
  domain: domainNameSchema.optional(),
  /** The id inside the archive, where the sender knows it: one that is here already is refused before any byte is sent. */
  backupId: idSchema.optional(),
});

export type CreateUploadRequest = z.infer<typeof createUploadSchema>;
