/** Requests for approval: exactly what somebody wants to do, and what others answered. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { retentionSchema } from '../retention/policy.ts';
import { count, instant, sha256Schema } from './fields.ts';
import { existingSchema, targetStateSchema } from './restore.ts';

/** Actions that an installation may require approval for: the words of `approval.actions` in the configuration. */
export const approvalActions = [
  'restore',
  'key.export',
  'key.delete',
  'backup.delete',
  'backup.release',
  'policy.change',
] as const;
export const approvalActionSchema = z.enum(approvalActions);
export type ApprovalAction = z.infer<typeof approvalActionSchema>;

export const restoredToSchema = z.strictObject({ kind: z.string(), target: z.string() });

const restoreFacts = z.strictObject({
  action: z.literal('restore'),
  backupId: idSchema,
  /** Hash of the archive's manifest.json, which names every byte that is restored. */
  manifestSha256: sha256Schema,
  components: z.record(z.string(), restoredToSchema),
  existing: existingSchema,
  force: z.boolean(),
  setuid: z.boolean(),
  rootAttributes: z.boolean(),
  allowDrop: z.boolean(),
  /** Null: decided for each database, by whether it is new. */
  allOrNothing: z.boolean().nullable(),
  /** The verify key of a signer that is trusted for this restore alone. */
  trustedSigner: z.string().nullable(),
  targetState: z.record(z.string(), targetStateSchema),
});
export type RestoreFacts = z.infer<typeof restoreFacts>;

const keyExportFacts = z.strictObject({
  action: z.literal('key.export'),
  keyId: idSchema,
  recipient: z.string(),
  /** A backup that is sealed anew to an uploaded key: a person with that key's file can then open it. */
  backupId: idSchema.optional(),
});

const keyDeletionFacts = z.strictObject({
  action: z.literal('key.delete'),
  keyId: idSchema,
  recipient: z.string(),
  /** How many backups open only with this key, and the SHA-256 of their ids. */
  lostBackups: count,
  lostDigest: sha256Schema,
});

const backupDeletionFacts = z.strictObject({
  action: z.literal('backup.delete'),
  backupId: idSchema,
  /** SHA-256 of the archive. */
  sha256: z.string(),
  /** At once, or after the days in which it can be taken back. */
  when: z.enum(['now', 'later']),
});

const backupReleaseFacts = z.strictObject({
  action: z.literal('backup.release'),
  backupId: idSchema,
  heldSince: instant,
});

const policyChangeFacts = z.strictObject({
  action: z.literal('policy.change'),
  scheduleId: z.string(),
  /** What retention keeps of the schedule's backups; null: the schedule has no policy of its own. */
  before: retentionSchema.nullable(),
  after: retentionSchema.nullable(),
});

export const factsByAction = {
  restore: restoreFacts,
  'key.export': keyExportFacts,
  'key.delete': keyDeletionFacts,
  'backup.delete': backupDeletionFacts,
  'backup.release': backupReleaseFacts,
  'policy.change': policyChangeFacts,
} as const satisfies Record<ApprovalAction, z.ZodType>;

/** Exactly what will be done, by action. The keys are in the order in which they are hashed. */
export const approvalFactsSchema = z.discriminatedUnion('action', [
  restoreFacts,
  keyExportFacts,
  keyDeletionFacts,
  backupDeletionFacts,
  backupReleaseFacts,
  policyChangeFacts,
]);
export type ApprovalFacts = z.infer<typeof approvalFactsSchema>;

export const approvalActorSchema = z.strictObject({
  kind: z.enum(['token', 'person', 'schedule', 'trigger', 'host']),
  id: z.string(),
  name: z.string(),
});
export type ApprovalActor = z.infer<typeof approvalActorSchema>;

/** What approvers approve, and what is hashed. */
export const approvalPlanSchema = z.strictObject({
  format: z.literal(1),
  installation: z.string(),
  /** Id of the request for approval. */
  id: idSchema,
  requestedBy: approvalActorSchema,
  expiresAt: instant,
  facts: approvalFactsSchema,
});
export type ApprovalPlan = z.infer<typeof approvalPlanSchema>;

/** What is signed when somebody approves. */
export const approvalStatementSchema = z.strictObject({
  purpose: z.literal('holdfast approval'),
  installation: z.string(),
  approvalId: idSchema,
  /** SHA-256 of the plan. */
  digest: sha256Schema,
  by: approvalActorSchema,
  at: instant,
  /** The installation's own verify key, in base64. */
  verifyKey: z.string(),
});
export type ApprovalStatement = z.infer<typeof approvalStatementSchema>;

export const grantedApprovalSchema = approvalStatementSchema
  .omit({ purpose: true, installation: true, approvalId: true, digest: true })
  .extend({
    /** The installation's signature over the statement. */
    signature: z.string(),
    comment: z.string(),
  });
export type GrantedApproval = z.infer<typeof grantedApprovalSchema>;

export const approvalEndSchema = z.strictObject({
  how: z.enum(['USED', 'REJECTED', 'WITHDRAWN', 'EXPIRED']),
  at: instant,
  by: approvalActorSchema,
  reason: z.string(),
});

export const approvalSchema = z.object({
  id: idSchema,
  action: approvalActionSchema,
  /** The object of the action, such as `backups/nightly-...`. */
  subject: z.string(),
  /** The domains that it belongs to; empty: the whole installation. */
  domains: z.array(z.string()),
  requestedBy: approvalActorSchema,
  createdAt: instant,
  expiresAt: instant,
  plan: approvalPlanSchema,
  /** SHA-256 of the plan as canonical JSON, hex. */
  digest: sha256Schema,
  /** The dry run that shows, entry by entry, what a restore would do. */
  dryRunId: idSchema.nullable(),
  /** How many others have to approve. */
  needed: count,
  approvals: z.array(grantedApprovalSchema),
  /** Null while it can still be approved or used. */
  ended: approvalEndSchema.nullable(),
  /** The reason given for acting without approval; null: nobody did. */
  breakGlass: z.string().nullable(),
});
export type ApprovalRecord = z.infer<typeof approvalSchema>;

export const approvalStateSchema = z.enum([
  'WAITING',
  'APPROVED',
  'USED',
  'REJECTED',
  'WITHDRAWN',
  'EXPIRED',
]);
export type ApprovalState = z.infer<typeof approvalStateSchema>;

export const approvalViewSchema = approvalSchema.extend({
  state: approvalStateSchema,
  /** The text that the digest is the SHA-256 of. */
  planText: z.string(),
});
export type ApprovalView = z.infer<typeof approvalViewSchema>;
