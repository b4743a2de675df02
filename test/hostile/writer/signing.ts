/** Writes `manifest.sig` by the section of that name in docs/archive-format.md. */
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { type Json, type JsonObject, oneForm } from './json.ts';

export interface Signer {
  /** The raw key in base64. */
  readonly verifyKey: string;
  readonly sign: (bytes: Uint8Array) => Buffer;
}

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** @param seed the 32 bytes of the private key */
export const signerFrom = (seed: Buffer): Signer => {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { verifyKey: spki.subarray(-32).toString('base64'), sign: (bytes) => sign(null, bytes, key) };
};

/**
 * A signer without a private key: its signature fits every message for a reader that accepts keys of low
 * order.
 */
export const lowOrderSigner = (point: string): Signer => ({
  verifyKey: Buffer.from(point, 'hex').toString('base64'),
  // R is the neutral point and S is 0.
  sign: () => Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]),
});

/** The order of the base point, little-endian. */
const L = Buffer.from('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010', 'hex');

/** A second form of the same signature, in which L is added to S. */
export const malleable = (signature: Buffer): Buffer => {
  const bent = Buffer.from(signature);
  let carry = 0;
  for (let index = 0; index < 32; index += 1) {
    carry += (bent[32 + index] ?? 0) + (L[index] ?? 0);
    bent[32 + index] = carry & 0xff;
    carry >>= 8;
  }
  return bent;
};

export interface SignatureBends {
  readonly signer: Signer;
  /** Changes the values in the signature and in the signed statement, except the signature itself. */
  readonly statement?: (statement: JsonObject) => JsonObject;
  /** The bytes to sign instead of the statement's text. */
  readonly signed?: (text: string, manifest: Buffer) => string | Buffer;
  readonly raw?: (signature: Buffer) => Buffer;
  readonly value?: (signature: JsonObject) => Json;
  readonly text?: (text: string) => string | Buffer;
}

export const signatureBytes = (manifest: Buffer, bends: SignatureBends): Buffer => {
  const { signer, statement: bend = (made) => made, value = (made) => made, text = (made) => made } = bends;
  const statement = bend({
    format: 1,
    algorithm: 'Ed25519',
    verifyKey: signer.verifyKey,
    manifestBytes: manifest.length,
    manifestSha256: createHash('sha256').update(manifest).digest('hex'),
  });
  const said = oneForm(statement);
  const signed = bends.signed?.(said, manifest) ?? said;
  const raw = signer.sign(typeof signed === 'string' ? Buffer.from(signed) : signed);
  const signature = (bends.raw?.(raw) ?? raw).toString('base64');
  const bent = text(oneForm(value({ ...statement, signature })));
  return typeof bent === 'string' ? Buffer.from(bent) : bent;
};
