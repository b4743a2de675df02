/** What callers may send to make, fetch, bring and delete keys. */
import * as z from 'zod';
import { verifyKeySchema } from '../../archive/format.ts';
import { idSchema } from '../ids.ts';
import { scopeSchema } from '../records/scope.ts';
import { domainNameSchema, openingPassphraseSchema, passphraseSchema } from './fields.ts';
import { pageSchema } from './page.ts';

export const createKeySchema = z.strictObject({
  scope: scopeSchema.default('system'),
  domain: domainNameSchema.optional(),
  /** Backups that name no key use the default of their scope. */
  default: z.boolean().default(false),
  /** Hybrid ML-KEM-768 with X25519: archives sealed to it need age 1.3 to be opened by hand. */
  postQuantum: z.boolean().default(false),
});

export const downloadKeySchema = z.strictObject({
  password: passphraseSchema,
  /** Stands in clear in the file; helps to remember the password. */
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
  /** Delete it though backups open with nothing else; then `backups` or `digest` repeats which. */
  force: z.boolean().default(false),
  /** The id of every one of them. A body has 1 MiB: for more, there is the digest. */
  backups: z.array(idSchema).max(5_000).default([]),
  /** What the refusal gave as `digest`: SHA-256, hex, of all their ids, sorted, each with a line feed. */
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

/** What people see of an installation; one that calls itself otherwise is another's archive, and is only shown. */
const installationName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u, 'a name holds no control characters')
  // Readers in other languages know no classes of Unicode.
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
