/**
 * The header of an age v1 file: who may open it. The `age-encryption` package wraps and unwraps the file key, and
 * writes and checks the header and its MAC; the payload is sealed by `age-payload.ts`.
 */
import { type KeyObject, randomBytes } from 'node:crypto';
import {
  Decrypter,
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  type Identity,
  identityToRecipient,
  type Stanza,
} from 'age-encryption';
import { ArchiveError } from '../errors.ts';
import {
  AGE_NONCE_BYTES,
  derivePayloadKey,
  openPayload,
  sealedPayloadBytes,
  sealPayload,
} from './age-payload.ts';
import { scryptIdentity, scryptRecipient } from './scrypt-stanza.ts';

/** Longest age header that is read. Ours are far shorter. */
const MAX_AGE_HEADER_BYTES = 256 * 1024;
/**
 * Most recipients of an age file that is read; ours have one. Trying a key on one takes half a millisecond, more on a
 * post-quantum one.
 */
const MAX_RECIPIENTS = 512;
/** scrypt with 2^20 takes 1 GiB and seconds; a reader spends no more on a header that nobody has authenticated. */
const MAX_SCRYPT_LOG_N = 20;

/** Who can open a file. A passphrase is the only recipient: age allows no recipient beside it. */
export type EncryptTo =
  | {
      /** `age1...` (X25519) or `age1pq1...` (hybrid post-quantum). */
      readonly recipients: readonly string[];
    }
  | {
      readonly passphrase: string;
      /** Base-2 logarithm of scrypt's cost. @default 18 */
      readonly logN?: number;
    };

/** What a file is opened with: `AGE-SECRET-KEY-1...`, `AGE-SECRET-KEY-PQ-1...`, or a passphrase. */
export type DecryptWith = { readonly identities: readonly string[] } | { readonly passphrase: string };

/** The beginning of an age file, ready to be followed by the payload sealed under `payloadKey`. */
export interface AgePrefix {
  /** The header and the nonce. */
  readonly prefix: Buffer;
  /** Seals this one payload only: sealing a second one under it would reveal both. */
  readonly payloadKey: KeyObject;
}

/**
 * Makes the beginning of a new age file for recipients: what a segment starts with.
 *
 * @throws `TypeError` for a text that is not an age recipient.
 */
export const makeAgePrefix = async (recipients: readonly string[]): Promise<AgePrefix> => {
  if (recipients.length === 0) throw new TypeError('an age file needs at least one recipient');
  const encrypter = new Encrypter();
  try {
    for (const recipient of recipients) encrypter.addRecipient(recipient);
  } catch (cause) {
    throw new TypeError('not an age recipient: one starts with age1 or age1pq1', { cause });
  }
  let fileKey: Uint8Array | undefined;
  // This recipient captures the file key and adds no stanza: the header is the same with it and without it.
  encrypter.addRecipient({
    wrapFileKey: (key) => {
      fileKey = Uint8Array.from(key);
      return [];
    },
  });
  const header = await headerOf(encrypter);
  if (fileKey === undefined)
    throw new Error('age-encryption did not ask the recipient of Holdfast to wrap the file key');
  const nonce = randomBytes(AGE_NONCE_BYTES);
  return { prefix: Buffer.concat([header, nonce]), payloadKey: derivePayloadKey(fileKey, nonce) };
};

/** Reads the encrypter's stream only to the header's end: the payload that the package would make is not used. */
const headerOf = async (encrypter: Encrypter): Promise<Buffer> => {
  let bytes = Buffer.alloc(0);
  for await (const chunk of await encrypter.encrypt(new ReadableStream<Uint8Array>())) {
    bytes = Buffer.concat([bytes, chunk]);
    const end = ageHeaderBytes(bytes);
    if (end !== undefined) return bytes.subarray(0, end);
  }
  throw malformed('its header has no end');
};

const DASHES = Buffer.from('\n---');
/** Line feed, `--- `, 32 bytes in base64 without padding, line feed. */
const MAC_LINE_BYTES = 49;

/**
 * Returns the length of the header that `bytes` begin with, or undefined while its end is not there yet. Only the MAC's
 * line starts with `---`: a stanza starts with `->`, and base64 has no dash.
 */
export const ageHeaderBytes = (bytes: Uint8Array): number | undefined => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MAX_AGE_HEADER_BYTES));
  const dashes = view.indexOf(DASHES);
  const end = dashes < 0 ? -1 : view.indexOf(0x0a, dashes + DASHES.length);
  if (end >= 0) return end + 1;
  if (bytes.length >= MAX_AGE_HEADER_BYTES) throw malformed('its header has no end');
  return undefined;
};

const requireHeaderBytes = (bytes: Uint8Array): number => {
  const end = ageHeaderBytes(bytes);
  if (end === undefined) throw malformed('its header has no end');
  return end;
};

const malformed = (what: string, cause?: unknown): ArchiveError =>
  new ArchiveError('age_malformed', `not a well-formed age file: ${what}`, { cause });

/**
 * Reads the beginning of an age file. `bytes` hold at least header and nonce.
 *
 * @throws `wrong_key` or `wrong_passphrase` when nothing at hand opens it, `passphrase_too_costly`, and `age_malformed`
 * for bytes that are not an age header.
 */
export const readAgePrefix = async (
  bytes: Uint8Array,
  open: DecryptWith,
): Promise<{ readonly payloadKey: KeyObject; readonly prefixBytes: number }> => {
  const headerBytes = requireHeaderBytes(bytes);
  const mac = Buffer.from(bytes.subarray(Math.max(0, headerBytes - MAC_LINE_BYTES), headerBytes)).toString(
    'latin1',
  );
  if (!/^\n--- [A-Za-z0-9+/]{43}\n$/.test(mac)) throw malformed('its header does not end in a MAC');
  const decrypter = new Decrypter();
  decrypter.addIdentity(stanzaGuard);
  if ('passphrase' in open) decrypter.addIdentity(scryptIdentity(open.passphrase));
  else for (const identity of open.identities) decrypter.addIdentity(parsedIdentity(identity));
  decrypter.addIdentity(noMatch('passphrase' in open));
  let fileKey: Uint8Array;
  try {
    fileKey = await decrypter.decryptHeader(bytes.subarray(0, headerBytes));
  } catch (cause) {
    if (cause instanceof ArchiveError) throw cause;
    throw malformed('its header is invalid or was changed', cause);
  }
  const prefixBytes = headerBytes + AGE_NONCE_BYTES;
  if (bytes.length < prefixBytes) throw malformed('it ends right after its header');
  return { payloadKey: derivePayloadKey(fileKey, bytes.subarray(headerBytes, prefixBytes)), prefixBytes };
};

const parsedIdentity = (identity: string): string => {
  if (/^AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]+$/.test(identity)) return identity;
  // Not quoted in the error: the text may be most of a secret.
  throw new ArchiveError(
    'wrong_key',
    'not an age identity: one starts with AGE-SECRET-KEY-1 or AGE-SECRET-KEY-PQ-1',
  );
};

/**
 * Called before the other identities, once the header has parsed, so that no costly key is derived for a header that is
 * refused.
 */
const stanzaGuard: Identity = {
  unwrapFileKey: (stanzas: Stanza[]) => {
    if (stanzas.length > MAX_RECIPIENTS) throw malformed(`it has more than ${MAX_RECIPIENTS} recipients`);
    if (stanzas.length > 1 && stanzas.some(({ args }) => args[0] === 'scrypt')) {
      throw malformed('it has a passphrase and another recipient, and age allows a passphrase only alone');
    }
    for (const { args } of stanzas) {
      const logN = args[0] === 'scrypt' && /^[1-9][0-9]*$/.test(args[2] ?? '') ? Number(args[2]) : 0;
      if (logN > MAX_SCRYPT_LOG_N) {
        throw new ArchiveError(
          'passphrase_too_costly',
          `the passphrase's work factor 2^${logN} is higher than 2^${MAX_SCRYPT_LOG_N}, the most that Holdfast computes; ` +
            'open the file with the age command instead',
        );
      }
    }
    return null;
  },
};

/** Called after the other identities: none of them opened the file. */
const noMatch = (passphrase: boolean): Identity => ({
  unwrapFileKey: (stanzas: Stanza[]) => {
    const wantsPassphrase = stanzas.some(({ args }) => args[0] === 'scrypt');
    if (passphrase && wantsPassphrase) {
      throw new ArchiveError('wrong_passphrase', 'the passphrase does not open this; check it and try again');
    }
    if (passphrase) {
      throw new ArchiveError(
        'wrong_key',
        'this opens with a key, not with a passphrase; give the backup key',
      );
    }
    throw new ArchiveError(
      'wrong_key',
      wantsPassphrase
        ? 'this opens with a passphrase, not with a key; give the passphrase'
        : 'the key does not open this; find the key that it was made for',
    );
  },
});

/**
 * Encrypts something small that is in memory as a whole. A passphrase takes about a second, during which this thread
 * stays free.
 */
export const encryptBytes = async (plain: Uint8Array, to: EncryptTo): Promise<Buffer> => {
  if ('passphrase' in to) {
    const encrypter = new Encrypter();
    encrypter.addRecipient(scryptRecipient(to.passphrase, to.logN));
    return Buffer.from(await encrypter.encrypt(plain));
  }
  const { prefix, payloadKey } = await makeAgePrefix(to.recipients);
  const file = Buffer.allocUnsafeSlow(prefix.length + sealedPayloadBytes(plain.length));
  prefix.copy(file);
  sealPayload(payloadKey, plain, file, prefix.length);
  return file;
};

/** Decrypts something small that is in memory as a whole. @throws as `readAgePrefix` and `openPayload` */
export const decryptBytes = async (file: Uint8Array, open: DecryptWith): Promise<Buffer> => {
  const { payloadKey, prefixBytes } = await readAgePrefix(file, open);
  return openPayload(payloadKey, file.subarray(prefixBytes));
};

export interface AgeKeyPair {
  /** The public key. */
  readonly recipient: string;
  /** The private key. Secret. */
  readonly identity: string;
}

const generateKeyPair = async (postQuantum: boolean): Promise<AgeKeyPair> => {
  const identity = await (postQuantum ? generateHybridIdentity() : generateX25519Identity());
  return { identity, recipient: await identityToRecipient(identity) };
};

export interface KeyKind {
  /** Hybrid ML-KEM-768 with X25519: needs age 1.3 to recover by hand. @default false */
  readonly postQuantum?: boolean;
}

/**
 * The key pair of one archive: `holdfast.json` names the recipient, and `key.age` holds the identity, sealed. An
 * archive is post-quantum only when both its keys are: make it so whenever the backup key is.
 */
export const generateArchiveKey = (kind: KeyKind = {}): Promise<AgeKeyPair> =>
  generateKeyPair(kind.postQuantum ?? false);

/** A backup key: it seals archive keys. */
export const generateBackupKey = (kind: KeyKind = {}): Promise<AgeKeyPair> =>
  generateKeyPair(kind.postQuantum ?? false);

/** The public half of an identity. @throws `wrong_key` when `identity` is not an age identity */
export const recipientOf = async (identity: string): Promise<string> => {
  try {
    return await identityToRecipient(parsedIdentity(identity));
  } catch (cause) {
    if (cause instanceof ArchiveError) throw cause;
    throw new ArchiveError('wrong_key', 'not an age identity: its checksum is wrong; copy it again', {
      cause,
    });
  }
};
