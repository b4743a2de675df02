/** The audit trail: who did what to what, from where, by which credential, and with which outcome. */
import * as z from 'zod';
import { count, instant, sha256Schema } from './fields.ts';

/** `unknown`: it began, but the process was gone before an outcome was recorded. */
export const auditOutcomeSchema = z.enum(['done', 'refused', 'failed', 'unknown']);
export type AuditOutcome = z.infer<typeof auditOutcomeSchema>;

const actorSchema = z.strictObject({
  /** How the actor proved itself: `token`, `person`, `schedule`, `trigger`, `host`; or `nobody`. */
  kind: z.string(),
  /** Id of the token, the person or the schedule; empty for nobody. */
  id: z.string(),
  name: z.string(),
});

/**
 * What an act leaves in the trail, before it has a place there. Never holds what is in a body or a header, so no secret
 * gets here.
 */
export const auditEntrySchema = z.strictObject({
  /** When it was asked for. */
  at: instant,
  /** When its outcome was known. */
  endedAt: instant,
  actor: actorSchema,
  /** Names the credential that was shown, when the actor alone does not say it; never the credential itself. */
  credential: z.string(),
  /** The address that the request came from; empty for what Holdfast does by itself. */
  source: z.string(),
  /** What a proxy on the same machine said of the address behind it; any program on that machine can claim it. */
  forwardedFor: z.string(),
  /** The operationId of the route, or what Holdfast did by itself, such as `schedule.run`. */
  action: z.string(),
  permission: z.string().nullable(),
  /** The object of the act, such as `backups/nightly-...`; empty when it names nothing. */
  subject: z.string(),
  /** What the act made, such as `restores/restore-...`. */
  made: z.string(),
  /** The one domain that all of the actor's rights are in; null for an actor with rights beyond one domain. */
  domain: z.string().nullable(),
  /**
   * The domains that its object and what it made belong to. Absent: they belong to the whole installation, or it is
   * unknown.
   */
  domains: z.array(z.string()).optional(),
  outcome: auditOutcomeSchema,
  /** Status of the HTTP answer. */
  status: z.number().int().nullable(),
  /** The error's code. */
  code: z.string().nullable(),
  /** Refusals of one kind, from one source and in one minute, share a row. */
  count: z.number().int().positive(),
  note: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** A row of the trail. It is written once and never changed, and removed when it is older than `audit.keepDays`. */
export const auditRowSchema = z.strictObject({
  /** Counts from 1, without a gap. */
  seq: z.number().int().positive(),
  /** SHA-256 of the row before it, as `auditLine` writes it; 64 zeros in the first row. */
  previous: sha256Schema,
  ...auditEntrySchema.shape,
});
export type AuditRow = z.infer<typeof auditRowSchema>;

/** Where the trail begins: the rows before were removed for their age. */
const startFields = {
  startSeq: z.number().int().positive(),
  /** What the first remaining row says of the one before it. */
  startPrevious: sha256Schema,
};

/** The end of the trail, to which the next row is chained. There is one such record. */
export const auditHeadSchema = z.strictObject({
  id: z.literal('head'),
  /** Number of the last row; 0 while there is none. */
  seq: count,
  /** SHA-256 of the last row. */
  hash: sha256Schema,
  ...startFields,
  /** The first and the last time in the unfinished block. */
  blockFrom: z.string(),
  blockTo: z.string(),
});
export type AuditHead = z.infer<typeof auditHeadSchema>;

/** A full block of rows with its span of time, so that a search for a time can pass over the others. */
export const auditBlockSchema = z.strictObject({ block: count, from: instant, to: instant });
export type AuditBlock = z.infer<typeof auditBlockSchema>;

/** The trail's end, signed by the installation: rows before it can no longer be changed unnoticed. */
export const auditSealSchema = z.strictObject({
  purpose: z.literal('holdfast audit trail'),
  installation: z.string(),
  at: instant,
  seq: count,
  hash: sha256Schema,
  ...startFields,
  /** Raw Ed25519 public key, base64. */
  verifyKey: z.base64(),
  /** Ed25519 signature of this record without this field, as one line of canonical JSON; base64. */
  signature: z.base64(),
});
export type AuditSeal = z.infer<typeof auditSealSchema>;

/** An act on its way into the trail: it has begun, or its outcome is known and it waits for its place. */
export const auditPendingSchema = z.strictObject({
  id: z.string(),
  entry: auditEntrySchema,
  /** Whether the outcome is known. */
  ready: z.boolean(),
  /** After this, its process counts as gone, and the outcome will never be known. */
  expiresAt: instant,
});
export type AuditPending = z.infer<typeof auditPendingSchema>;
