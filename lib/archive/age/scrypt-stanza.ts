/**
 * age's scrypt recipient on node:crypto: the same bytes as the `age-encryption` package's, without occupying a thread of
 * JavaScript for a second. https://c2sp.org/age, "The scrypt recipient type".
 */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { type Identity, type Recipient, Stanza } from 'age-encryption';

const LABEL = Buffer.from('age-encryption.org/v1/scrypt');
const SALT_BYTES = 16;
const BLOCK_SIZE = 8;
const KEY_BYTES = 32;
const TAG_BYTES = 16;
const NONCE = Buffer.alloc(12);
/** The age command and the `age-encryption` package use this by default. */
const DEFAULT_LOG_N = 18;

/** Wraps a file key under a passphrase. `logN` is the base-2 logarithm of scrypt's cost. */
export const scryptRecipient = (passphrase: string, logN = DEFAULT_LOG_N): Recipient => ({
  wrapFileKey: async (fileKey) => {
    const salt = randomBytes(SALT_BYTES);
    const cipher = createCipheriv('chacha20-poly1305', await stretched(passphrase, salt, logN), NONCE, {
      authTagLength: TAG_BYTES,
    });
    const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
    return [new Stanza(['scrypt', base64(salt), String(logN)], body)];
  },
});

/**
 * Opens a file key by a passphrase. Returns null for stanzas of other kinds and for a wrong passphrase. The caller has
 * checked that the work factor is affordable.
 */
export const scryptIdentity = (passphrase: string): Identity => ({
  unwrapFileKey: async (stanzas) => {
    for (const { args, body } of stanzas) {
      if (args[0] !== 'scrypt') continue;
      const [, encodedSalt = '', logN = ''] = args;
      const salt = Buffer.from(encodedSalt, 'base64');
      const wellFormed =
        stanzas.length === 1 &&
        args.length === 3 &&
        /^[1-9][0-9]*$/.test(logN) &&
        salt.length === SALT_BYTES &&
        base64(salt) === encodedSalt &&
        body.length === SALT_BYTES + TAG_BYTES;
      if (!wellFormed) throw new Error('invalid scrypt stanza');
      return opened(body, await stretched(passphrase, salt, Number(logN)));
    }
    return null;
  },
});

const opened = (body: Uint8Array, key: Buffer): Uint8Array | null => {
  const decipher = createDecipheriv('chacha20-poly1305', key, NONCE, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(body.subarray(-TAG_BYTES));
  const fileKey = decipher.update(body.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return fileKey;
};

const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');

/** scrypt takes 256 MiB at the usual cost, and up to 1 GiB: it runs for one passphrase at a time. */
let turn: Promise<unknown> = Promise.resolve();

const stretched = (passphrase: string, salt: Buffer, logN: number): Promise<Buffer> => {
  const mine = turn.then(() => stretch(passphrase, salt, logN));
  turn = mine.catch(() => undefined);
  return mine;
};

const stretch = (passphrase: string, salt: Buffer, logN: number): Promise<Buffer> => {
  const N = 2 ** logN;
  return new Promise((resolve, reject) => {
    // OpenSSL needs a little more than the table of N blocks.
    const options = { N, r: BLOCK_SIZE, p: 1, maxmem: 128 * BLOCK_SIZE * (N + 64) };
    scrypt(passphrase, Buffer.concat([LABEL, salt]), KEY_BYTES, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
};
