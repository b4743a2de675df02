/** What callers may send. Unknown fields are refused by name. */
import * as z from 'zod';
import { componentIdSchema, verifyKeySchema } from '../archive/format.ts';
import { fileNameSchema, idSchema, labelSchema } from './ids.ts';
import { passphraseFault } from './passphrase.ts';
import { filterSchema } from './records/backup.ts';
import { existingSchema } from './records/restore.ts';
import { scopeSchema } from './records/scope.ts';
import { archiveSealSchema } from './records/seal.ts';

/** Of something new. The bounds stand in the API's document; the rule says them in words. */
export const passphraseSchema = z
  .string()
  .meta({ minLength: 12, maxLength: 1024, pattern: '^\\S(?:[^\\x00-\\x1f\\x7f-\\x9f]*\\S)?$' })
  .superRefine((text, context) => {
    const message = passphraseFault(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
/** Of what was sealed before: taken as it is given, also where it would be refused today. */
export const openingPassphraseSchema = z.string().min(1).max(1024);

const IDEMPOTENCY_KEY_RULE = 'a key has 1 to 255 printable characters of ASCII; send none, or another';
export const idempotencyKeySchema = z.string().regex(/^[ -~]{1,255}$/, IDEMPOTENCY_KEY_RULE);

const TRUST_RULE =
  'trust names one signer and one archive: {"verifyKey": ..., "manifestSha256": ...}, as signedBy and manifestSha256 of the backup say them; leave it out where the signer is known';
export const trustSchema = z.strictObject(archiveSealSchema.shape, {
  error: ({ code }) => (code === 'invalid_type' ? TRUST_RULE : undefined),
});

const componentList = z.array(componentIdSchema).min(1).max(1000);

/** The same file, at least where a file system does not tell capitals from small letters. */
const sameName = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a.normalize().toLowerCase() === b.normalize().toLowerCase();

export const createBackupSchema = z
  .strictObject({
    label: labelSchema.optional(),
    description: z.string().max(1000).default(''),
    scope: scopeSchema.default('system'),
    domain: z.string().min(1).max(128).optional(),
    /** With none: every component of the scope. */
    components: componentList.optional(),
    filters: z.array(filterSchema).max(100).default([]),
    /** The backup key to encrypt under; with none, the default of the scope. */
    keyId: idSchema.optional(),
    passphrase: passphraseSchema.optional(),
    tiedToHsm: z.boolean().default(false),
    fileName: fileNameSchema.optional(),
    backupPath: z.string().min(1).max(1024).optional(),
    overwrite: z.boolean().default(false),
    includeLogs: z.boolean().default(false),
    logFileName: fileNameSchema.optional(),
  })
  .superRefine((request, context) => {
    const ways = [request.keyId !== undefined, request.passphrase !== undefined, request.tiedToHsm].filter(
      Boolean,
    );
    if (ways.length > 1)
      context.addIssue({
        code: 'custom',
        message: 'keyId, passphrase and tiedToHsm exclude each other: name one',
      });
    if (request.tiedToHsm && request.scope === 'domain')
      context.addIssue({ code: 'custom', message: 'a backup of scope domain cannot be tied to the HSM' });
    if (request.filters.length > 0 && request.scope !== 'domain')
      context.addIssue({ code: 'custom', message: 'filters apply to backups of scope domain only' });
    if (request.logFileName !== undefined && !request.includeLogs)
      context.addIssue({ code: 'custom', message: 'logFileName needs includeLogs: true' });
    if (sameName(request.logFileName, request.fileName))
      context.addIssue({
        code: 'custom',
        message: 'logFileName is the name of the archive itself, fileName: give the log another one',
      });
  });
export type CreateBackupRequest = z.infer<typeof createBackupSchema>;

export const createRestoreSchema = z.strictObject({
  /** With none: the components that `targets` names, and with no targets either, all of the archive. */
  components: componentList.optional(),
  /** Component id to another target: a folder, a database URL's secret name, a bucket, a table. */
  targets: z.record(componentIdSchema, z.string().min(1).max(4096)).default({}),
  dryRun: z.boolean().default(false),
  /** Restore onto the live sources of the components that have no other target. A dry run needs no such word. */
  inPlace: z.boolean().default(false),
  /** What to do with what is already there. */
  existing: existingSchema.default('overwrite'),
  passphrase: openingPassphraseSchema.optional(),
  /** Pass the version check; recorded. */
  force: z.boolean().default(false),
  /** Trust this signer for this archive, for this restore; recorded. Another file, digest or restore is not covered. */
  trust: trustSchema.optional(),
  /**
   * Restore the bits setuid and setgid, where root restores. With none: of archives that were made here, and not of
   * those that were imported or that another installation signed.
   */
  setuid: z.boolean().optional(),
  /**
   * Restore the mode, the owner and the time of a target folder itself, though it was there before and is not the
   * component's own place.
   */
  rootAttributes: z.boolean().default(false),
  /** Drop what a database has beyond the archive where it hangs on what is overwritten: the plan names it. */
  allowDrop: z.boolean().default(false),
  /**
   * Restore a database in one transaction, all or nothing; or keep what can be kept, and name what cannot. With none: one
   * that is there all or nothing, one that the restore makes as far as it goes.
   */
  allOrNothing: z.boolean().optional(),
});
export type CreateRestoreRequest = z.infer<typeof createRestoreSchema>;

export const verifyBackupSchema = z.strictObject({
  subset: z
    .string()
    .regex(/^[1-9]\d{0,3}\/[1-9]\d{0,3}$/, 'a subset is n/t, such as 1/5')
    .refine((subset) => {
      const [n = 0, t = 0] = subset.split('/').map(Number);
      return n <= t;
    }, 'in a subset n/t, n is at most t')
    .default('1/1'),
  deep: z.boolean().default(false),
  passphrase: openingPassphraseSchema.optional(),
});
export type VerifyBackupRequest = z.infer<typeof verifyBackupSchema>;

export const createKeySchema = z.strictObject({
  scope: scopeSchema.default('system'),
  domain: z.string().min(1).max(128).optional(),
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
  /** The id inside the archive, where the sender knows it: one that is here already is refused before any byte is sent. */
  backupId: idSchema.optional(),
});
export type CreateUploadRequest = z.infer<typeof createUploadSchema>;

export const resealBackupSchema = z.strictObject({
  /** The backup key to seal it to; with none, the default of the backup's scope. */
  keyId: idSchema.optional(),
  /** What opens it now, when that is a passphrase. */
  passphrase: openingPassphraseSchema.optional(),
  /** Trust this signer for this archive, for this once; recorded. */
  trust: trustSchema.optional(),
});
export type ResealBackupRequest = z.infer<typeof resealBackupSchema>;

const wholeNumber = (fallback: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'a whole number')
    .transform(Number)
    .pipe(z.number().max(max))
    .default(fallback)
    // The text of a query: to whoever reads the API's document, a number.
    .meta({ type: 'integer', minimum: 0, maximum: max, pattern: undefined });

export const MAX_PAGE = 1000;
export const pageSchema = z.strictObject({
  skip: wholeNumber(0, 999_999_999),
  limit: wholeNumber(10, MAX_PAGE),
});
export const listBackupsSchema = pageSchema.extend({ label: labelSchema.optional() });
export const listKeysSchema = pageSchema.extend({
  scope: scopeSchema.optional(),
  domain: z.string().min(1).max(128).optional(),
});
export const componentPageSchema = pageSchema.extend({ component: componentIdSchema.optional() });
/** A page of a list. */
export interface Page<T> {
  skip: number;
  limit: number;
  total: number;
  resources: T[];
}
