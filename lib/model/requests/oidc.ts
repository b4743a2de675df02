/** What the page sends to sign somebody in at an issuer. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';

/** The page's own address, to which the issuer redirects the browser: `https://host/console/`. */
const pageSchema = z.string().min(1).max(2000);

export const beginSignInSchema = z.strictObject({
  /** The id of the issuer. */
  issuer: componentIdSchema,
  page: pageSchema,
  /** The issuer is to ask who it is, though it knows them from before: for a proof of the session that is open. */
  again: z.boolean().default(false),
});
export type BeginSignInRequest = z.infer<typeof beginSignInSchema>;

export const completeSignInSchema = z.strictObject({
  page: pageSchema,
  /** What the issuer appended to the page's address, from the `?` on. */
  answer: z
    .string()
    .regex(/^\?[!-~]{1,8000}$/, 'not the query that an issuer adds to an address, which begins with "?"'),
});
export type CompleteSignInRequest = z.infer<typeof completeSignInSchema>;

export const deviceClientSchema = z.object({
  clientId: z.string(),
  scopes: z.array(z.string()),
  /** The audience that the access token must have; null: the ID token is used. */
  audience: z.string().nullable(),
});

/** What a person who signs in needs to know of an issuer: no secrets, and no rules of roles. */
export const issuerViewSchema = z.object({
  id: z.string(),
  name: z.string(),
  /** The `iss` of its tokens. */
  issuer: z.string(),
  /** The public client with which programs sign somebody in by a code; null: there is none. */
  device: deviceClientSchema.nullable(),
});
export type IssuerView = z.infer<typeof issuerViewSchema>;
