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

/** One component of one backup. */
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

/** One restore as its backup tells of it; kept after the backup itself is deleted. */
export const restoreSummarySchema = z.object({
  id: idSchema,
  state: stateSchema,
  /** Only planned: nothing was written. */
  dryRun: z.boolean(),
  componentStatus: z.record(z.string(), componentStateSchema),
});

/** Absent in records of 0.1.0: the manifest that was trusted. */
export const resealedSignerSchema = trustedSignerSchema.partial({ manifestSha256: true });

/** Somebody wants it kept: neither retention nor a request deletes it until it is released. */
export const holdSchema = z.object({ reason: z.string(), by: z.string(), at: instant });

/** It is to be deleted, and is still whole. */
export const removalSchema = z.object({
  at: instant,
  by: z.string(),
  reason: z.string(),
  /** By the rules of retention, and not by somebody who named it. */
  byRetention: z.boolean(),
});

/** A verification of later found that its archive is damaged, or is not there. */
export const failedVerificationSchema = z.object({ id: idSchema, at: instant, errorCode: errorCodeSchema });

/** The backup record. `completedAt` is null while it runs. */
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
  /** Of the whole archive file; empty until it is sealed. */
  sha256: z.string(),
  progress: progressSchema,
  verifiedAt: instant.nullable(),
  /** Absent unless the last verification that looked at the archive found it bad. */
  failedVerification: failedVerificationSchema.optional(),
  /** Came as a file from elsewhere. */
  imported: z.boolean(),
  /** When it came, by the clock of this installation; absent in records of earlier versions, and of those made here. */
  importedAt: instant.optional(),
  /** The installation that made an imported one, in its own words. */
  importedFrom: z.string().nullable(),
  /** Whose signature it carries: a raw Ed25519 public key, base64; null for this installation's own. */
  signedBy: z.base64().nullable(),
  /**
   * SHA-256 of its manifest.json, hex: with `signedBy` it says which file the archive is. Empty until it is sealed; absent
   * in records of 0.1.0 until the archive is next opened.
   */
  manifestSha256: z.string().optional(),
  /** A signer that was not known here, and who trusted it when the archive was sealed anew under our own signature. */
  trustedSigner: resealedSignerSchema.nullable(),
  /** The schedule that asked for it. */
  scheduleId: z.string().nullable(),
  /** How it was read back before it was a SUCCESS; absent: full. */
  verification: verificationDepthSchema.optional(),
  /** The address that is told by mail how it ended, where the request named one. */
  notify: z.string().optional(),
  /** The backup that was written over this one's archive, as it was asked to; absent while this one has its own. */
  replacedBy: idSchema.optional(),
  hold: holdSchema.optional(),
  /** Until then its place does not let anybody delete the archive. */
  lockedUntil: instant.optional(),
  /** It is deleted then, and until then `backup undelete` takes that back; `removal` says who wants it, and why. */
  deleteAfter: instant.optional(),
  removal: removalSchema.optional(),
});
export type BackupRecord = z.infer<typeof backupSchema>;

/** The backup as the API shows it: its restores with it, and while it runs what its tasks have done so far. */
export const backupViewSchema = backupSchema.extend({
  /** Whether the key that signed its archive is one that is trusted here. */
  signature: z.enum(['trusted', 'unknown-signer']),
  restores: z.array(restoreSummarySchema),
});
export type BackupView = z.infer<typeof backupViewSchema>;

/** A backup whose bytes are about to go: kept until its record has gone, too, so that a crash in between is noticed. */
export const deletionSchema = z.object({ backupId: idSchema, startedAt: instant });
export type DeletionRecord = z.infer<typeof deletionSchema>;
