/** Backup tokens: a second secret of whoever makes, downloads or restores backups. */
import * as z from 'zod';
import { instant } from './fields.ts';

/** One of each principal; only its hash is kept. */
export const backupTokenSchema = z.object({
  /** Of the principal. */
  id: z.string(),
  /** Of the principal, as it was then. */
  name: z.string(),
  /** SHA-256 of the token, hex. */
  hash: z.string(),
  createdAt: instant,
  /** It is not taken before this. */
  usableFrom: instant,
});
export type BackupTokenRecord = z.infer<typeof backupTokenSchema>;

export const backupTokenViewSchema = z.object({
  /** The configuration wants one for making, downloading and restoring backups. */
  required: z.boolean(),
  /** A new one waits so long before it is taken. */
  waitHours: z.number(),
  /** Whether whoever asks has one. */
  exists: z.boolean(),
  createdAt: instant.nullable(),
  usableFrom: instant.nullable(),
  usable: z.boolean(),
});
export type BackupTokenView = z.infer<typeof backupTokenViewSchema>;

export const makeBackupTokenSchema = z.strictObject({
  /** The word that says what is wanted: `create` where there is none yet, `reset` where there is one. */
  confirm: z.enum(['create', 'reset']),
  /** Of a program: the API token once more, as a proof that whoever asks holds it. */
  token: z.string().min(1).max(1024).optional(),
  /** Of a person: the password once more. */
  password: z.string().min(1).max(1024).optional(),
});
export type MakeBackupTokenRequest = z.infer<typeof makeBackupTokenSchema>;
