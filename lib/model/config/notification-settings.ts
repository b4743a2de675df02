/** `notifications` of the configuration: the channels, and which events go where. */
import { BlockList, isIP } from 'node:net';
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { secretSchema } from '../components/common-settings.ts';
import { isChannel, ruleSchema } from '../notices/notice-rules.ts';
import { emailAddressSchema } from './email-address.ts';

const URL_RULE =
  'write an https URL (or an http URL to an address in internalAddresses), without user, password and "#"';

/** Parses a URL that the configuration may name; undefined for others. Where it leads is checked again at each use. */
export const outgoingUrl = (text: string): URL | undefined => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  return url.username !== '' || url.password !== '' || url.hash !== '' ? undefined : url;
};

/** An address that requests go to: written here, or named as a secret when it holds a token. */
export const addressSchema = z.union([
  z
    .string()
    .max(2000)
    .refine((text) => outgoingUrl(text) !== undefined, URL_RULE),
  secretSchema,
]);
export type ConfiguredAddress = z.infer<typeof addressSchema>;

/** The address as people may see it: the host of a URL, whose path may hold a token, or the name of the secret. */
export const shownAddress = (address: ConfiguredAddress): string => {
  if (typeof address === 'string') return URL.parse(address)?.host ?? '';
  const [[kind, name] = ['', '']] = Object.entries(address);
  return `${kind}:${name}`;
};

/** The forms of a webhook request's body. */
export const webhookFormats = ['standard', 'slack', 'teams', 'ntfy'] as const;

const webhookSchema = z
  .strictObject({
    id: componentIdSchema,
    url: addressSchema,
    /** `standard`: JSON of the event, signed by Standard Webhooks. The others are messages for people. */
    format: z.enum(webhookFormats).default('standard'),
    /** Each secret signs every request; use two while the receiver changes from one to the other. */
    secrets: z.array(secretSchema).max(4).default([]),
  })
  .refine(({ format, secrets }) => format !== 'standard' || secrets.length > 0, {
    path: ['secrets'],
    message:
      'a webhook of the format "standard" signs its messages: name at least one secret, whsec_... or whsk_...',
  });
export type WebhookSettings = z.infer<typeof webhookSchema>;

/** An IP address, or a range such as 10.1.0.0/16. */
const internalAddressSchema = z.string().refine((text) => rangeOf(text) !== undefined, {
  error: 'write an IP address, or a range such as 10.1.0.0/16 or fd12::/64',
});

const rangeOf = (text: string): { net: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined => {
  const [net = '', bits, ...rest] = text.split('/');
  const version = isIP(net);
  const most = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits);
  if (version === 0 || rest.length > 0 || !/^\d{1,3}$/.test(bits ?? '0') || prefix > most) return undefined;
  return { net, prefix, family: version === 4 ? 'ipv4' : 'ipv6' };
};

/** @param texts in the form of `internalAddressSchema` */
export const addressList = (texts: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const { net, prefix, family } of texts.flatMap((text) => rangeOf(text) ?? []))
    list.addSubnet(net, prefix, family);
  return list;
};

export const notificationSchema = z
  .strictObject({
    email: z
      .strictObject({
        to: z.array(emailAddressSchema).min(1),
        from: emailAddressSchema.optional(),
        smtp: secretSchema.optional(),
      })
      .optional(),
    webhooks: z.array(webhookSchema).max(50).default([]),
    /** Which events go to which channels. @default errors and warnings to every channel, all else to `sns` and `eventbridge` */
    rules: z.array(ruleSchema).max(100).optional(),
    /** Domains of e-mail addresses that a request may name in `notify`. @default none: it may name nobody */
    requesterDomains: z.array(z.hostname('not the domain of an e-mail address')).default([]),
    /** The URL at which people find this installation; links in messages begin with it. @default no links */
    baseUrl: z
      .string()
      .refine((text) => outgoingUrl(text)?.search === '', 'write the URL at which people reach this API')
      .optional(),
    /** Addresses, or ranges, inside your own networks that requests may go to. @default none */
    internalAddresses: z.array(internalAddressSchema).max(100).default([]),
  })
  .superRefine(({ email, webhooks, rules = [] }, context) => {
    const seen = new Set<string>();
    for (const { id } of webhooks) {
      if (seen.has(id)) context.addIssue({ code: 'custom', message: `the webhook id "${id}" is used twice` });
      seen.add(id);
    }
    const known = [
      ...['log', 'sns', 'eventbridge', 'email'],
      ...(email?.to ?? []).map((address) => `email:${address}`),
      ...webhooks.map(({ id }) => `webhook:${id}`),
    ];
    for (const [index, { channels }] of rules.entries())
      for (const pattern of channels)
        if (!known.some((channel) => isChannel(pattern, channel)))
          context.addIssue({
            code: 'custom',
            path: ['rules', index, 'channels'],
            message: `there is no channel ${JSON.stringify(pattern)}; there are: ${known.join(', ')}`,
          });
  });
