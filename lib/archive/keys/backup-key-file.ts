/**
 * The file in which a backup key is sent: facts about the key in clear, its private half as an armoured age file under
 * a password. `docs/keys.md` is the format byte by byte.
 */
import { createHash } from 'node:crypto';
import { armor } from 'age-encryption';
import * as z from 'zod';
import { decryptBytes, encryptBytes, recipientOf } from '../age/age-header.ts';
import { ArchiveError } from '../errors.ts';
import { verifyKeySchema } from '../format.ts';

export const KEY_FILE_FORMAT = 1;

/** The line of facts in JSON, without its checksum. Nothing in it is secret. */
export const keyFileFactsSchema = z.strictObject({
  format: z.literal(KEY_FILE_FORMAT),
  keyId: z.string().max(128),
  scope: z.enum(['system', 'domain']),
  domain: z.string().max(128),
  createdAt: z.iso.datetime({ offset: true }),
  /** What the owner wrote as a reminder of the password. */
  hint: z.string().max(200),
  /** The sender's name, and the raw Ed25519 public key, base64, that signs its archives. */
  installation: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/),
  verifyKey: verifyKeySchema,
  /** The key's public half. */
  recipient: z.string().max(4096),
});
export type KeyFileFacts = z.infer<typeof keyFileFactsSchema>;
const factsLineSchema = z.strictObject({
  ...keyFileFactsSchema.shape,
  /** SHA-256, hex, of the facts and the age file: shows a damaged copy before anybody types a password. */
  checksum: z.string().regex(/^[0-9a-f]{64}$/),
});

export interface KeyFile {
  readonly facts: KeyFileFacts;
  /** The age file. */
  readonly sealed: Uint8Array;
}

const FIRST_LINE = '# Holdfast backup key file';
const HEADING = [
  FIRST_LINE,
  '# To open an archive without Holdfast:  age -d -i <(grep "^[^#{]" THIS-FILE) -o archive.identity key.age',
];
const BEGIN = '-----BEGIN AGE ENCRYPTED FILE-----';
const END = '-----END AGE ENCRYPTED FILE-----\n';
/** Our key files have this work factor: a reader asks for the password only when the header says so. */
const SCRYPT_LOG_N = 18;
const SCRYPT_HEADER = new RegExp(
  `^age-encryption\\.org/v1\\n-> scrypt [A-Za-z0-9+/]{22} ${SCRYPT_LOG_N}\\n[A-Za-z0-9+/]{43}\\n--- [A-Za-z0-9+/]{43}\\n`,
);

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Writes a key file: takes about a second, as opening it does.
 * @throws `TypeError` when the identity is not the private half of the facts' recipient.
 */
export const sealKeyFile = async (
  facts: KeyFileFacts,
  identity: string,
  password: string,
): Promise<string> => {
  if ((await recipientOf(identity)) !== facts.recipient)
    throw new TypeError('the age identity and the age recipient are not of one key');
  const parsed = keyFileFactsSchema.parse(facts);
  const sealed = await encryptBytes(Buffer.from(inside(parsed, identity)), {
    passphrase: password,
    logN: SCRYPT_LOG_N,
  });
  return fileText(parsed, armor.encode(sealed));
};

/** Returns the only text of a key file. */
const fileText = (facts: KeyFileFacts, armoured: string): string => {
  const checksum = sha256(`${JSON.stringify(facts)}\n${armoured}`);
  return `${HEADING.join('\n')}\n${JSON.stringify({ ...facts, checksum })}\n${armoured}`;
};

/**
 * The age identity file. Its comment holds a hash of the facts, so a reader with the password can tell that they are
 * the sender's.
 */
const inside = (facts: KeyFileFacts, identity: string): string =>
  `# ${facts.keyId}\n# facts: ${sha256(JSON.stringify(facts))}\n${identity}\n`;

/**
 * Reads a key file's facts; needs no password, and finds damage by the checksum. Only `openKeyFile` shows that the
 * facts are the sender's.
 *
 * @throws `key_file_not_recognised`, `key_file_cut`, `key_file_damaged`, `key_file_format_unsupported`
 */
export const readKeyFile = (text: string): KeyFile => {
  if (!text.startsWith(FIRST_LINE)) {
    // An empty file, or the beginning of a key file, may be a key file that was cut.
    if (text !== '' && FIRST_LINE.startsWith(text)) throw cut();
    throw new ArchiveError(
      'key_file_not_recognised',
      'this is not a Holdfast backup key file: its first line is not that of a key file; check that it is the right file',
    );
  }
  const line = text.split('\n').find((each) => each.startsWith('{')) ?? '';
  refuseOtherFormat(line);
  const begin = text.indexOf(BEGIN);
  const armoured = begin < 0 ? '' : text.slice(begin);
  if (!text.endsWith(END)) throw isCut(armoured) ? cut() : damaged('its last line is not that of a key file');
  const { checksum: _, ...facts } = parseLine(line);
  if (fileText(facts, armoured) !== text) throw damaged('its checksum is wrong');
  return { facts, sealed: dearmoured(armoured) };
};

/** Whether the file ends before its last line, and not with another one. */
const isCut = (armoured: string): boolean => {
  const tail = armoured.slice(armoured.lastIndexOf('\n', armoured.length - 2) + 1);
  return armoured === '' || !armoured.includes('-----END') || END.startsWith(tail);
};

const cut = (): ArchiveError =>
  new ArchiveError('key_file_cut', 'the key file is incomplete: its end is missing; take another copy of it');

const damaged = (what: string, cause?: unknown): ArchiveError =>
  new ArchiveError('key_file_damaged', `the key file was changed: ${what}; take another copy of it`, {
    cause,
  });

const jsonOf = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
};

const refuseOtherFormat = (line: string): void => {
  const format = z.looseObject({ format: z.number() }).safeParse(jsonOf(line));
  if (!format.success || format.data.format === KEY_FILE_FORMAT) return;
  throw new ArchiveError(
    'key_file_format_unsupported',
    `the key file has format ${format.data.format}, and this version reads format ${KEY_FILE_FORMAT}; use a version of Holdfast that reads it`,
  );
};

const parseLine = (line: string): z.infer<typeof factsLineSchema> => {
  const parsed = factsLineSchema.safeParse(jsonOf(line));
  if (!parsed.success) throw damaged('its line of facts cannot be read', parsed.error);
  return parsed.data;
};

const dearmoured = (armoured: string): Uint8Array => {
  let sealed: Uint8Array;
  try {
    sealed = armor.decode(armoured);
  } catch (cause) {
    throw damaged('its age file is not armored as it should be', cause);
  }
  // A file that is not ours is refused here, before the password's check: nothing after that check may depend on it.
  if (armor.encode(sealed) !== armoured || !SCRYPT_HEADER.test(Buffer.from(sealed).toString('latin1')))
    throw damaged('its age file is not encrypted as key files are');
  return sealed;
};

/**
 * Returns the private half. Whatever is wrong inside, the answer is the same and takes the same time: the password is
 * always checked, and the rest is hundreds of times faster than that.
 *
 * @throws `wrong_passphrase`
 */
export const openKeyFile = async ({ facts, sealed }: KeyFile, password: string): Promise<string> => {
  try {
    const text = (await decryptBytes(sealed, { passphrase: password })).toString('latin1');
    const identity = /\n(AGE-SECRET-KEY-[0-9A-Z-]+)\n$/.exec(text)?.[1] ?? '';
    if (text === inside(facts, identity) && (await recipientOf(identity)) === facts.recipient)
      return identity;
  } catch (thrown) {
    if (!(thrown instanceof ArchiveError)) throw thrown;
  }
  throw new ArchiveError('wrong_passphrase', 'this password does not open the key file');
};
