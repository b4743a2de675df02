/** Requests that make, download, upload and delete keys. */
import * as z from 'zod';
import { verifyKeySchema } from '../../archive/format.ts';
import { idSchema } from '../ids.ts';
import { scopeSchema } from '../records/scope.ts';
import { domainNameSchema, openingPassphraseSchema, passphraseSchema } from './fields.ts';
import { pageSchema } from './page.ts';

export const createKeySchema = z.strictObject({
  scope: scopeSchema.default('system'),
  domain: domainNameSchema.optional(),
  /** Whether backups that name no key use this one: the default of their scope. */
  default: z.boolean().default(false),
  /** Hybrid ML-KEM-768 with X25519: archives sealed to it need age 1.3 to be opened by hand. */
  postQuantum: z.boolean().default(false),
});

export const downloadKeySchema = z.strictObject({
  password: passphraseSchema,
  /** Stored in clear in the file; helps to remember the password. */
  hint: z.string().max(200).default(''),
});

export type DownloadKeyRequest = z.infer<typeof downloadKeySchema>;

export const MAX_KEY_FILE_BYTES = 64 * 1024;

export const uploadKeySchema = z.strictObject({
  /** The text of the key file. */
  file: z.string().max(MAX_KEY_FILE_BYTES),
  password: openingPassphraseSchema,
});

export type UploadKeyRequest = z.infer<typeof uploadKeySchema>;

export const deleteKeySchema = z.strictObject({
  /** Delete it although backups open only with it; `backups` or `digest` must then repeat which. */
  force: z.boolean().default(false),
  /** The ids of all of them. A body has at most 1 MiB; for more, use the digest. */
  backups: z.array(idSchema).max(5_000).default([]),
  /** The refusal's `digest`: SHA-256, hex, of all their ids, sorted, each with a line feed. */
  digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex')
    .optional(),
});

export type DeleteKeyRequest = z.infer<typeof deleteKeySchema>;

export const listKeysSchema = pageSchema.extend({
  scope: scopeSchema.optional(),
  domain: domainNameSchema.optional(),
});

/** The name of an installation. An archive that names another one is not ours, and is only shown. */
const installationName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u, 'a name has no control characters')
  // Other languages lack Unicode classes in patterns.
  .meta({
    description: 'A name without control and format characters.',
    pattern: '^[^\\x00-\\x1f\\x7f-\\x9f]+$',
  });

export const importVerifyKeySchema = z.strictObject({
  installation: installationName,
  /** Raw Ed25519 public key, base64. */
  publicKey: verifyKeySchema,
});

export type ImportVerifyKeyRequest = z.infer<typeof importVerifyKeySchema>;
