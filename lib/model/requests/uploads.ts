/** Requests that upload an archive. */
import * as z from 'zod';
import { fileNameSchema, idSchema } from '../ids.ts';
import { domainNameSchema } from './fields.ts';

/** The size that 9,000 parts of 5 GiB bring into S3; a host may accept less. */
const MAX_ARCHIVE_BYTES = 9_000 * 5 * 1024 ** 3;

export const createUploadSchema = z.strictObject({
  bytes: z.number().int().min(1).max(MAX_ARCHIVE_BYTES),
  fileName: fileNameSchema.optional(),
  backupPath: z.string().min(1).max(1024).optional(),
  /** SHA-256 of the whole file: what arrives is compared with it. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')
    .optional(),
  /** The owner. @default the whole installation, or the caller's only domain */
  domain: domainNameSchema.optional(),
  /** The id inside the archive, if the sender knows it: an id that exists here is refused before any byte is sent. */
  backupId: idSchema.optional(),
});

export type CreateUploadRequest = z.infer<typeof createUploadSchema>;
