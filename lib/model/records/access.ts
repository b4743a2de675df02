/** Tokens, domains, attempts at passwords, and requests that were already answered. */
import * as z from 'zod';
import { roleNames } from '../access/permissions.ts';
import { idSchema } from '../ids.ts';
import { count, instant } from './fields.ts';

/** Failed attempts at one password, or of one caller: they make guessing slow, whichever function is asked. */
export const passwordAttemptsSchema = z.object({
  id: z.string(),
  /** Number of failed attempts. */
  count,
  /**
   * Attempts under way, by their ids, each with the time after which it counts as failed because its process is gone.
   */
  inFlight: z.record(z.string(), instant),
  lastAt: instant,
  /** No attempt is allowed before this. */
  blockedUntil: instant.nullable(),
});
export type PasswordAttempts = z.infer<typeof passwordAttemptsSchema>;

export const roleSchema = z.enum(roleNames);

/** A bearer token: only its hash is kept. Optional fields are absent only in tokens of 0.1.0. */
export const tokenSchema = z.object({
  id: idSchema,
  /** SHA-256, hex, of its secret; of the whole token for one of 0.1.0. */
  hash: z.string(),
  name: z.string(),
  role: roleSchema,
  /** Where the role holds; null: in the whole installation. */
  domain: z.string().nullable().optional(),
  createdAt: instant,
  createdBy: z.string(),
  /** The id of the token that made it; null when it was made otherwise. */
  madeWith: idSchema.nullable().optional(),
  /** From then on it is not accepted; null: it does not expire. */
  expiresAt: instant.nullable().optional(),
});
export type TokenRecord = z.infer<typeof tokenSchema>;

/** When a token was last used. Kept beside the token, because functions may write this that must not write tokens. */
export const tokenUseSchema = z.object({ tokenId: idSchema, lastUsedAt: instant });
export type TokenUse = z.infer<typeof tokenUseSchema>;

/** A domain made over the API; domains of the configuration have no record. */
export const domainSchema = z.object({ name: z.string(), createdAt: instant, createdBy: z.string() });
export type DomainRecord = z.infer<typeof domainSchema>;

/** A domain as the API shows it. */
export const domainViewSchema = z.object({
  name: z.string(),
  /** Whether the configuration lists the domain, or it was made over the API. */
  source: z.enum(['configuration', 'api']),
  /** The ids of the components that the configuration gives it. */
  components: z.array(z.string()),
  createdAt: instant.nullable(),
  createdBy: z.string().nullable(),
});
export type DomainView = z.infer<typeof domainViewSchema>;

/** A token as the API shows it: never its hash. */
export const tokenViewSchema = tokenSchema
  .omit({ hash: true })
  .required({ domain: true, madeWith: true, expiresAt: true })
  .extend({
    /** To the minute; null: never used. */
    lastUsedAt: instant.nullable(),
  });
export type TokenView = z.infer<typeof tokenViewSchema>;

/** The answer to a start that carried an Idempotency-Key, kept for a day. */
export const idempotencySchema = z.object({
  key: z.string(),
  /** SHA-256 of who asked and for what: another request under the same key is refused. */
  fingerprint: z.string(),
  operationId: idSchema,
  createdAt: instant,
});
export type IdempotencyRecord = z.infer<typeof idempotencySchema>;
