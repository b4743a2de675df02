/** Keys of Standard Webhooks (https://www.standardwebhooks.com) in their written form. */

/** What a key is for: HMAC, a signature's private half, or its public half. */
export type WebhookKeyKind = 'whsec' | 'whsk' | 'whpk';

const sizes: Readonly<Record<WebhookKeyKind, (bytes: number) => boolean>> = {
  whsec: (bytes) => bytes >= 24 && bytes <= 64,
  whsk: (bytes) => bytes === 32 || bytes === 64,
  whpk: (bytes) => bytes === 32,
};

/** Undefined for a text that is not such a key, or has the wrong size. */
export const parseWebhookKey = (text: string): { kind: WebhookKeyKind; bytes: Buffer } | undefined => {
  const [, kind, base64 = ''] = /^(whsec|whsk|whpk)_([A-Za-z0-9+/]+={0,2})$/.exec(text.trim()) ?? [];
  if (kind !== 'whsec' && kind !== 'whsk' && kind !== 'whpk') return undefined;
  const bytes = Buffer.from(base64, 'base64');
  return sizes[kind](bytes.length) ? { kind, bytes } : undefined;
};

/** The text that a message's signature covers. @param timestamp seconds since 1970, as in the header */
export const signedText = (id: string, timestamp: string, body: Uint8Array | string): Buffer =>
  Buffer.concat([
    Buffer.from(`${id}.${timestamp}.`),
    typeof body === 'string' ? Buffer.from(body) : Buffer.from(body),
  ]);
