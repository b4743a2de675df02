/** Secrets of 256 random bits: only their hash is kept, and it need not be slow, since there is nothing to guess. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 43 characters of base64url. */
export const newSecretText = (): string => randomBytes(32).toString('base64url');

/** SHA-256, hex. */
export const hashOfSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const NOBODYS_HASH = hashOfSecret('');

/** Whether the hash of a secret is the one that is kept. It takes the same time where none is kept. */
export const isHashKept = (hash: string, kept: string | undefined): boolean =>
  timingSafeEqual(Buffer.from(hash), Buffer.from(kept ?? NOBODYS_HASH)) && kept !== undefined;
