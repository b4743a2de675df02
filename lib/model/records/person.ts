/** People who sign in. */
import * as z from 'zod';
import { idSchema } from '../ids.ts';
import { roleSchema } from './access.ts';
import { count, instant } from './fields.ts';

/** A role, and where it holds; null: in the whole installation. */
export const personGrantSchema = z.object({ role: roleSchema, domain: z.string().nullable() });
export type PersonGrant = z.infer<typeof personGrantSchema>;

/** For a person who signs in at an issuer: the roles are those of the newest token seen. */
export const externalSchema = z.object({
  /** The id of the issuer in the configuration. */
  issuer: z.string(),
  /** The issuer's id for the person. */
  subject: z.string(),
  /** When the token with these roles was issued. */
  rolesAt: instant,
  /** Until then, or the next sign-in, the roles count for what acts on the person's behalf. */
  rolesUntil: instant,
});

export const personSchema = z.object({
  id: idSchema,
  /** The domain that the person belongs to, and whose administrators manage them; null: the whole installation. */
  domain: z.string().nullable(),
  /** The name at sign-in, after the domain and a slash for a person of a domain; no other person has it. */
  name: z.string(),
  mail: z.string().nullable(),
  grants: z.array(personGrantSchema),
  disabled: z.boolean(),
  /** The method, its parameters and the result, in one text; null: no password yet. */
  passwordHash: z.string().nullable(),
  passwordChangedAt: instant.nullable(),
  /**
   * Since when only the person has changed the password. An invitation, or a change by somebody else, starts it anew.
   */
  passwordOwnSince: instant.nullable(),
  /** Lets the person choose a password, once; only its SHA-256 is kept. */
  invitation: z.object({ hash: z.string(), expiresAt: instant }).nullable(),
  /**
   * Hashes of the addresses that the person has signed in from, newest first: guesses from other addresses do not lock
   * these out.
   */
  knownSources: z.array(z.string()),
  /** Raised when all sessions end; a session keeps the value of its beginning. */
  epoch: count,
  createdAt: instant,
  createdBy: z.string(),
  /** The id of the token or the person that made this one; null: the host itself. */
  madeWith: z.string().nullable(),
  /** Absent: the person signs in here, by name and password. */
  external: externalSchema.optional(),
});
export type PersonRecord = z.infer<typeof personSchema>;

/** The owner of a name: at most one person. */
export const personNameSchema = z.object({
  /** The name in the form that is compared, after the domain. */
  id: z.string(),
  personId: idSchema,
});
export type PersonName = z.infer<typeof personNameSchema>;

/** A person as the API shows them: no secrets and no hashes. */
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
    /** How they sign in. */
    signInName: z.string(),
    /** The id of the issuer where they sign in; null: here. */
    issuer: z.string().nullable(),
    /** The issuer's name for them; null when they sign in here. */
    subject: z.string().nullable(),
    /** Until then their roles count without another sign-in; null when they sign in here. */
    rolesUntil: instant.nullable(),
    hasPassword: z.boolean(),
    /** Until then they may choose a password with the invitation shown when they were made; null: there is none. */
    invitedUntil: instant.nullable(),
    /** To the minute; null: never. */
    lastUsedAt: instant.nullable(),
  });
export type PersonView = z.infer<typeof personViewSchema>;
