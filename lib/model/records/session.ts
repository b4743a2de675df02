/** Sessions of people and tokens that are signed in to the page. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { count, instant } from './fields.ts';

/**
 * A session of a browser: only the hash of its secret is kept. It may do what its person or its token may at the time
 * of each request, and ends with them.
 */
export const sessionSchema = z.object({
  id: idSchema,
  /** SHA-256 of its secret, hex. */
  hash: z.string(),
  /** The token that began it: its id, and its key in the catalog. Absent when a person signed in. */
  tokenId: idSchema.optional(),
  tokenKey: z.string().optional(),
  /** The person who signed in, and their epoch then: the session is accepted while their epoch is the same. */
  personId: idSchema.optional(),
  epoch: count.optional(),
  createdAt: instant,
  /** When its holder last proved who they are. Absent: at its beginning. */
  provenAt: instant.optional(),
  /** From then on it is not accepted, whatever happens. */
  expiresAt: instant,
  /** From then on it is not accepted, unless its holder shows before that they are there. */
  idleUntil: instant,
});
export type SessionRecord = z.infer<typeof sessionSchema>;
