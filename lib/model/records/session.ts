/** Who is signed in to the page. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { count, instant } from './fields.ts';

/**
 * A session of a browser: only the hash of its secret is kept. It may do what its person or its token may, as that stands
 * at each request, and ends with them.
 */
export const sessionSchema = z.object({
  id: idSchema,
  /** SHA-256 of its secret, hex. */
  hash: z.string(),
  /** The token that it was begun with: its id, and what it is found by in the catalog. Absent where a person signed in. */
  tokenId: idSchema.optional(),
  tokenKey: z.string().optional(),
  /** Who signed in, and the epoch that they had then: it is taken while they still have that one. */
  personId: idSchema.optional(),
  epoch: count.optional(),
  createdAt: instant,
  /** When it last proved whose it is. Absent: when it was begun. */
  provenAt: instant.optional(),
  /** It is taken no longer, whatever happens. */
  expiresAt: instant,
  /** It is taken no longer, unless somebody shows before that they are there. */
  idleUntil: instant,
});
export type SessionRecord = z.infer<typeof sessionSchema>;
