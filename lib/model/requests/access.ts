/** What callers may send to make domains and tokens. */
import * as z from 'zod';
import { roleSchema } from '../records/access.ts';
import { domainNameSchema } from './fields.ts';

export const createDomainSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
      'the name of a domain is 1 to 63 of A-Z a-z 0-9 _ . -, and begins with a letter or digit',
    ),
});

export const deleteDomainSchema = z.strictObject({
  /** Delete the backup keys of the domain with it: archives that are kept elsewhere may open with nothing else. */
  deleteKeys: z.boolean().default(false),
});

/** A name is shown to people, and kept in records as who did something. */
const nameSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u, 'a name holds no control characters')
  // Readers in other languages know no classes of Unicode.
  .meta({ description: 'Without control and format characters.', pattern: '^[^\\x00-\\x1f\\x7f-\\x9f]+$' });

const MINUTE_SECONDS = 60;

const TEN_YEARS_SECONDS = 10 * 366 * 24 * 3600;

export const createTokenSchema = z.strictObject({
  name: nameSchema,
  role: roleSchema,
  /** Where the role holds; with none, in the whole installation, or in the only domain of whoever asks. */
  domain: domainNameSchema.optional(),
  /** With none, it lasts until it is revoked, or as long as the token that it is made with. */
  expiresInSeconds: z.number().int().min(MINUTE_SECONDS).max(TEN_YEARS_SECONDS).optional(),
});

export type CreateTokenRequest = z.infer<typeof createTokenSchema>;

export const revokeTokenSchema = z.strictObject({
  /** Revoke the tokens that were made with it, too, and those that were made with them. */
  children: z.boolean().default(false),
});

/** What a session proves by whose it is: what it was begun with. */
export const sessionProofSchema = z.strictObject({
  /** Of a session that was begun with an API token: that token. */
  token: z.string().min(1).max(1024).optional(),
  /** Of a person: the password. */
  password: z.string().min(1).max(1024).optional(),
});
