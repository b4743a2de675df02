/** The texts of tokens: how they are made, told from other secrets, and compared with the stored hash. */
import type { TokenRecord } from '../../../model/records/access.ts';
import { hashOfSecret, isHashKept, newSecretText } from '../secret.ts';

/**
 * `hf_<id>_<secret>`: the beginning tells people and scanners what it is; by the id the record is read without a
 * search.
 */
const TOKEN = /^hf_(token-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
/** The form of 0.1.0: the whole text is the secret. */
const FORMER_TOKEN = /^hft_[A-Za-z0-9_-]{43}$/;

/** What a text that looks like a token is looked up by, and the hash that the token must have. */
export interface TokenClaim {
  /** The id of the token's record in the catalog. */
  readonly key: string;
  readonly hash: string;
}

/** The claim of a text; undefined when it cannot be a token. */
export const readToken = (text: string): TokenClaim | undefined => {
  if (FORMER_TOKEN.test(text)) return { key: hashOfSecret(text), hash: hashOfSecret(text) };
  const [, id, secret] = TOKEN.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { key: id, hash: hashOfSecret(secret) };
};

export const newSecret = (id: string): { readonly text: string; readonly hash: string } => {
  const secret = newSecretText();
  return { text: `hf_${id}_${secret}`, hash: hashOfSecret(secret) };
};

/** Whether the claim is true. The check takes the same time when the token does not exist. */
export const isTokenOf = ({ hash }: TokenClaim, record: TokenRecord | undefined): record is TokenRecord =>
  isHashKept(hash, record?.hash);
