/** Fields that several requests have. */
import * as z from 'zod';
import { componentIdSchema } from '../../archive/format.ts';
import { passphraseFault } from '../passphrase.ts';
import { archiveSealSchema } from '../records/seal.ts';

/** A passphrase for something new. The lengths are in the API's document; the rule says them in words. */
export const passphraseSchema = z
  .string()
  .meta({ minLength: 12, maxLength: 1024, pattern: '^\\S(?:[^\\x00-\\x1f\\x7f-\\x9f]*\\S)?$' })
  .superRefine((text, context) => {
    const message = passphraseFault(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

/** A passphrase of something sealed before: accepted as it is, even if a new one would be refused. */
export const openingPassphraseSchema = z.string().min(1).max(1024);

const IDEMPOTENCY_KEY_RULE =
  'an Idempotency-Key has 1 to 255 printable ASCII characters; send another, or none';

export const idempotencyKeySchema = z.string().regex(/^[ -~]{1,255}$/, IDEMPOTENCY_KEY_RULE);

const TRUST_RULE =
  'trust names one signer and one archive: {"verifyKey": ..., "manifestSha256": ...}, with the values of signedBy and manifestSha256 of the backup; leave it out if the signer is known';

export const trustSchema = z.strictObject(archiveSealSchema.shape, {
  error: ({ code }) => (code === 'invalid_type' ? TRUST_RULE : undefined),
});

export const componentList = z.array(componentIdSchema).min(1).max(1000);

/** A domain that should exist. */
export const domainNameSchema = z.string().min(1).max(128);

/** A line that people read. */
export const reasonSchema = z
  .string()
  .max(500)
  .regex(/^[^\p{Cc}]+$/u, 'a reason is one line of text')
  .meta({ pattern: '^[^\\x00-\\x1f\\x7f-\\x9f]+$' });
