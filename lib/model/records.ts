/** The records a catalog keeps, each with its schema; types are inferred once, here. */
import * as z from 'zod';
import { encryptionSchema, memberSchema, skippedSchema } from '../archive/format.ts';
import { idSchema, labelSchema } from './ids.ts';

const instant = z.iso.datetime({ offset: true });
const count = z.number().int().nonnegative();

export const operationKinds = ['backup', 'restore', 'verify', 'import', 'reseal'] as const;
export type OperationKind = (typeof operationKinds)[number];

export const scopeSchema = z.enum(['system', 'domain']);
export type Scope = z.infer<typeof scopeSchema>;
export const ROOT_DOMAIN = 'root';

/** What the lock's holder is doing, as told to whoever is refused. */
export const operationSchema = z.object({
  id: idSchema,
  kind: z.enum(operationKinds),
  /** The backup that is made, restored, verified, imported or sealed anew. */
  backupId: idSchema,
  startedAt: instant,
});
export type Operation = z.infer<typeof operationSchema>;

export const stateSchema = z.enum(['IN_PROGRESS', 'SUCCESS', 'PARTIAL', 'FAILED', 'CANCELLED']);
export type State = z.infer<typeof stateSchema>;
export const isFinal = (state: State): boolean => state !== 'IN_PROGRESS';

export const componentStateSchema = z.enum([
  'PENDING',
  'IN_PROGRESS',
  'SUCCESS',
  'PARTIAL',
  'FAILED',
  'SKIPPED',
]);

/** One component of one backup. */
export const componentBackupSchema = z.object({
  kind: z.string(),
  state: componentStateSchema,
  capturedAt: instant.nullable(),
  sourceBytes: count,
  entries: count,
  /** How many things were skipped or changed while read; the first hundred by name. */
  skippedCount: count,
  skipped: z.array(skippedSchema),
  shortError: z.string(),
});
export type ComponentBackup = z.infer<typeof componentBackupSchema>;

export const progressSchema = z.object({
  /** The state machine's step: acquire-lock, plan-backup, capture, seal-archive, verify-archive, complete-backup. */
  step: z.string(),
  sourceBytes: count,
  entries: count,
  /** Where the kind can tell beforehand. */
  expectedBytes: count.nullable(),
  /** Who asked for its end before it was done. */
  cancelledBy: z.string().nullable(),
  updatedAt: instant,
});
export type Progress = z.infer<typeof progressSchema>;

export const filterSchema = z.strictObject({
  resourceType: z.string().min(1).max(128),
  resourceQuery: z.record(z.string(), z.json()).optional(),
});

/** One restore as its backup tells of it; kept after the backup itself is deleted. */
const restoreSummarySchema = z.object({
  id: idSchema,
  state: stateSchema,
  /** Only planned: nothing was written. */
  dryRun: z.boolean(),
  componentStatus: z.record(z.string(), componentStateSchema),
});

/** The backup record. `completedAt` is null while it runs. */
export const backupSchema = z.object({
  id: idSchema,
  label: labelSchema,
  description: z.string(),
  scope: scopeSchema,
  domain: z.string(),
  state: stateSchema,
  shortError: z.string(),
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
  /** Came as a file from elsewhere. */
  imported: z.boolean(),
  /** The installation that made an imported one, in its own words. */
  importedFrom: z.string().nullable(),
  /** Whose signature it carries: a raw Ed25519 public key, base64; null for this installation's own. */
  signedBy: z.base64().nullable(),
  /** A signer that was not known here, and who trusted it when the archive was sealed anew under our own signature. */
  trustedSigner: z.object({ verifyKey: z.base64(), by: z.string(), at: instant }).nullable(),
  /** The schedule that asked for it. */
  scheduleId: z.string().nullable(),
  /** The backup that was written over this one's archive, as it was asked to; absent while this one has its own. */
  replacedBy: idSchema.optional(),
});
export type BackupRecord = z.infer<typeof backupSchema>;

/** The backup as the API shows it: its restores with it, and while it runs what its tasks have done so far. */
export const backupViewSchema = backupSchema.extend({
  /** Whether the key that signed its archive is one that is trusted here. */
  signature: z.enum(['trusted', 'unknown-signer']),
  restores: z.array(restoreSummarySchema),
});
export type BackupView = z.infer<typeof backupViewSchema>;

export const planCountsSchema = z.object({ create: count, overwrite: count, skip: count, refuse: count });
export const planEntrySchema = z.object({
  path: z.string(),
  action: z.enum(['create', 'overwrite', 'skip', 'refuse']),
  reason: z.string().optional(),
});
/** What a restore would do, or does, to one component. */
export const componentPlanSchema = z.object({
  target: z.string(),
  counts: planCountsSchema,
  /** The first thousand. */
  entries: z.array(planEntrySchema),
});
export type ComponentPlan = z.infer<typeof componentPlanSchema>;

export const componentRestoreSchema = z.object({
  kind: z.string(),
  state: componentStateSchema,
  target: z.string(),
  bytes: count,
  entries: count,
  skippedCount: count,
  skipped: z.array(skippedSchema),
  shortError: z.string(),
});
export type ComponentRestore = z.infer<typeof componentRestoreSchema>;

export const existingSchema = z.enum(['overwrite', 'skip', 'refuse']);

export const restoreSchema = z.object({
  id: idSchema,
  backupId: idSchema,
  state: stateSchema,
  shortError: z.string(),
  createdBy: z.string(),
  createdAt: instant,
  completedAt: instant.nullable(),
  dryRun: z.boolean(),
  existing: existingSchema,
  force: z.boolean(),
  /** The signer was not known and the requester trusted it for this restore. */
  trusted: z.boolean(),
  components: z.record(z.string(), componentRestoreSchema),
  componentStatus: z.record(z.string(), componentStateSchema),
  plan: z.record(z.string(), componentPlanSchema).nullable(),
  progress: progressSchema,
  /** What is to be restarted or done now. */
  afterwards: z.array(z.string()),
});
export type RestoreRecord = z.infer<typeof restoreSchema>;

/** A verification of one archive, by `backup verify`. */
export const verificationSchema = z.object({
  id: idSchema,
  backupId: idSchema,
  state: stateSchema,
  shortError: z.string(),
  createdBy: z.string(),
  createdAt: instant,
  completedAt: instant.nullable(),
  /** `n/t` of the segments, as in `1/5`; all of them is `1/1`. */
  subset: z.string(),
  /** Segments were also decrypted and decompressed. */
  deep: z.boolean(),
  bytes: count,
  progress: progressSchema,
});
export type VerificationRecord = z.infer<typeof verificationSchema>;

/** Where the bytes of a member wait until the archive is sealed; made by the object store. */
export const pieceSchema = z.object({ name: z.string(), bytes: count, at: z.union([count, z.string()]) });
export type Piece = z.infer<typeof pieceSchema>;

const run = {
  id: idSchema,
  backupId: idSchema,
  state: stateSchema,
  shortError: z.string(),
  createdBy: z.string(),
  createdAt: instant,
  completedAt: instant.nullable(),
  progress: progressSchema,
};

/** An archive on its way in: its parts arrive under this record until it is completed, deleted or too old. */
export const uploadSchema = z.object({
  id: idSchema,
  /** Null: the backup's id, once the archive has told it. */
  fileName: z.string().nullable(),
  backupPath: z.string(),
  /** Of the whole file. */
  bytes: count,
  /** Of each part but the last, which has the rest. */
  partBytes: count,
  parts: count,
  /** Of the whole file, when the sender knew it. */
  sha256: z.string().nullable(),
  createdBy: z.string(),
  createdAt: instant,
  /** It is removed after this; each part that arrives puts it off. */
  expiresAt: instant,
});
export type UploadRecord = z.infer<typeof uploadSchema>;

/** A part that the host's own API has taken. */
export const uploadPartSchema = z.object({ uploadId: idSchema, number: count, piece: pieceSchema });
export type UploadPart = z.infer<typeof uploadPartSchema>;

/** The upload's last act: its bytes are verified, put in their place and recorded as a backup. */
export const importSchema = z.object({
  ...run,
  uploadId: idSchema,
  fileName: z.string(),
  backupPath: z.string(),
  archiveBytes: count,
  /** Of the whole file; empty until it is verified. */
  sha256: z.string(),
  /** The backup key that it is sealed to, here or not; null for an archive under a passphrase or the key service. */
  keyId: z.string().nullable(),
  /** The signer's verify key was known here when it arrived. */
  signature: z.enum(['trusted', 'unknown-signer']),
});
export type ImportRecord = z.infer<typeof importSchema>;

/** Another key for an existing archive: its end is rewritten, its segments are not. */
export const resealSchema = z.object({
  ...run,
  /** How it was encrypted before. */
  from: encryptionSchema,
  /** The backup key it is sealed to now. */
  keyId: idSchema,
  /** The former signer was not known here, and the requester trusted it. */
  trusted: z.boolean(),
  /** SHA-256 of the new manifest.json, hex, from just before the archive is replaced: tells whether it was. */
  manifestSha256: z.string(),
  /** Of the whole new file; empty until it is verified. */
  sha256: z.string(),
});
export type ResealRecord = z.infer<typeof resealSchema>;

/** Failed attempts at one password, or of one caller: so that guessing is slow, whichever function is asked. */
export const passwordAttemptsSchema = z.object({
  id: z.string(),
  /** That failed. */
  count,
  /** Those being made, by their ids, each with the time after which it counts as failed: whoever made it is gone. */
  inFlight: z.record(z.string(), instant),
  lastAt: instant,
  /** No attempt is made before this. */
  blockedUntil: instant.nullable(),
});
export type PasswordAttempts = z.infer<typeof passwordAttemptsSchema>;

/** A backup key. The private half stands here only as the key service's ciphertext, base64. */
export const backupKeySchema = z.object({
  id: idSchema,
  scope: scopeSchema,
  domain: z.string(),
  createdAt: instant,
  createdBy: z.string(),
  isDefault: z.boolean(),
  postQuantum: z.boolean(),
  recipient: z.string(),
  wrappedIdentity: z.base64(),
  /** Where it came from, when it was uploaded. */
  importedFrom: z.string().nullable(),
});
export type BackupKeyRecord = z.infer<typeof backupKeySchema>;
/** The key as the API shows it: never its private half, not even wrapped. */
export const backupKeyViewSchema = backupKeySchema.omit({ wrappedIdentity: true });
export type BackupKeyView = z.infer<typeof backupKeyViewSchema>;

/** An installation whose signatures are trusted here, our own included. */
export const verifyKeySchema = z.object({
  /** SHA-256 of the raw public key, hex. */
  id: z.string(),
  installation: z.string(),
  /** Raw Ed25519 public key, base64. */
  publicKey: z.base64(),
  own: z.boolean(),
  addedAt: instant,
  addedBy: z.string(),
});
export type VerifyKeyRecord = z.infer<typeof verifyKeySchema>;

/**
 * The archive key of one backup, private half sealed: an age file (key, passphrase) or a ciphertext of the key
 * service (hsm), base64. Written with the record, copied into the archive when it is sealed.
 */
export const sealedKeySchema = z.object({
  /** The backup, or the operation that the key was opened for. */
  ownerId: idSchema,
  member: z.enum(['key.age', 'key.kms']),
  sealed: z.base64(),
});
export type SealedKeyRecord = z.infer<typeof sealedKeySchema>;

/** A finished part of a capture: a checkpoint. `cursor` tells the kind where to go on. */
export const captureGroupSchema = z.object({
  backupId: idSchema,
  component: z.string(),
  shard: count,
  group: count,
  members: z.array(memberSchema),
  pieces: z.array(pieceSchema),
  sourceBytes: count,
  entries: count,
  skippedCount: count,
  skipped: z.array(skippedSchema),
  cursor: z.unknown(),
});
export type CaptureGroup = z.infer<typeof captureGroupSchema>;

/** What one task of a backup captures, as the component's kind has cut it: written by the plan, read by the task. */
export const captureWorkSchema = z.object({
  backupId: idSchema,
  component: z.string(),
  shard: count,
  shards: count,
  /** The kind's own: a range of keys, a segment of a table. */
  work: z.json(),
});
export type CaptureWork = z.infer<typeof captureWorkSchema>;

/** How a component's capture stands or ended; one a component and shard. */
export const captureSummarySchema = z.object({
  backupId: idSchema,
  component: z.string(),
  shard: count,
  kind: z.string(),
  state: componentStateSchema,
  capturedAt: instant,
  sourceBytes: count,
  entries: count,
  /** Up to the last checkpoint; the first hundred by name. */
  skippedCount: count,
  skipped: z.array(skippedSchema),
  details: z.record(z.string(), z.json()),
  shortError: z.string(),
});
export type CaptureSummary = z.infer<typeof captureSummarySchema>;

/** An operation, as long as the catalog keeps anything of its run: how the sweep finds what a crash has left. */
export type RunRecord = Operation;

/** How far the restore of a component is for good: all before `cursor` is in its target. Counts are of all calls. */
export const restoreCheckpointSchema = z.object({
  restoreId: idSchema,
  component: z.string(),
  bytes: count,
  entries: count,
  skippedCount: count,
  skipped: z.array(skippedSchema),
  cursor: z.unknown(),
});
export type RestoreCheckpoint = z.infer<typeof restoreCheckpointSchema>;

/** Lines of a run's log, kept while it runs: the archive and the log file are made from them. */
export const logChunkSchema = z.object({
  operationId: idSchema,
  at: instant,
  /** Unique in the run: the task and its count. */
  part: z.string(),
  lines: z.array(z.string()),
});
export type LogChunk = z.infer<typeof logChunkSchema>;

/** A bearer token: only its hash is kept. */
export const tokenSchema = z.object({
  id: idSchema,
  /** SHA-256 of the token, hex. */
  hash: z.string(),
  name: z.string(),
  role: z.enum(['administrator']),
  createdAt: instant,
  createdBy: z.string(),
});
export type TokenRecord = z.infer<typeof tokenSchema>;

/** The answer to a start that carried an Idempotency-Key, kept for a day. */
export const idempotencySchema = z.object({
  key: z.string(),
  /** SHA-256 of who asked and what, so that another request under the same key is refused. */
  fingerprint: z.string(),
  operationId: idSchema,
  createdAt: instant,
});
export type IdempotencyRecord = z.infer<typeof idempotencySchema>;

export const eventTypes = [
  'backup.succeeded',
  'backup.partial',
  'backup.failed',
  'backup.cancelled',
  'restore.succeeded',
  'restore.partial',
  'restore.failed',
  'restore.cancelled',
  'verify.succeeded',
  'verify.failed',
  'verify.cancelled',
  'import.succeeded',
  'import.failed',
  'import.cancelled',
  'reseal.succeeded',
  'reseal.failed',
  'reseal.cancelled',
] as const;

/** Something to tell people; an outbox row until every channel has taken it. */
export const eventSchema = z.object({
  id: idSchema,
  type: z.enum(eventTypes),
  installation: z.string(),
  at: instant,
  operationId: idSchema,
  backupId: idSchema,
  state: stateSchema,
  shortError: z.string(),
  /** A few lines for a person. */
  summary: z.string(),
  /** Channels that have taken it. */
  delivered: z.array(z.string()),
  attempts: count,
  lastError: z.string(),
  /** Not before: the next attempt after a failed one. */
  nextAttemptAt: instant,
});
export type EventRecord = z.infer<typeof eventSchema>;

/** When a schedule last fired, so that a restart neither repeats nor forgets. */
export const scheduleStateSchema = z.object({ id: z.string(), lastFiredAt: instant });
export type ScheduleState = z.infer<typeof scheduleStateSchema>;
