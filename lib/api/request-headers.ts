/** The headers that routes read, beside `Authorization`: each with its rule, as the OpenAPI document tells it. */
import * as z from 'zod';
import { HoldfastError } from '../model/errors.ts';
import { idempotencyKeySchema, openingPassphraseSchema, reasonSchema } from '../model/requests/fields.ts';
import type { ApprovalChoice } from '../operations/approval/proposed.ts';

type Headers = Readonly<Record<string, string | undefined>>;

export const requestHeaders = {
  'Idempotency-Key': {
    description:
      'The same request with the same key starts only one operation, however often it is sent within a day.',
    schema: idempotencyKeySchema,
  },
  'Holdfast-Passphrase': {
    description:
      'The passphrase that opens the archive, in percent-encoded UTF-8 (a space is %20). In a URL it would appear in logs.',
    schema: z.string().regex(/^(?:[!-$&-~]|%[0-9A-Fa-f]{2})+$/),
  },
  'Holdfast-Backup-Token': {
    description: 'The backup token, if the configuration requires one in addition to the API token: hfb_...',
    schema: z.string().regex(/^[!-~]{1,200}$/),
  },
  'Holdfast-Approval': {
    description: 'The id of a request for approval that other people have approved.',
    schema: z.string().regex(/^[!-~]{1,200}$/),
  },
  'Holdfast-Break-Glass': {
    description:
      'The reason for acting without approval, in percent-encoded UTF-8 (a space is %20). Everybody is notified of it.',
    schema: z.string().regex(/^(?:[!-$&-~]|%[0-9A-Fa-f]{2})+$/),
  },
  Range: {
    description:
      'The rest of the archive from an offset, as in "bytes=1000-". Other ranges get the whole archive.',
    schema: z.string().regex(/^[ -~]{0,1024}$/),
  },
  'If-Range': {
    description:
      'The ETag of the file whose download was begun: if the file is another one by now, the whole file is sent.',
    schema: z.string().regex(/^[ -~]{0,1024}$/),
  },
  'If-None-Match': {
    description:
      'The ETag of an earlier answer: while nothing has changed, the answer is 304 without a body.',
    schema: z.string().regex(/^[ -~]{0,1024}$/),
  },
  Prefer: {
    description:
      '"wait=25", with If-None-Match: the answer may come up to so many seconds later, as soon as something has changed. Preference-Applied says that the server honored this.',
    schema: z.string().regex(/^[ -~]{0,1024}$/),
  },
  'Webhook-Id': {
    description: 'The id of a signed message; it stays the same however often the message is sent.',
    schema: z.string().regex(/^[!-~]{1,256}$/),
  },
  'Webhook-Timestamp': {
    description: 'The time of a signed message in seconds since 1970, at most five minutes from now.',
    schema: z.string().regex(/^\d{1,11}$/),
  },
  'Webhook-Signature': {
    description:
      'The signature of a signed message: `v1,` or `v1a,` and base64; several are separated by spaces.',
    schema: z.string().regex(/^[ -~]{1,2000}$/),
  },
} as const satisfies Record<string, { description: string; schema: z.ZodType }>;
export type RequestHeader = keyof typeof requestHeaders;

const sentValue = (headers: Headers, name: RequestHeader): string | undefined => headers[name.toLowerCase()];

/** The request's `Idempotency-Key`; undefined when it has none. @throws `invalid_request` when it is not a valid key */
export const idempotencyKeyOf = (headers: Headers): string | undefined => {
  const key = sentValue(headers, 'Idempotency-Key');
  if (key === undefined) return undefined;
  const parsed = idempotencyKeySchema.safeParse(key);
  if (parsed.success) return parsed.data;
  throw new HoldfastError('invalid_request', `Idempotency-Key: ${parsed.error.issues[0]?.message}`);
};

/** The request's `Holdfast-Passphrase`, decoded. @throws `invalid_request` when it cannot be decoded */
export const passphraseOf = (headers: Headers): string | undefined => {
  const sent = sentValue(headers, 'Holdfast-Passphrase');
  if (sent === undefined) return undefined;
  // Header bytes beyond ASCII arrive as Latin-1, whatever they were, and would be another text than the same bytes in a
  // body.
  if (!/^[ -~]*$/.test(sent)) throw badPassphrase('has characters that are not percent-encoded');
  let text: string;
  try {
    text = decodeURIComponent(sent);
  } catch {
    throw badPassphrase('is not percent-encoded UTF-8');
  }
  if (!openingPassphraseSchema.safeParse(text).success)
    throw badPassphrase('is empty, or has more than 1024 characters');
  return text;
};

const badPassphrase = (what: string): HoldfastError =>
  new HoldfastError(
    'invalid_request',
    `the header Holdfast-Passphrase ${what}: send the passphrase as percent-encoded UTF-8 (a space is %20)`,
  );

/** The request's `Holdfast-Backup-Token`; undefined when it has none. */
export const backupTokenOf = (headers: Headers): string | undefined =>
  sentValue(headers, 'Holdfast-Backup-Token');

/**
 * The ETags of `If-None-Match`, or `*`. A proxy that compresses makes our ETags weak: they still name the same answer.
 */
export const sentTags = (headers: Headers): string[] =>
  (sentValue(headers, 'If-None-Match') ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));

/** How long a request may be kept waiting: proxies keep a silent connection at least this long. */
export const MOST_WAIT_SECONDS = 25;

/** The seconds that a request is willing to wait, by RFC 7240; undefined when it does not say. */
export const waitSecondsOf = (headers: Headers): number | undefined => {
  for (const preference of (sentValue(headers, 'Prefer') ?? '').split(',')) {
    const [, seconds] = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;|$)/i.exec(preference) ?? [];
    // By RFC 7240, the first one counts.
    if (seconds !== undefined)
      return Number(seconds) === 0 ? undefined : Math.min(Number(seconds), MOST_WAIT_SECONDS);
  }
  return undefined;
};

/** Headers for acts that other people may have to approve. */
export const approvalHeaders = [
  'Holdfast-Approval',
  'Holdfast-Break-Glass',
] as const satisfies readonly RequestHeader[];

/** What a request says of approval: which approval it has, or why it acts without one. @throws `invalid_request` */
export const approvalOf = (headers: Headers): ApprovalChoice => {
  const sent = sentValue(headers, 'Holdfast-Break-Glass');
  return {
    approvalId: sentValue(headers, 'Holdfast-Approval'),
    breakGlass: sent === undefined ? undefined : reasonOf(sent),
  };
};

const reasonOf = (sent: string): string => {
  let text = '';
  try {
    text = decodeURIComponent(sent);
  } catch {
    // This is refused below.
  }
  const parsed = reasonSchema.min(1).safeParse(text.trim());
  if (/^[ -~]*$/.test(sent) && parsed.success) return parsed.data;
  throw new HoldfastError(
    'invalid_request',
    'the header Holdfast-Break-Glass must give the reason, in one line of 1 to 500 characters: send it as percent-encoded UTF-8 (a space is %20)',
  );
};
