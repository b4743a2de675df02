/**
 * Secrets of 256 random bits: only their hash is kept. A fast hash is enough, since 256 random bits cannot be guessed.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 43 characters of base64url. */
export const newSecretText = (): string => randomBytes(32).toString('base64url');

/** SHA-256, hex. */
export const hashOfSecret = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const NOBODYS_HASH = hashOfSecret('');

/** Whether the hash of a secret is the stored one. The check takes the same time when none is stored. */
export const isHashKept = (hash: string, kept: string | undefined): boolean =>
  timingSafeEqual(Buffer.from(hash), Buffer.from(kept ?? NOBODYS_HASH)) && kept !== undefined;
