/** Backup tokens: a second secret of principals that make, download or restore backups. */
import * as z from 'zod';
import { instant } from './fields.ts';

/** A principal's backup token; only its hash is kept. */
export const backupTokenSchema = z.object({
  /** Id of the principal. */
  id: z.string(),
  /** Name of the principal at that time. */
  name: z.string(),
  /** SHA-256 of the token, hex. */
  hash: z.string(),
  createdAt: instant,
  /** It is not accepted before this. */
  usableFrom: instant,
});
export type BackupTokenRecord = z.infer<typeof backupTokenSchema>;

export const backupTokenViewSchema = z.object({
  /** Whether the configuration requires one for making, downloading and restoring backups. */
  required: z.boolean(),
  /** Hours until a new one is accepted. */
  waitHours: z.number(),
  /** Whether the caller has one. */
  exists: z.boolean(),
  createdAt: instant.nullable(),
  usableFrom: instant.nullable(),
  usable: z.boolean(),
});
export type BackupTokenView = z.infer<typeof backupTokenViewSchema>;

export const makeBackupTokenSchema = z.strictObject({
  /** Says what is wanted: `create` when there is none yet, `reset` when there is one. */
  confirm: z.enum(['create', 'reset']),
  /** For a program: the API token once more, as a proof that the caller holds it. */
  token: z.string().min(1).max(1024).optional(),
  /** For a person: the password once more. */
  password: z.string().min(1).max(1024).optional(),
});
export type MakeBackupTokenRequest = z.infer<typeof makeBackupTokenSchema>;
