/** People: who signs in with a password. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { roleSchema } from './access.ts';
import { count, instant } from './fields.ts';

/** A role, and where it holds; null: in the whole installation. */
export const personGrantSchema = z.object({ role: roleSchema, domain: z.string().nullable() });
export type PersonGrant = z.infer<typeof personGrantSchema>;

/** Of a person who signs in at an issuer: the roles are those of the newest token that was seen. */
export const externalSchema = z.object({
  /** The id of the issuer in the configuration. */
  issuer: z.string(),
  /** As the issuer knows the person. */
  subject: z.string(),
  /** When the token was issued that the roles were read from. */
  rolesAt: instant,
  /** Till then the roles count for what acts on the person's behalf, unless another sign-in comes before. */
  rolesUntil: instant,
});

export const personSchema = z.object({
  id: idSchema,
  /** The domain that the person belongs to, and whose administrators look after them; null: the whole installation. */
  domain: z.string().nullable(),
  /** As the person signs in, behind the domain and a slash where they belong to one; no other person has it. */
  name: z.string(),
  mail: z.string().nullable(),
  grants: z.array(personGrantSchema),
  disabled: z.boolean(),
  /** How it was derived, with what, and the outcome, in one text; null: there is none yet. */
  passwordHash: z.string().nullable(),
  passwordChangedAt: instant.nullable(),
  /** Since then the person alone changes the password: by an invitation, or somebody else's hand, it begins anew. */
  passwordOwnSince: instant.nullable(),
  /** What lets the person choose a password, once; only its SHA-256 is kept. */
  invitation: z.object({ hash: z.string(), expiresAt: instant }).nullable(),
  /** Hashes of the addresses that the person has signed in from, the newest first: guesses from elsewhere lock none of these out. */
  knownSources: z.array(z.string()),
  /** Raised when all sessions end; a session has the one of its beginning. */
  epoch: count,
  createdAt: instant,
  createdBy: z.string(),
  /** The id of the token or the person that made this one; null: the host itself. */
  madeWith: z.string().nullable(),
  /** Absent: the person signs in here, by name and password. */
  external: externalSchema.optional(),
});
export type PersonRecord = z.infer<typeof personSchema>;

/** Who has a name: one person at most. */
export const personNameSchema = z.object({
  /** The name as it is compared, behind the domain. */
  id: z.string(),
  personId: idSchema,
});
export type PersonName = z.infer<typeof personNameSchema>;

/** A person as the API shows them: no secret, and no hash of one. */
export const personViewSchema = personSchema
  .pick({
    id: true,
    domain: true,
    name: true,
    mail: true,
    grants: true,
    disabled: true,
    createdAt: true,
    createdBy: true,
    madeWith: true,
    passwordChangedAt: true,
  })
  .extend({
    /** What they sign in with. */
    signInName: z.string(),
    /** The id of the issuer where they sign in; null: here. */
    issuer: z.string().nullable(),
    /** What the issuer calls them; null where they sign in here. */
    subject: z.string().nullable(),
    /** Till then their roles count without another sign-in; null where they sign in here. */
    rolesUntil: instant.nullable(),
    hasPassword: z.boolean(),
    /** Until when they may choose a password by what was shown when they were made; null: there is no such thing. */
    invitedUntil: instant.nullable(),
    /** To the minute; null: never. */
    lastUsedAt: instant.nullable(),
  });
export type PersonView = z.infer<typeof personViewSchema>;
