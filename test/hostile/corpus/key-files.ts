/** Invalid key files, and the answer to a reader who has no password. */
import type { Stanza } from '../writer/age.ts';
import type { KeyFileBends } from '../writer/key-file.ts';
import { replaceOnce } from './shape.ts';

export interface KeyFileShape {
  readonly name: string;
  readonly bends: KeyFileBends;
  /** `ok`, or the code of the refusal. */
  readonly read: string;
}

const DAMAGED = 'key_file_damaged';
const FOREIGN = 'key_file_not_recognised';
const CUT = 'key_file_cut';

const grease: Stanza = { args: ['grease'], body: Buffer.alloc(40) };
const END = '-----END AGE ENCRYPTED FILE-----\n';
const facts = (change: object): KeyFileBends => ({ facts: (made) => ({ ...made, ...change }) });
const without = (key: string): KeyFileBends => ({
  facts: (made) => Object.fromEntries(Object.entries(made).filter(([name]) => name !== key)),
});
const text = (bend: (text: string) => string | Buffer): KeyFileBends => ({ text: bend });

const shapes: readonly (readonly [string, KeyFileBends, string])[] = [
  ['that is sound', {}, 'ok'],
  ['that is empty', text(() => ''), FOREIGN],
  ['that is an identity', text(() => 'AGE-SECRET-KEY-1...\n'), FOREIGN],
  ['with a byte order mark', text((made) => `\ufeff${made}`), FOREIGN],
  ['in UTF-16', text((made) => Buffer.from(made, 'utf16le')), FOREIGN],
  ['with a line before it', text((made) => `\n${made}`), FOREIGN],
  ['with a line behind it', text((made) => `${made}\n`), DAMAGED],
  ['twice', text((made) => made + made), DAMAGED],
  ['with CRLF', text((made) => made.replaceAll('\n', '\r\n')), DAMAGED],
  ['cut in its heading', text((made) => made.slice(0, 10)), CUT],
  ['cut in its facts', text((made) => made.slice(0, 300)), CUT],
  ['cut in its armour', text((made) => made.slice(0, -100)), CUT],
  ['cut by a byte', text((made) => made.slice(0, -1)), CUT],
  ['with its comment changed', text((made) => replaceOnce(made, 'To open', 'to open')), DAMAGED],
  [
    'with another line of facts before',
    text((made) => replaceOnce(made, '{"format"', '{"format":1}\n{"format"')),
    DAMAGED,
  ],
  ['of format 2', facts({ format: 2 }), 'key_file_format_unsupported'],
  ['of format 1.5', facts({ format: 1.5 }), 'key_file_format_unsupported'],
  ['of format "1"', facts({ format: '1' }), DAMAGED],
  ['with an unknown fact', facts({ more: 1 }), DAMAGED],
  ['with the fact __proto__', { line: (line) => line.replace('{', '{"__proto__":{},') }, DAMAGED],
  ['with a fact twice', { line: (line) => line.replace('{', '{"hint":"x",') }, DAMAGED],
  ['with white space in its facts', { line: (line) => line.replace(':', ': ') }, DAMAGED],
  [
    'with facts in another order',
    { facts: (made) => Object.fromEntries(Object.entries(made).reverse()) },
    DAMAGED,
  ],
  [
    'with facts nested in 10,000 lists',
    { line: (line) => line.replace('"hint":', `"hint":${'['.repeat(10_000)}${']'.repeat(10_000)},"x":`) },
    DAMAGED,
  ],
  ['with an open list of 60,000', { line: () => `{${'['.repeat(60_000)}` }, DAMAGED],
  ...['keyId', 'scope', 'domain', 'createdAt', 'hint', 'installation', 'verifyKey', 'recipient'].map(
    (key): readonly [string, KeyFileBends, string] => [`without its ${key}`, without(key), DAMAGED],
  ),
  ['with a key id too long', facts({ keyId: 'x'.repeat(129) }), DAMAGED],
  ['with a scope that nobody knows', facts({ scope: 'planet' }), DAMAGED],
  ['with a time that is none', facts({ createdAt: 'now' }), DAMAGED],
  ['with a hint too long', facts({ hint: 'x'.repeat(201) }), DAMAGED],
  ['with an installation that leads out', facts({ installation: '../x' }), DAMAGED],
  ['with an installation that drives a terminal', facts({ installation: '\u001b[2J' }), DAMAGED],
  ['with a verify key too short', facts({ verifyKey: 'AAAA' }), DAMAGED],
  ['with a verify key that is no base64', facts({ verifyKey: '!'.repeat(44) }), DAMAGED],
  [
    'with a checksum of another',
    { line: (line) => line.replace(/"checksum":"../, '"checksum":"00') },
    DAMAGED,
  ],
  [
    'with a checksum in capitals',
    {
      line: (line) =>
        line.replace(/"checksum":"(\w+)"/, (_, sum: string) => `"checksum":"${sum.toUpperCase()}A"`),
    },
    DAMAGED,
  ],
  [
    'for a recipient',
    { stanzas: () => [{ args: ['X25519', 'A'.repeat(43)], body: Buffer.alloc(32) }] },
    DAMAGED,
  ],
  ['with a second stanza', { stanzas: (made) => [...made, grease] }, DAMAGED],
  ['with no stanza', { stanzas: () => [] }, DAMAGED],
  ...['1', '17', '19', '20', '22', '30', '018', '-18'].map(
    (said): readonly [string, KeyFileBends, string] => [
      `of the work factor ${said}`,
      { cost: { logN: 4, said } },
      DAMAGED,
    ],
  ),
  ['with armour of other lines', { armour: (made) => made.replace(/\n(.{10})/, '\n$1\n') }, DAMAGED],
  ['with armour without padding', { armour: (made) => made.replace(/=+\n/, '\n') }, DAMAGED],
  ['with armour that holds nothing', { armour: () => `-----BEGIN AGE ENCRYPTED FILE-----\n${END}` }, DAMAGED],
  ['with armour of rubbish', { armour: () => `-----BEGIN AGE ENCRYPTED FILE-----\n!!!!\n${END}` }, DAMAGED],
  [
    'with armour that is not age',
    { armour: () => `-----BEGIN AGE ENCRYPTED FILE-----\naGVsbG8=\n${END}` },
    DAMAGED,
  ],
  // Faults that a reader without the password cannot see.
  ['whose payload is cut', { payload: (bytes) => bytes.subarray(0, -1) }, 'ok'],
  ['that holds another text', { inside: () => 'hello\n' }, 'ok'],
  ['with a hint that drives a terminal', facts({ hint: '\u001b]0;owned\u0007\u202e' }), 'ok'],
];

export const keyFileShapes: readonly KeyFileShape[] = shapes.map(([what, bends, read]) => ({
  name: `a key file ${what}`,
  // No test opens these files, so stating the cost of scrypt is enough.
  bends: { cost: { logN: 4, said: '18' }, ...bends },
  read,
}));
