/** The headers that routes read, beside `Authorization`: each with its rule, as the OpenAPI document tells it. */
import * as z from 'zod';
import { HoldfastError } from '../model/errors.ts';
import { idempotencyKeySchema, openingPassphraseSchema } from '../model/requests.ts';

type Headers = Readonly<Record<string, string | undefined>>;

export const requestHeaders = {
  'Idempotency-Key': {
    description:
      'The same request under the same key starts one operation, however often it is sent within a day.',
    schema: idempotencyKeySchema,
  },
  'Holdfast-Passphrase': {
    description:
      'The passphrase that opens the archive, in percent-encoded UTF-8 (a blank is %20): in a URL it would end in logs.',
    schema: z.string().regex(/^(?:[!-$&-~]|%[0-9A-Fa-f]{2})+$/),
  },
  Range: {
    description:
      'The rest of the archive from an offset, as in "bytes=1000-". Other ranges are answered with all of it.',
    schema: z.string().regex(/^[ -~]{0,1024}$/),
  },
  'If-Range': {
    description: 'The ETag of the file that was begun: of another file, all of it is sent.',
    schema: z.string().regex(/^[ -~]{0,1024}$/),
  },
} as const satisfies Record<string, { description: string; schema: z.ZodType }>;
export type RequestHeader = keyof typeof requestHeaders;

const sentValue = (headers: Headers, name: RequestHeader): string | undefined => headers[name.toLowerCase()];

/** The request's `Idempotency-Key`; undefined where it has none. @throws `invalid_request` for one that is no key. */
export const idempotencyKeyOf = (headers: Headers): string | undefined => {
  const key = sentValue(headers, 'Idempotency-Key');
  if (key === undefined) return undefined;
  const parsed = idempotencyKeySchema.safeParse(key);
  if (parsed.success) return parsed.data;
  throw new HoldfastError('invalid_request', `Idempotency-Key: ${parsed.error.issues[0]?.message}`);
};

/** The request's `Holdfast-Passphrase`, decoded. @throws `invalid_request` for one that cannot be. */
export const passphraseOf = (headers: Headers): string | undefined => {
  const sent = sentValue(headers, 'Holdfast-Passphrase');
  if (sent === undefined) return undefined;
  // Other bytes come as Latin-1, whatever they were, and would be another text than the one in a body.
  if (!/^[ -~]*$/.test(sent)) throw badPassphrase('has characters that are not encoded');
  let text: string;
  try {
    text = decodeURIComponent(sent);
  } catch {
    throw badPassphrase('is not UTF-8 in percent-encoding');
  }
  if (!openingPassphraseSchema.safeParse(text).success)
    throw badPassphrase('has no character, or more than 1024');
  return text;
};

const badPassphrase = (what: string): HoldfastError =>
  new HoldfastError(
    'invalid_request',
    `the header Holdfast-Passphrase ${what}: send the passphrase as percent-encoded UTF-8 (a blank is %20)`,
  );
