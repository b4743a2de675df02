/** Keys in archives that do not open, that open something else, or that are too expensive to try. */
import { generateHybridIdentity } from 'age-encryption';
import { ageFile, ageFor, type Stanza, scryptStanza, x25519Stanza } from '../writer/age.ts';
import { type ArchivePlan, identityUnder, type Keys, newKeys, sealedIdentity } from '../writer/archive.ts';
import { archive, harmless, type Shape } from './shape.ts';

const PASSPHRASE = 'befit-brakeman-footstep';
const MALFORMED = 'age_malformed';

type Key = (keys: Keys) => Buffer | Promise<Buffer>;

const withKey =
  (key: Key, change: (plan: ArchivePlan) => ArchivePlan = (plan) => plan): Shape['make'] =>
  async (keys) => {
    const bytes = await key(keys);
    return archive({ plan: (plan) => change({ ...plan, key: { name: 'key.age', bytes } }) })(keys);
  };

const text = ({ archive: { identity } }: Keys): Buffer => Buffer.from(`${identity}\n`);
const sealed =
  (bends: Parameters<typeof ageFor>[2], plain: (keys: Keys) => Buffer = text): Key =>
  (keys) =>
    ageFor(keys.backup.recipient, plain(keys), bends);
/** Replaces the identity by another text. */
const holding = (plain: (keys: Keys) => string): Key => sealed({}, (keys) => Buffer.from(plain(keys)));

const grease = (count: number): Stanza[] =>
  Array.from({ length: count }, (_, index) => ({
    args: ['grease', String(index)],
    body: Buffer.alloc(40, index),
  }));

const keys: readonly (readonly [string, Key, string | undefined])[] = [
  ['nothing', () => Buffer.alloc(0), MALFORMED],
  ['zeros', () => Buffer.alloc(500), MALFORMED],
  ['the identity in clear', text, MALFORMED],
  [
    'armoured',
    (made) =>
      Buffer.from(
        `-----BEGIN AGE ENCRYPTED FILE-----\n${sealedIdentity(made.archive.identity, made.backup.recipient).toString('base64')}\n-----END AGE ENCRYPTED FILE-----\n`,
      ),
    MALFORMED,
  ],
  ['of another version of age', sealed({ header: (header) => header.replace('/v1', '/v2') }), MALFORMED],
  ['with CRLF in its header', sealed({ header: (header) => header.replaceAll('\n', '\r\n') }), MALFORMED],
  [
    'with a header that has no end',
    sealed({ header: (header) => header.slice(0, header.indexOf('---')) }),
    MALFORMED,
  ],
  [
    'with a MAC of zeros',
    sealed({ header: (header) => header.replace(/--- .*/, `--- ${'A'.repeat(43)}`) }),
    MALFORMED,
  ],
  ['with a MAC too short', sealed({ header: (header) => header.replace(/--- .*/, '--- AAAA') }), MALFORMED],
  ['with no stanza', sealed({ stanzas: () => [] }), 'wrong_key'],
  ['with 300 kilobytes of header', sealed({ stanzas: (made) => [...grease(5_000), ...made] }), MALFORMED],
  [
    'with a stanza whose body is not wrapped',
    sealed({ header: (header) => header.replace(/\n(?=[A-Za-z0-9+/]{43}\n)/, '\n ') }),
    MALFORMED,
  ],
  [
    'with a share of zeros',
    sealed({ stanzas: (made) => made.map((one) => ({ ...one, args: ['X25519', 'A'.repeat(43)] })) }),
    MALFORMED,
  ],
  [
    'with a share of 31 bytes',
    sealed({ stanzas: (made) => made.map((one) => ({ ...one, args: ['X25519', 'A'.repeat(42)] })) }),
    MALFORMED,
  ],
  [
    'with a share too many',
    sealed({ stanzas: (made) => made.map((one) => ({ ...one, args: [...one.args, 'more'] })) }),
    MALFORMED,
  ],
  [
    'with a file key of 15 bytes',
    sealed({ stanzas: (made) => made.map((one) => ({ ...one, body: one.body.subarray(1) })) }),
    MALFORMED,
  ],
  ['cut behind its header', sealed({ payload: () => Buffer.alloc(0) }), MALFORMED],
  ['cut in its payload', sealed({ payload: (bytes) => bytes.subarray(0, -1) }), MALFORMED],
  [
    'with a byte behind its payload',
    sealed({ payload: (bytes) => Buffer.concat([bytes, Buffer.from('x')]) }),
    MALFORMED,
  ],
  [
    'without the mark of its last chunk',
    sealed({ chunks: (chunks) => chunks.map((chunk) => ({ ...chunk, last: false })) }),
    MALFORMED,
  ],
  [
    'with an empty chunk behind',
    sealed({ chunks: (chunks) => [...chunks, { plain: Buffer.alloc(0), last: true }] }),
    MALFORMED,
  ],
  [
    'for another key',
    async (made) => sealedIdentity(made.archive.identity, (await newKeys()).backup.recipient),
    'wrong_key',
  ],
  ['for a passphrase', (made) => identityUnder(made.archive.identity, PASSPHRASE), 'wrong_key'],
  [
    'for a passphrase and a key',
    sealed({ stanzas: (made, fileKey) => [...made, scryptStanza(PASSPHRASE, fileKey, {})] }),
    MALFORMED,
  ],
  ['that holds nothing', holding(() => ''), 'archive_damaged'],
  ['that holds any text', holding(() => 'hello\n'), 'archive_damaged'],
  [
    'that holds the public half',
    holding(({ archive: { recipient } }) => `${recipient}\n`),
    'archive_damaged',
  ],
  [
    'that holds the identity in small letters',
    holding(({ archive: { identity } }) => `${identity.toLowerCase()}\n`),
    'archive_damaged',
  ],
  [
    'that holds an identity with a wrong checksum',
    holding(({ archive: { identity } }) => `${identity.slice(0, -1)}${identity.endsWith('Q') ? 'P' : 'Q'}\n`),
    'archive_damaged',
  ],
  [
    'that holds the identity twice',
    holding(({ archive: { identity } }) => `${identity}\n${identity}\n`),
    'archive_damaged',
  ],
  ['that holds the backup key', holding(({ backup: { identity } }) => `${identity}\n`), 'archive_damaged'],
  ['that holds 900 kilobytes', holding(() => 'A'.repeat(900_000)), 'archive_damaged'],
  ['that holds control characters', holding(() => '\u001b]0;title\u0007\0'), 'archive_damaged'],
  [
    'for 500 keys, of which the last is ours',
    (made) =>
      ageFile(text(made), (fileKey) => [...grease(500), x25519Stanza(made.backup.recipient, fileKey)]),
    undefined,
  ],
  [
    'for 500 keys of the same kind, of which the last is ours',
    async (made) => {
      const { backup } = await newKeys();
      return ageFile(text(made), (fileKey) => [
        ...Array.from({ length: 500 }, () => x25519Stanza(backup.recipient, fileKey)),
        x25519Stanza(made.backup.recipient, fileKey),
      ]);
    },
    undefined,
  ],
];

const costs: readonly (readonly [string, string, string])[] = [
  ['2 to the 21', '21', 'passphrase_too_costly'],
  ['2 to the 30', '30', 'passphrase_too_costly'],
  ['2 to the 99', '99', 'passphrase_too_costly'],
  ['2 to the 1000', '1000', 'passphrase_too_costly'],
  ['2 to the 99999999999999999999', '99999999999999999999', 'passphrase_too_costly'],
  ['0', '0', MALFORMED],
  ['-1', '-1', MALFORMED],
  ['014', '014', MALFORMED],
  ['0x10', '0x10', MALFORMED],
  ['1e1', '1e1', MALFORMED],
  ['4.0', '4.0', MALFORMED],
];

const underPassphrase = (plan: ArchivePlan): ArchivePlan => ({ ...plan, encryption: { mode: 'passphrase' } });
const twoPassphrases: Key = (made) =>
  ageFile(text(made), (fileKey) => [
    scryptStanza(PASSPHRASE, fileKey, {}),
    scryptStanza(PASSPHRASE, fileKey, {}),
  ]);

export const keyMembers: readonly Shape[] = [
  ...keys.map(([what, key, code]) => ({
    name: `a key member ${what}`,
    make: withKey(key),
    refused: code === undefined ? harmless : { key: code },
  })),
  ...costs.map(([what, said, code]) => ({
    name: `a passphrase of the work factor ${what}`,
    make: withKey((made) => identityUnder(made.archive.identity, PASSPHRASE, { said }), underPassphrase),
    passphrase: PASSPHRASE,
    refused: { key: code },
  })),
  {
    name: 'a passphrase that is the right one',
    make: withKey((made) => identityUnder(made.archive.identity, PASSPHRASE), underPassphrase),
    passphrase: PASSPHRASE,
    refused: harmless,
  },
  {
    name: 'a passphrase that is another one',
    make: withKey((made) => identityUnder(made.archive.identity, 'another'), underPassphrase),
    passphrase: PASSPHRASE,
    refused: { key: 'wrong_passphrase' },
  },
  {
    name: 'two stanzas of a passphrase',
    make: withKey(twoPassphrases, underPassphrase),
    passphrase: PASSPHRASE,
    refused: { key: MALFORMED },
  },
  {
    name: 'mode passphrase with a key member for a key',
    make: withKey(sealed({}), underPassphrase),
    passphrase: PASSPHRASE,
    refused: { key: 'wrong_key' },
  },
  {
    name: 'mode hsm with a key that is an age file',
    make: archive({
      plan: (plan) => ({
        ...plan,
        encryption: { mode: 'hsm', keyId: 'alias/any' },
        key: { ...plan.key, name: 'key.kms' },
      }),
    }),
    refused: harmless,
  },
  ...(['', 'age1', 'not a key', `age1${'q'.repeat(4_000)}`, '\u001b[2J'] as const).map((archiveKey) => ({
    name: `a manifest whose archive key is ${JSON.stringify(archiveKey.slice(0, 12))}`,
    make: archive({ plan: (plan) => ({ ...plan, head: { ...plan.head, archiveKey } }) }),
    refused: { key: 'archive_damaged' },
  })),
  {
    name: 'an archive key of another kind than its identity',
    make: withKey(async () => Buffer.from(await generateHybridIdentity())),
    refused: { key: MALFORMED },
  },
];
