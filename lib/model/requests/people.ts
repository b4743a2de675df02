/** Requests that make, change and sign in people. */
import * as z from 'zod';
import { FEWEST_PASSWORD_CHARACTERS, MOST_PASSWORD_CHARACTERS } from '../access/password.ts';
import { emailAddressSchema } from '../config/email-address.ts';
import { roleSchema } from '../records/access.ts';
import { domainNameSchema } from './fields.ts';

const NAME_RULE =
  'the name of a person has 1 to 64 letters, digits and . _ + @ - and begins with a letter or digit';

const personNameField = z
  .string()
  .max(64, NAME_RULE)
  .regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._+@-]*$/u, NAME_RULE)
  // Other languages lack Unicode classes in patterns.
  .meta({ description: NAME_RULE, pattern: '^[A-Za-z0-9][A-Za-z0-9._+@-]*$' });

/** The pattern itself is the rule, because readers differ on the format e-mail. */
const mailSchema = emailAddressSchema.max(254).meta({ format: undefined });

/** `passwordFault` checks more than a schema can. */
const newPasswordSchema = z
  .string()
  .min(1)
  .max(MOST_PASSWORD_CHARACTERS * 4)
  .meta({ minLength: FEWEST_PASSWORD_CHARACTERS, maxLength: MOST_PASSWORD_CHARACTERS });

/** An existing password, as it is typed. */
export const givenPasswordSchema = z
  .string()
  .min(1)
  .max(MOST_PASSWORD_CHARACTERS * 4);

export const wantedGrantSchema = z.strictObject({
  role: roleSchema,
  /** @default where the person belongs: their domain, or the whole installation */
  domain: domainNameSchema.nullable().optional(),
});

const grantsSchema = z.array(wantedGrantSchema).min(1).max(50);

export const createPersonSchema = z.strictObject({
  name: personNameField,
  mail: mailSchema.nullable().default(null),
  /** Where the person belongs. @default the whole installation, or the caller's only domain */
  domain: domainNameSchema.optional(),
  grants: grantsSchema,
});
export type CreatePersonRequest = z.infer<typeof createPersonSchema>;

export const changePersonSchema = z.strictObject({
  name: personNameField,
  mail: mailSchema.nullable(),
  grants: grantsSchema,
});
export type ChangePersonRequest = z.infer<typeof changePersonSchema>;

export const setPasswordSchema = z.strictObject({
  password: newPasswordSchema,
  /** The present password, for people who change their own. */
  current: givenPasswordSchema.optional(),
});
export type SetPasswordRequest = z.infer<typeof setPasswordSchema>;

export const endPersonSchema = z.strictObject({
  /** Also revoke the tokens that the person has made, and those made by them. */
  tokens: z.boolean().default(false),
});
export type EndPersonRequest = z.infer<typeof endPersonSchema>;

export const signInSchema = z.strictObject({
  /** The name as given to the person; for a person of a domain, `domain/name`. */
  name: z.string().min(1).max(200),
  password: givenPasswordSchema,
});
export type SignInRequest = z.infer<typeof signInSchema>;

export const acceptInvitationSchema = z.strictObject({
  /** The invitation shown when the person was made, or the password reset. */
  invitation: z.string().min(1).max(200),
  password: newPasswordSchema,
});
export type AcceptInvitationRequest = z.infer<typeof acceptInvitationSchema>;
