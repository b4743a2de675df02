/** Who may ask, how often a password was tried, and what was asked already. */
import * as z from 'zod';
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
