/** The backup record. */
import * as z from 'zod';
import { encryptionSchema, jsonSchema } from '../../archive/format.ts';
import { idSchema, labelSchema } from '../ids.ts';
import { verificationDepthSchema } from '../verification-depth.ts';
import { count, instant, skippedFields, warningsField } from './fields.ts';
import {
  componentStateSchema,
  errorCodeField,
  errorCodeSchema,
  progressSchema,
  stateSchema,
} from './operation.ts';
import { scopeSchema } from './scope.ts';
import { trustedSignerSchema } from './seal.ts';

/** A component of a backup. */
export const componentBackupSchema = z.object({
  kind: z.string(),
  state: componentStateSchema,
  capturedAt: instant.nullable(),
  sourceBytes: count,
  entries: count,
  ...skippedFields,
  ...warningsField,
  shortError: z.string(),
  ...errorCodeField,
});
export type ComponentBackup = z.infer<typeof componentBackupSchema>;

export const filterSchema = z.strictObject({
  resourceType: z.string().min(1).max(128),
  resourceQuery: z.record(z.string(), jsonSchema).optional(),
});

/** A restore in its backup's record; kept after the backup itself is deleted. */
export const restoreSummarySchema = z.object({
  id: idSchema,
  state: stateSchema,
  /** Whether the restore was only planned, and nothing was written. */
  dryRun: z.boolean(),
  componentStatus: z.record(z.string(), componentStateSchema),
});

/** The trusted manifest is absent in records of 0.1.0. */
export const resealedSignerSchema = trustedSignerSchema.partial({ manifestSha256: true });

/** A hold: neither retention nor a request deletes the backup until it is released. */
export const holdSchema = z.object({ reason: z.string(), by: z.string(), at: instant });

/** The backup will be deleted, but is still whole. */
export const removalSchema = z.object({
  at: instant,
  by: z.string(),
  reason: z.string(),
  /** Whether retention's rules removed it, and not a request. */
  byRetention: z.boolean(),
});

/** A later verification found its archive damaged or missing. */
export const failedVerificationSchema = z.object({ id: idSchema, at: instant, errorCode: errorCodeSchema });

/** The backup record. `completedAt` is null while the backup runs. */
export const backupSchema = z.object({
  id: idSchema,
  label: labelSchema,
  description: z.string(),
  scope: scopeSchema,
  domain: z.string(),
  state: stateSchema,
  shortError: z.string(),
  ...errorCodeField,
  createdBy: z.string(),
  createdAt: instant,
  completedAt: instant.nullable(),
  encrypted: z.literal(true),
  encryption: encryptionSchema,
  tiedToHsm: z.boolean(),
  /** The age recipient this archive's segments are encrypted to. */
  archiveKey: z.string(),
  fileName: z.string(),
  logFileName: z.string(),
  backupPath: z.string(),
  host: z.string(),
  productVersion: z.string(),
  formatVersion: z.number().int(),
  components: z.record(z.string(), componentBackupSchema),
  filters: z.array(filterSchema),
  includeLogs: z.boolean(),
  overwrite: z.boolean(),
  sourceBytes: count,
  archiveBytes: count,
  entries: count,
  /** SHA-256 of the whole archive file; empty until it is sealed. */
  sha256: z.string(),
  progress: progressSchema,
  verifiedAt: instant.nullable(),
  /** Absent unless the last verification of the archive found it bad. */
  failedVerification: failedVerificationSchema.optional(),
  /** Whether it came as a file from elsewhere. */
  imported: z.boolean(),
  /** When it came, by this installation's clock; absent in records of earlier versions, and for backups made here. */
  importedAt: instant.optional(),
  /** The name that the installation that made an imported backup gives itself. */
  importedFrom: z.string().nullable(),
  /** The key of its signature: a raw Ed25519 public key, base64; null for this installation's own. */
  signedBy: z.base64().nullable(),
  /**
   * SHA-256 of its manifest.json, hex: with `signedBy` it identifies the archive's file. Empty until the archive is
   * sealed; absent in records of 0.1.0 until the archive is next opened.
   */
  manifestSha256: z.string().optional(),
  /** A signer that was not known here, and who trusted it when the archive was sealed anew with our own signature. */
  trustedSigner: resealedSignerSchema.nullable(),
  /** The schedule that started it. */
  scheduleId: z.string().nullable(),
  /** How it was read back before it became a SUCCESS; absent: full. */
  verification: verificationDepthSchema.optional(),
  /** The address that gets an e-mail about its end, if the request named one. */
  notify: z.string().optional(),
  /** The backup that replaced this one's archive, as it was asked to; absent while this one has its own. */
  replacedBy: idSchema.optional(),
  hold: holdSchema.optional(),
  /** Until then its place lets nobody delete the archive. */
  lockedUntil: instant.optional(),
  /** When it is deleted; until then `backup undelete` takes that back. `removal` says who asked for it, and why. */
  deleteAfter: instant.optional(),
  removal: removalSchema.optional(),
});
export type BackupRecord = z.infer<typeof backupSchema>;

/** The backup as the API shows it: with its restores and, while it runs, with its tasks' progress. */
export const backupViewSchema = backupSchema.extend({
  /** Whether the key that signed its archive is trusted here. */
  signature: z.enum(['trusted', 'unknown-signer']),
  restores: z.array(restoreSummarySchema),
});
export type BackupView = z.infer<typeof backupViewSchema>;

/**
 * A backup whose bytes are about to be deleted: kept until its record is gone, too, so that a crash in between is
 * noticed.
 */
export const deletionSchema = z.object({ backupId: idSchema, startedAt: instant });
export type DeletionRecord = z.infer<typeof deletionSchema>;
