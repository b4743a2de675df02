/**
 * Writes age v1 files by https://c2sp.org/age so that tests can change each part: stanzas, MAC, nonce,
 * chunks. The caller supplies random bytes, so a fuzzer gets the same file for the same seed.
 */
import {
  createCipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  randomBytes,
  scryptSync,
} from 'node:crypto';

export type Bytes = (length: number) => Buffer;

export interface Stanza {
  readonly args: readonly string[];
  readonly body: Buffer;
}

/** A piece of the payload; `last` marks it as the final one. */
export interface Chunk {
  readonly plain: Buffer;
  readonly last: boolean;
}

export interface AgeBends {
  readonly stanzas?: (stanzas: Stanza[], fileKey: Buffer) => Stanza[];
  /** Changes the header's text, with its MAC. */
  readonly header?: (text: string) => string | Buffer;
  readonly chunks?: (chunks: Chunk[]) => Chunk[];
  /** Changes the nonce and the sealed chunks. */
  readonly payload?: (bytes: Buffer) => Buffer;
  readonly random?: Bytes;
}

const CHUNK = 64 * 1024;
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');
const hkdf = (key: Uint8Array, salt: Uint8Array, info: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, info, 32));

const sealed = (key: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Buffer => {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

/** The 32 bytes of an `age1...` recipient; ignores its checksum. */
const publicKeyOf = (recipient: string): Buffer => {
  let bits = '';
  for (const letter of recipient.slice('age1'.length, -6))
    bits += BECH32.indexOf(letter).toString(2).padStart(5, '0');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
};

const SPKI = Buffer.from('302a300506032b656e032100', 'hex');
const PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

export const x25519Stanza = (recipient: string, fileKey: Buffer, random: Bytes = randomBytes): Stanza => {
  const theirs = publicKeyOf(recipient);
  const privateKey = createPrivateKey({
    key: Buffer.concat([PKCS8, random(32)]),
    format: 'der',
    type: 'pkcs8',
  });
  const share = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32);
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, theirs]), format: 'der', type: 'spki' });
  const secret = diffieHellman({ privateKey, publicKey });
  const key = hkdf(secret, Buffer.concat([share, theirs]), 'age-encryption.org/v1/X25519');
  return { args: ['X25519', base64(share)], body: sealed(key, Buffer.alloc(12), fileKey) };
};

/** @param logN the real cost; `said` is the cost that the stanza states */
export const scryptStanza = (
  passphrase: string,
  fileKey: Buffer,
  { logN = 4, said = String(logN), random = randomBytes }: { logN?: number; said?: string; random?: Bytes },
): Stanza => {
  const salt = random(16);
  const label = Buffer.from('age-encryption.org/v1/scrypt');
  const cost = { N: 2 ** logN, r: 8, p: 1, maxmem: 2 ** (logN + 11) };
  const key = scryptSync(passphrase, Buffer.concat([label, salt]), 32, cost);
  return { args: ['scrypt', base64(salt), said], body: sealed(key, Buffer.alloc(12), fileKey) };
};

/** A body in lines of 64 characters; the last line is shorter. */
const wrapped = (body: Buffer): string => {
  const text = base64(body);
  const lines = text.match(/.{1,64}/g) ?? [];
  return `${lines.join('\n')}${text.length % 64 === 0 && text !== '' ? '\n' : ''}\n`;
};

const headerText = (stanzas: readonly Stanza[], fileKey: Buffer): string => {
  const text = stanzas.map(({ args, body }) => `-> ${args.join(' ')}\n${wrapped(body)}`).join('');
  const signed = `age-encryption.org/v1\n${text}---`;
  const mac = createHmac('sha256', hkdf(fileKey, Buffer.alloc(0), 'header'))
    .update(signed)
    .digest();
  return `${signed} ${base64(mac)}\n`;
};

const chunksOf = (plain: Buffer): Chunk[] => {
  const chunks: Chunk[] = [];
  for (let at = 0; at === 0 || at < plain.length; at += CHUNK)
    chunks.push({ plain: plain.subarray(at, at + CHUNK), last: at + CHUNK >= plain.length });
  return chunks;
};

const sealedChunks = (key: Buffer, chunks: readonly Chunk[]): Buffer =>
  Buffer.concat(
    chunks.map(({ plain, last }, index) => {
      const nonce = Buffer.alloc(12);
      nonce.writeUIntBE(index, 5, 6);
      nonce[11] = last ? 1 : 0;
      return sealed(key, nonce, plain);
    }),
  );

/** An age file of `plain` for the recipients of the stanzas. */
export const ageFile = (
  plain: Buffer,
  stanzasFor: (fileKey: Buffer) => Stanza[],
  { stanzas = (made) => made, header = (text) => text, chunks = (made) => made, ...bends }: AgeBends = {},
): Buffer => {
  const { random = randomBytes, payload = (bytes: Buffer) => bytes } = bends;
  const fileKey = random(16);
  const nonce = random(16);
  const text = header(headerText(stanzas(stanzasFor(fileKey), fileKey), fileKey));
  const key = hkdf(fileKey, nonce, 'payload');
  return Buffer.concat([
    typeof text === 'string' ? Buffer.from(text, 'latin1') : text,
    payload(Buffer.concat([nonce, sealedChunks(key, chunks(chunksOf(plain)))])),
  ]);
};

export const ageFor = (recipient: string, plain: Buffer, bends: AgeBends = {}): Buffer =>
  ageFile(plain, (fileKey) => [x25519Stanza(recipient, fileKey, bends.random)], bends);
