/** The audit trail: who did what to what, from where, by which credential, and with which outcome. */
import * as z from 'zod';
import { count, instant, sha256Schema } from './fields.ts';

/** `unknown`: it began, and whoever did it was gone before an outcome was written down. */
export const auditOutcomeSchema = z.enum(['done', 'refused', 'failed', 'unknown']);
export type AuditOutcome = z.infer<typeof auditOutcomeSchema>;

const actorSchema = z.strictObject({
  /** What the actor proved itself by: `token`, `person`, `schedule`, `trigger`, `host`; or `nobody`. */
  kind: z.string(),
  /** Of the token, the person or the schedule; empty for nobody. */
  id: z.string(),
  name: z.string(),
});

/** What one act leaves in the trail, before it has a place there. Never what a body or a header holds: no secret comes here. */
export const auditEntrySchema = z.strictObject({
  /** When it was asked for. */
  at: instant,
  /** When its outcome was known. */
  endedAt: instant,
  actor: actorSchema,
  /** The credential that was shown, where the actor alone does not say it; never the credential itself. */
  credential: z.string(),
  /** The address that the request came from; empty for what runs by itself. */
  source: z.string(),
  /** What a proxy on the same machine said of the address behind it; anybody on that machine may claim it. */
  forwardedFor: z.string(),
  /** The operationId of the route, or what ran by itself, such as `schedule.run`. */
  action: z.string(),
  permission: z.string().nullable(),
  /** What it was done to, such as `backups/nightly-...`; empty where the act names nothing. */
  subject: z.string(),
  /** What it made, such as `restores/restore-...`. */
  made: z.string(),
  /** The one domain that all rights of the actor are of; null for an actor with rights beyond one. */
  domain: z.string().nullable(),
  /** Whose what it was done to is, and what it made: of domains alone. Absent: of the whole installation, or nobody knows. */
  domains: z.array(z.string()).optional(),
  outcome: auditOutcomeSchema,
  /** Of the HTTP answer. */
  status: z.number().int().nullable(),
  /** The error's code. */
  code: z.string().nullable(),
  /** Refusals of one kind, of one source and minute, are one row. */
  count: z.number().int().positive(),
  note: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** A row of the trail. It is written once, and never changed; it goes when it is older than `audit.keepDays`. */
export const auditRowSchema = z.strictObject({
  /** From 1, without a gap. */
  seq: z.number().int().positive(),
  /** SHA-256 of the row before it, as `auditLine` writes it; 64 zeros in the first. */
  previous: sha256Schema,
  ...auditEntrySchema.shape,
});
export type AuditRow = z.infer<typeof auditRowSchema>;

/** Where the trail begins: the rows before were removed for their age. */
const startFields = {
  startSeq: z.number().int().positive(),
  /** What the first row that is left says of the one before it. */
  startPrevious: sha256Schema,
};

/** The end of the trail: the next row is chained to it. There is one such record. */
export const auditHeadSchema = z.strictObject({
  id: z.literal('head'),
  /** Of the last row; 0 while there is none. */
  seq: count,
  /** SHA-256 of the last row. */
  hash: sha256Schema,
  ...startFields,
  /** The first and the last time in the block that grows. */
  blockFrom: z.string(),
  blockTo: z.string(),
});
export type AuditHead = z.infer<typeof auditHeadSchema>;

/** A full block of rows: which times it spans, so that whoever looks for a time passes over the others. */
export const auditBlockSchema = z.strictObject({ block: count, from: instant, to: instant });
export type AuditBlock = z.infer<typeof auditBlockSchema>;

/** The trail's end, signed by the installation: what stood before it can no longer be changed unseen. */
export const auditSealSchema = z.strictObject({
  purpose: z.literal('holdfast audit trail'),
  installation: z.string(),
  at: instant,
  seq: count,
  hash: sha256Schema,
  ...startFields,
  /** Raw Ed25519 public key, base64. */
  verifyKey: z.base64(),
  /** Ed25519, of this record without this field, as one line of canonical JSON; base64. */
  signature: z.base64(),
});
export type AuditSeal = z.infer<typeof auditSealSchema>;

/** An act on its way into the trail: one that has begun, or one whose outcome is known and that waits for its place. */
export const auditPendingSchema = z.strictObject({
  id: z.string(),
  entry: auditEntrySchema,
  /** The outcome is known. */
  ready: z.boolean(),
  /** After this, whoever did it is gone: its outcome will never be known. */
  expiresAt: instant,
});
export type AuditPending = z.infer<typeof auditPendingSchema>;
