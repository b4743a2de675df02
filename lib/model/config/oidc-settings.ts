/** `access.oidc` of the configuration: issuers that say who somebody is, and what those people may do here. */
import { isIP } from 'node:net';
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { secretSchema } from '../components/common-settings.ts';
import { roleSchema } from '../records/access.ts';

/** Signatures by a key pair. Algorithms with a shared key (HS256) or without any can never be named. */
const oidcAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

const ISSUER_RULE =
  'write the address of the issuer as its tokens have it in "iss": https (http only for an issuer on this machine), without user, query and "#"';

/** Whether a URL leads to this machine itself. */
export const isLoopbackUrl = ({ hostname }: URL): boolean => {
  const name = hostname.replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
};

/** Whether requests of a sign-in may go to this URL: what they carry is worth as much as a password. */
export const isSafeIssuerUrl = (text: string): boolean => {
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '' || url.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackUrl(url));
};

const audienceSchema = z.string().min(1).max(300);

/** A claim by its name, or by the path of names to it in nested objects: `["realm_access", "roles"]`. */
const claimSchema = z.union([z.string().min(1).max(200), z.array(z.string().min(1).max(200)).min(1).max(5)]);

/** A token with this value in this claim, alone or in a list, gives its holder the role. */
const claimRuleSchema = z.strictObject({
  claim: claimSchema,
  value: z.string().min(1).max(300),
  role: roleSchema,
  /** Where the role holds. @default in the whole installation */
  domain: z.string().min(1).max(128).optional(),
});

const issuerSchema = z.strictObject({
  /** Part of the identity of this issuer's people: with another id they become other people. */
  id: componentIdSchema,
  /** The name shown to people. @default the id */
  name: z.string().min(1).max(60).optional(),
  issuer: z
    .string()
    .max(500)
    .refine((text) => isSafeIssuerUrl(text) && !text.includes('?'), ISSUER_RULE),
  /** Holdfast's id at the issuer. */
  clientId: audienceSchema,
  /** Without it, only PKCE proves that the program that ends a sign-in is the one that began it. */
  clientSecret: secretSchema.optional(),
  /** The public client of the command line, if it is another one. @default `clientId`, unless that has a secret */
  deviceClientId: audienceSchema.optional(),
  /** The scopes that a sign-in asks for. */
  scopes: z
    .array(z.string().regex(/^[!#-[\]-~]{1,100}$/, 'a scope is printable ASCII without spaces'))
    .min(1)
    .max(20)
    .default(['openid', 'profile', 'email'])
    .refine((scopes) => scopes.includes('openid'), 'the scope "openid" is missing: add it'),
  /** A token must be for one of these. @default the client ids */
  audience: z.array(audienceSchema).min(1).max(20).optional(),
  algorithms: z.array(z.enum(oidcAlgorithms)).min(1).default(['RS256', 'PS256', 'ES256', 'EdDSA']),
  clockSkewSeconds: z.number().int().min(0).max(300).default(60),
  /** The claim with a person's name. @default the first of preferred_username, email, name and sub */
  nameClaim: claimSchema.optional(),
  /** Without rules, nobody of this issuer may do anything. */
  roles: z.array(claimRuleSchema).max(200).default([]),
  /** Days after a person's last sign-in for which their roles count for what acts on their behalf. */
  rememberDays: z.number().int().min(1).max(366).default(30),
});
export type IssuerSettings = z.infer<typeof issuerSchema>;
export type ClaimPath = z.infer<typeof claimSchema>;

export const accessSchema = z.strictObject({
  /** Issuers of OpenID Connect whose tokens are accepted. */
  oidc: z
    .array(issuerSchema)
    .max(10)
    .default([])
    .superRefine((issuers, context) => {
      for (const field of ['id', 'issuer'] as const) {
        const texts = issuers.map((one) => one[field]);
        for (const [index, text] of texts.entries())
          if (texts.indexOf(text) < index)
            context.addIssue({
              code: 'custom',
              path: [index, field],
              message: `the ${field} "${text}" is used twice`,
            });
      }
    }),
});

/** The public client of the command line; undefined when there is none. */
export const deviceClientOf = ({
  clientId,
  clientSecret,
  deviceClientId,
}: Pick<IssuerSettings, 'clientId' | 'clientSecret' | 'deviceClientId'>): string | undefined =>
  deviceClientId ?? (clientSecret === undefined ? clientId : undefined);

export const audiencesOf = (settings: IssuerSettings): string[] =>
  settings.audience ?? [...new Set([settings.clientId, deviceClientOf(settings) ?? settings.clientId])];

export const issuerName = ({ name, id }: Pick<IssuerSettings, 'name' | 'id'>): string => name ?? id;
