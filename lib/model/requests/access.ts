/** Requests that make domains and tokens. */
import * as z from 'zod';
import { roleSchema } from '../records/access.ts';
import { domainNameSchema } from './fields.ts';
import { completeSignInSchema } from './oidc.ts';

export const createDomainSchema = z.strictObject({
  name: z
    .string()
    .regex(
      /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/,
      'the name of a domain has 1 to 63 characters of A-Z a-z 0-9 _ . - and begins with a letter or digit',
    ),
});

export const deleteDomainSchema = z.strictObject({
  /** Also delete the domain's backup keys: archives kept elsewhere may then never open again. */
  deleteKeys: z.boolean().default(false),
});

/** The name is shown to people, and kept in records as the one who did something. */
const nameSchema = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+$/u, 'a name has no control characters')
  // Other languages lack Unicode classes in patterns.
  .meta({ description: 'Without control and format characters.', pattern: '^[^\\x00-\\x1f\\x7f-\\x9f]+$' });

const MINUTE_SECONDS = 60;

const TEN_YEARS_SECONDS = 10 * 366 * 24 * 3600;

export const createTokenSchema = z.strictObject({
  name: nameSchema,
  role: roleSchema,
  /** Where the role holds. @default the whole installation, or the caller's only domain */
  domain: domainNameSchema.optional(),
  /** When it expires. @default never, or with the token that makes it */
  expiresInSeconds: z.number().int().min(MINUTE_SECONDS).max(TEN_YEARS_SECONDS).optional(),
});

export type CreateTokenRequest = z.infer<typeof createTokenSchema>;

export const revokeTokenSchema = z.strictObject({
  /** Also revoke the tokens that it made, and those made by them. */
  children: z.boolean().default(false),
});

/** Proves the session's holder: the credential that began the session. */
export const sessionProofSchema = z.strictObject({
  /** For a session that an API token began: that token. */
  token: z.string().min(1).max(1024).optional(),
  /** For a person: the password. */
  password: z.string().min(1).max(1024).optional(),
  /** Of a person who signs in at an issuer: what it answered to a sign-in that was begun with `again`. */
  signIn: completeSignInSchema.optional(),
});
export type SessionProof = z.infer<typeof sessionProofSchema>;
