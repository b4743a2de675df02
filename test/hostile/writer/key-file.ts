/** Writes a backup key file by "Format 1, byte by byte" of docs/keys.md, with parts that tests can change. */
import { createHash } from 'node:crypto';
import { type AgeBends, ageFile, scryptStanza } from './age.ts';
import { KEY_ID, type KeyPair } from './archive.ts';
import type { Json, JsonObject } from './json.ts';

export interface KeyFileBends extends AgeBends {
  readonly facts?: (facts: JsonObject) => Json;
  /** The real cost of scrypt, and the cost that the stanza states. @default 18 */
  readonly cost?: { readonly logN?: number; readonly said?: string };
  /** Changes the identity file inside. */
  readonly inside?: (text: string) => string;
  readonly armour?: (text: string) => string;
  /** Changes the line of facts and its checksum. */
  readonly line?: (text: string) => string;
  readonly text?: (text: string) => string | Buffer;
}

const HEADING = [
  '# Holdfast backup key file',
  '# To open an archive without Holdfast:  age -d -i <(grep "^[^#{]" THIS-FILE) -o archive.identity key.age',
].join('\n');

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const armoured = (bytes: Buffer): string => {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN AGE ENCRYPTED FILE-----\n${lines.join('\n')}\n-----END AGE ENCRYPTED FILE-----\n`;
};

export const plainFacts = (key: KeyPair, verifyKey: string): JsonObject => ({
  format: 1,
  keyId: KEY_ID,
  scope: 'system',
  domain: 'root',
  createdAt: '2026-11-20T03:00:00.250Z',
  hint: 'the usual one',
  installation: 'stranger',
  verifyKey,
  recipient: key.recipient,
});

export interface KeyFileParts {
  readonly key: KeyPair;
  readonly verifyKey: string;
  readonly password: string;
}

export const keyFileText = ({ key, verifyKey, password }: KeyFileParts, bends: KeyFileBends = {}): Buffer => {
  const { inside = (text) => text, armour = (text) => text, line = (text) => text } = bends;
  const plain = plainFacts(key, verifyKey);
  const facts = bends.facts?.(plain) ?? plain;
  const said = JSON.stringify(facts);
  const identity = `# ${plain.keyId}\n# facts: ${sha256(said)}\n${key.identity}\n`;
  const cost = { logN: 18, ...bends.cost };
  const sealed = ageFile(
    Buffer.from(inside(identity)),
    (fileKey) => [
      scryptStanza(password, fileKey, {
        ...cost,
        ...(bends.random === undefined ? {} : { random: bends.random }),
      }),
    ],
    bends,
  );
  const armourText = armour(armoured(sealed));
  const withSum = `${said.slice(0, -1)},"checksum":"${sha256(`${said}\n${armourText}`)}"}`;
  const text = `${HEADING}\n${line(withSum)}\n${armourText}`;
  const bent = bends.text?.(text) ?? text;
  return typeof bent === 'string' ? Buffer.from(bent) : bent;
};
