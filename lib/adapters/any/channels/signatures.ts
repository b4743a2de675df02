/**
 * The signatures of a webhook, by Standard Webhooks (https://www.standardwebhooks.com): over `id.timestamp.body`, `v1`
 * is HMAC-SHA256 and `v1a` is Ed25519. Several secrets make several signatures, of which a receiver checks one.
 */
import { createHmac, createPrivateKey, sign } from 'node:crypto';
import { HoldfastError } from '../../../model/errors.ts';
import { parseWebhookKey, signedText } from '../../../model/notices/webhook-key.ts';

export interface SignedMessage {
  /** The same for every attempt to send one notice. */
  readonly id: string;
  readonly body: string;
  readonly at: Date;
}

/** The beginning of an Ed25519 private key in PKCS #8 (RFC 8410); the seed of 32 bytes follows. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const SECRET_RULE =
  'write whsec_ and 24 to 64 bytes as base64 for HMAC, or whsk_ and the Ed25519 private key, 32 or 64 bytes, as base64';

/**
 * The headers that a receiver checks.
 *
 * @throws HoldfastError `config_invalid` for a secret of another form; its text is not repeated
 */
export const signatureHeaders = (
  { id, body, at }: SignedMessage,
  secrets: readonly string[],
): Record<string, string> => {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signed = signedText(id, timestamp, body);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => signatureOf(signed, secret)).join(' '),
  };
};

const signatureOf = (signed: Buffer, secret: string): string => {
  const key = parseWebhookKey(secret);
  if (key?.kind === 'whsec') return `v1,${createHmac('sha256', key.bytes).update(signed).digest('base64')}`;
  if (key?.kind === 'whsk') {
    const privateKey = createPrivateKey({
      key: Buffer.concat([PKCS8, key.bytes.subarray(0, 32)]),
      format: 'der',
      type: 'pkcs8',
    });
    return `v1a,${sign(null, signed, privateKey).toString('base64')}`;
  }
  throw new HoldfastError('config_invalid', `a secret of a webhook has an unknown form: ${SECRET_RULE}`);
};
