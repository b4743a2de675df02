/** Signatures that belong to something else, or that match in a forbidden way. */
import { type ArchiveBends, newKeys } from '../writer/archive.ts';
import type { JsonObject } from '../writer/json.ts';
import { lowOrderSigner, malleable } from '../writer/signing.ts';
import { archive, replaceOnce, type Shape, unread } from './shape.ts';

const INVALID = 'archive_signature_invalid';
const DAMAGED = 'archive_damaged';

const base64 = (bytes: Buffer): string => bytes.toString('base64');

/** Well-formed but invalid signatures; only what needs no trust may be read. */
const invalid: readonly (readonly [string, ArchiveBends])[] = [
  ['over the manifest itself', { signed: (_text, manifest) => manifest }],
  ['over the hash of the manifest alone', { statement: (made) => made, signed: (text) => text.slice(0, -2) }],
  ['over a statement without its line feed', { signed: (text) => text.trimEnd() }],
  [
    'over a statement in another order',
    {
      signed: (text) => `${JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse()))}\n`,
    },
  ],
  ['over a statement with white space', { signed: (text) => text.replace(':', ': ') }],
  [
    'over another statement',
    { signed: (text) => replaceOnce(text, '"manifestBytes":', '"manifestBytes":1') },
  ],
  ['over nothing', { signed: () => '' }],
  ['with S and the order added up', { raw: malleable }],
  ['of zeros', { raw: () => Buffer.alloc(64) }],
  ['of ones', { raw: () => Buffer.alloc(64, 0xff) }],
  [
    'with one bit changed',
    { raw: (raw) => Buffer.concat([raw.subarray(0, 63), Buffer.from([(raw[63] ?? 0) ^ 1])]) },
  ],
  ['with its halves exchanged', { raw: (raw) => Buffer.concat([raw.subarray(32), raw.subarray(0, 32)]) }],
  ['of 63 bytes', { raw: (raw) => raw.subarray(0, 63) }],
  ['of 65 bytes', { raw: (raw) => Buffer.concat([raw, Buffer.alloc(1)]) }],
  ['of no bytes', { raw: () => Buffer.alloc(0) }],
  [
    'that names a manifest one byte longer, and does not fit',
    { statement: (made) => ({ ...made, manifestSha256: 'a'.repeat(64) }) },
  ],
];

/** Points of low order: for each of them as a key, anybody can make a signature that fits any text. */
const lowOrder: readonly (readonly [string, string])[] = [
  ['the neutral point', `01${'00'.repeat(31)}`],
  ['the neutral point, not in its one form', `ee${'ff'.repeat(30)}7f`],
  ['the point of order 2', `ec${'ff'.repeat(30)}7f`],
  ['a point of order 4', '00'.repeat(32)],
  ['a point of order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
];

const texts: readonly (readonly [string, (signature: JsonObject) => JsonObject])[] = [
  ['another algorithm', (made) => ({ ...made, algorithm: 'none' })],
  ['the algorithm in capitals', (made) => ({ ...made, algorithm: 'ED25519' })],
  ['a signature in base64url', (made) => ({ ...made, signature: `-_${String(made.signature).slice(2)}` })],
  [
    'a signature without padding',
    (made) => ({ ...made, signature: String(made.signature).replace(/=+$/, '') }),
  ],
  ['a signature with white space', (made) => ({ ...made, signature: `${made.signature} ` })],
  ['a negative size', (made) => ({ ...made, manifestBytes: -1 })],
  ['a hash in capitals', (made) => ({ ...made, manifestSha256: String(made.manifestSha256).toUpperCase() })],
  ['a hash too short', (made) => ({ ...made, manifestSha256: 'ab' })],
  ['a verify key of any text', (made) => ({ ...made, verifyKey: 'not base64!' })],
  ['an array for a signature', (made) => ({ ...made, signature: [made.signature ?? null] })],
];

/** Changes bits that base64 does not use, so the decoded signature stays the same. */
const unusedBits = (made: JsonObject): JsonObject => {
  const text = String(made.signature);
  // With 64 bytes, four bits of the last letter are unused.
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const at = text.indexOf('=') - 1;
  const letter = letters[letters.indexOf(text[at] ?? 'A') | 1] ?? 'B';
  return { ...made, signature: text.slice(0, at) + letter + text.slice(at + 1) };
};

export const signatures: readonly Shape[] = [
  ...invalid.map(([what, bends]) => ({
    name: `a signature ${what}`,
    make: archive(bends),
    refused: { open: INVALID },
  })),
  {
    name: 'a signature with unused bits that are not zero',
    make: archive({ value: unusedBits }),
    refused: { open: INVALID },
  },
  {
    name: 'a signature by a key that is not trusted',
    make: async (keys) => {
      const { signer } = await newKeys();
      return archive({ signer })(keys);
    },
    refused: { open: 'archive_signer_unknown' },
  },
  {
    name: 'a signature by another key under the name of the trusted one',
    make: async (keys) => {
      const { signer } = await newKeys();
      return archive({ signer: { ...signer, verifyKey: keys.signer.verifyKey } })(keys);
    },
    refused: { open: INVALID },
  },
  ...lowOrder.map(([what, point]) => ({
    name: `a signature that fits ${what}`,
    make: archive({ signer: lowOrderSigner(point) }),
    trustAll: true,
    refused: { open: INVALID },
  })),
  ...texts.map(([what, value]) => ({
    name: `a manifest.sig with ${what}`,
    make: archive({ value }),
    refused: unread(DAMAGED),
  })),
  {
    name: 'a manifest.sig that says a manifest of 300 megabytes',
    make: archive({ value: (made) => ({ ...made, manifestBytes: 300_000_000 }) }),
    refused: unread('archive_cut'),
  },
  {
    name: 'a manifest.sig that says a manifest of 2 to the 53 less one bytes',
    make: archive({ value: (made) => ({ ...made, manifestBytes: 2 ** 53 - 1 }) }),
    refused: unread('archive_cut'),
  },
  {
    name: 'a manifest.sig that says a manifest of no bytes',
    make: archive({ value: (made) => ({ ...made, manifestBytes: 0 }) }),
    refused: { inspect: DAMAGED, open: INVALID },
  },
  {
    name: 'a manifest.sig that says a manifest of a block less',
    make: archive({ value: (made) => ({ ...made, manifestBytes: Number(made.manifestBytes) - 512 }) }),
    refused: { inspect: DAMAGED, open: INVALID },
  },
  {
    name: 'a manifest.sig with a verify key of 31 bytes',
    make: archive({ value: (made) => ({ ...made, verifyKey: base64(Buffer.alloc(31, 7)) }) }),
    refused: { open: INVALID },
  },
  {
    name: 'a manifest.sig with a verify key that is no point',
    make: archive({ value: (made) => ({ ...made, verifyKey: base64(Buffer.alloc(32, 2)) }) }),
    refused: { open: INVALID },
  },
  {
    name: 'a manifest.sig longer than its block',
    make: archive({ value: (made) => ({ ...made, signature: 'A'.repeat(500) }) }),
    refused: unread('archive_cut'),
  },
];
