/** Requests that make backups, or act on one. Unknown fields are refused by name. */
import * as z from 'zod';
import { emailAddressSchema } from '../config/email-address.ts';
import { fileNameSchema, idSchema, labelSchema } from '../ids.ts';
import { filterSchema } from '../records/backup.ts';
import { scopeSchema } from '../records/scope.ts';
import { verificationDepthSchema } from '../verification-depth.ts';
import {
  componentList,
  domainNameSchema,
  openingPassphraseSchema,
  passphraseSchema,
  reasonSchema,
  trustSchema,
} from './fields.ts';
import { pageSchema } from './page.ts';

/** The same file, at least where a file system ignores case. */
const sameName = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a.normalize().toLowerCase() === b.normalize().toLowerCase();

/** The pattern itself is the rule, because readers differ on the format e-mail. */
const addressSchema = emailAddressSchema.max(254).meta({ format: undefined });

export const createBackupSchema = z
  .strictObject({
    label: labelSchema.optional(),
    description: z.string().max(1000).default(''),
    scope: scopeSchema.default('system'),
    domain: domainNameSchema.optional(),
    /** @default every component of the scope */
    components: componentList.optional(),
    filters: z.array(filterSchema).max(100).default([]),
    /** The backup key to encrypt under. @default the default key of the scope */
    keyId: idSchema.optional(),
    passphrase: passphraseSchema.optional(),
    tiedToHsm: z.boolean().default(false),
    fileName: fileNameSchema.optional(),
    backupPath: z.string().min(1).max(1024).optional(),
    overwrite: z.boolean().default(false),
    includeLogs: z.boolean().default(false),
    logFileName: fileNameSchema.optional(),
    /** How the archive is read back before it becomes a SUCCESS. @default full */
    verification: verificationDepthSchema.optional(),
    /** Who gets an e-mail about its end, in addition to the rules; in a domain that the configuration allows. */
    notify: addressSchema.optional(),
  })
  .superRefine((request, context) => {
    const ways = [request.keyId !== undefined, request.passphrase !== undefined, request.tiedToHsm].filter(
      Boolean,
    );
    if (ways.length > 1)
      context.addIssue({
        code: 'custom',
        message: 'keyId, passphrase and tiedToHsm exclude each other: give only one',
      });
    if (request.tiedToHsm && request.scope === 'domain')
      context.addIssue({ code: 'custom', message: 'a backup of scope domain cannot be tied to the HSM' });
    if (request.filters.length > 0 && request.scope !== 'domain')
      context.addIssue({ code: 'custom', message: 'filters apply only to backups of scope domain' });
    if (request.logFileName !== undefined && !request.includeLogs)
      context.addIssue({ code: 'custom', message: 'logFileName needs includeLogs: true' });
    if (sameName(request.logFileName, request.fileName))
      context.addIssue({
        code: 'custom',
        message: 'logFileName is the same as fileName, the name of the archive: give the log another name',
      });
  });

export type CreateBackupRequest = z.infer<typeof createBackupSchema>;

export const holdBackupSchema = z.strictObject({ reason: reasonSchema });

export const deleteLaterSchema = z.strictObject({ reason: reasonSchema.default('asked for by hand') });

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

export const resealBackupSchema = z.strictObject({
  /** The backup key to seal it to. @default the default key of the backup's scope */
  keyId: idSchema.optional(),
  /** The passphrase that opens it now, if it has one. */
  passphrase: openingPassphraseSchema.optional(),
  /** Trust this signer for this archive, this once; recorded. */
  trust: trustSchema.optional(),
});

export type ResealBackupRequest = z.infer<typeof resealBackupSchema>;

export const listBackupsSchema = pageSchema.extend({ label: labelSchema.optional() });
