/**
 * Plain Ed25519, which `openssl pkeyutl -verify -rawin` checks too. What is signed is not the manifest but a line that
 * names it by size and SHA-256: key services sign short messages only (AWS KMS: 4,096 bytes), and a manifest may have
 * megabytes.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import { FORMAT_VERSION, type ManifestSignature, signatureSchema } from '../format.ts';
import { isSoundVerifyKey } from './small-order.ts';

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** The bytes before the raw key in PKCS#8 and in SPKI: RFC 8410. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Decodes exactly `length` bytes from their only base64 text; undefined for any other text. */
const decode = (text: string, length: number): Buffer | undefined => {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === length && bytes.toString('base64') === text ? bytes : undefined;
};

const required = (text: string, length: number, what: string): Buffer => {
  const bytes = decode(text, length);
  if (bytes === undefined) throw new TypeError(`${what} is ${length} bytes in base64`);
  return bytes;
};

export interface SigningKeyPair {
  /** Raw, 32 bytes, base64. Secret. */
  readonly signingKey: string;
  /** Raw, 32 bytes, base64. Public. */
  readonly verifyKey: string;
}

export const generateSigningKey = (): SigningKeyPair => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const signingKey = privateKey
    .export({ format: 'der', type: 'pkcs8' })
    .subarray(-KEY_BYTES)
    .toString('base64');
  return { signingKey, verifyKey: verifyKeyOf(signingKey) };
};

const privateKeyOf = (signingKey: string) =>
  createPrivateKey({
    key: Buffer.concat([PRIVATE_PREFIX, required(signingKey, KEY_BYTES, 'a signing key')]),
    format: 'der',
    type: 'pkcs8',
  });

/** The raw key in an SPKI (DER); undefined for a key that is not Ed25519. */
export const verifyKeyOfSpki = (spki: Uint8Array): Uint8Array | undefined => {
  const raw = spki.subarray(PUBLIC_PREFIX.byteLength);
  const isOurs =
    raw.byteLength === KEY_BYTES && PUBLIC_PREFIX.equals(spki.subarray(0, PUBLIC_PREFIX.byteLength));
  return isOurs ? raw : undefined;
};

/** The public half. @throws `TypeError` when `signingKey` is not a signing key */
export const verifyKeyOf = (signingKey: string): string =>
  createPublicKey(privateKeyOf(signingKey))
    .export({ format: 'der', type: 'spki' })
    .subarray(-KEY_BYTES)
    .toString('base64');

/** An Ed25519 signature, 64 bytes. @throws `TypeError` when `signingKey` is not a signing key */
export const signBytes = (bytes: Uint8Array, signingKey: string): Buffer =>
  sign(null, bytes, privateKeyOf(signingKey));

/**
 * Whether the owner of the key signed these very bytes. False for a malformed key or signature, and for a key of small
 * order, which nobody owns.
 */
export const isSignedBy = (bytes: Uint8Array, signature: string, verifyKey: string): boolean => {
  const key = decode(verifyKey, KEY_BYTES);
  const raw = decode(signature, SIGNATURE_BYTES);
  if (key === undefined || raw === undefined || !isSoundVerifyKey(key)) return false;
  const publicKey = createPublicKey({
    key: Buffer.concat([PUBLIC_PREFIX, key]),
    format: 'der',
    type: 'spki',
  });
  return verify(null, bytes, publicKey, raw);
};

const statementSchema = signatureSchema.omit({ signature: true });
type Statement = Omit<ManifestSignature, 'signature'>;

/** The bytes that are signed: `manifest.sig` without the key `signature`. */
const statementBytes = ({ format, algorithm, verifyKey, manifestBytes, manifestSha256 }: Statement): Buffer =>
  canonicalJson(statementSchema, { format, algorithm, verifyKey, manifestBytes, manifestSha256 });

/** Returns the bytes of `manifest.sig`. `sign` gets a message of some 200 bytes. */
export const signManifest = async (
  manifest: Uint8Array,
  verifyKey: string,
  sign: (message: Uint8Array) => Promise<Uint8Array>,
): Promise<Buffer> => {
  const statement: Statement = {
    format: FORMAT_VERSION,
    algorithm: 'Ed25519',
    verifyKey,
    manifestBytes: manifest.length,
    manifestSha256: createHash('sha256').update(manifest).digest('hex'),
  };
  const signature = Buffer.from(await sign(statementBytes(statement))).toString('base64');
  return canonicalJson(signatureSchema, { ...statement, signature });
};

/** Whether `manifest.sig` is signed by the key that it names. What it says about the manifest may still be false. */
export const isSignedStatement = (said: ManifestSignature): boolean =>
  isSignedBy(statementBytes(said), said.signature, said.verifyKey);

/** Whether all that `manifest.sig` says about the manifest is true, and signed. */
export const isValidSignature = (manifest: Uint8Array, said: ManifestSignature): boolean =>
  said.manifestBytes === manifest.length &&
  said.manifestSha256 === createHash('sha256').update(manifest).digest('hex') &&
  isSignedStatement(said);
