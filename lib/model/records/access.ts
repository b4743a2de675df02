/** Who may ask, how often a password was tried, and what was asked already. */
import * as z from 'zod';
import { roleNames } from '../access/permissions.ts';
import { idSchema } from '../ids.ts';
import { count, instant } from './fields.ts';

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

export const roleSchema = z.enum(roleNames);

/** A bearer token: only its hash is kept. The fields that may be absent are so in tokens of 0.1.0 alone. */
export const tokenSchema = z.object({
  id: idSchema,
  /** SHA-256, hex: of its secret; of the whole token where that is one of 0.1.0. */
  hash: z.string(),
  name: z.string(),
  role: roleSchema,
  /** Where the role holds; null: in the whole installation. */
  domain: z.string().nullable().optional(),
  createdAt: instant,
  createdBy: z.string(),
  /** The id of the token that it was made with; null where it was made otherwise. */
  madeWith: idSchema.nullable().optional(),
  /** From then on it is no longer taken; null: it has no end. */
  expiresAt: instant.nullable().optional(),
});
export type TokenRecord = z.infer<typeof tokenSchema>;

/** When a token was last seen; beside the token, since functions may write this that may write no token. */
export const tokenUseSchema = z.object({ tokenId: idSchema, lastUsedAt: instant });
export type TokenUse = z.infer<typeof tokenUseSchema>;

/** A domain that was made over the API; those of the configuration have no record. */
export const domainSchema = z.object({ name: z.string(), createdAt: instant, createdBy: z.string() });
export type DomainRecord = z.infer<typeof domainSchema>;

/** A domain as the API shows it. */
export const domainViewSchema = z.object({
  name: z.string(),
  /** The configuration lists it, or it was made over the API. */
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
    /** To the minute; null: never. */
    lastUsedAt: instant.nullable(),
  });
export type TokenView = z.infer<typeof tokenViewSchema>;

/** The answer to a start that carried an Idempotency-Key, kept for a day. */
export const idempotencySchema = z.object({
  key: z.string(),
  /** SHA-256 of who asked and what, so that another request under the same key is refused. */
  fingerprint: z.string(),
  operationId: idSchema,
  createdAt: instant,
});
export type IdempotencyRecord = z.infer<typeof idempotencySchema>;
