/** JSON that is not in its canonical form, or that another reader understands differently. */
import type { ArchiveBends } from '../writer/archive.ts';
import { archive, harmless, replaceOnce, type Shape, unread, unverified } from './shape.ts';

type TextBend = (text: string) => string | Buffer;

const DAMAGED = 'archive_damaged';
const UNSUPPORTED = 'archive_format_unsupported';

/**
 * Each form is refused in all three members, because it changes what all of them contain: `"format":1` and a
 * string.
 */
const forms: readonly (readonly [string, TextBend, string])[] = [
  ['white space', (text) => text.replace(':', ': '), DAMAGED],
  ['a line break inside', (text) => text.replace(',', ',\n'), DAMAGED],
  ['no line feed at the end', (text) => text.trimEnd(), DAMAGED],
  ['two line feeds at the end', (text) => `${text}\n`, DAMAGED],
  ['CRLF at the end', (text) => `${text.trimEnd()}\r\n`, DAMAGED],
  ['a byte order mark', (text) => `\ufeff${text}`, DAMAGED],
  ['a byte that is not UTF-8', (text) => Buffer.from(text.replace('"format"', '"\xff"'), 'latin1'), DAMAGED],
  ['UTF-16', (text) => Buffer.from(text, 'utf16le'), DAMAGED],
  ['a key twice, the same', (text) => text.replace('"format":1', '"format":1,"format":1'), DAMAGED],
  [
    'a key twice, the first one other',
    (text) => text.replace('"format":1', '"format":9,"format":1'),
    DAMAGED,
  ],
  [
    'a key twice, one of them escaped',
    (text) => text.replace('"format":1', '"f\\u006frmat":9,"format":1'),
    DAMAGED,
  ],
  ['an escaped key', (text) => text.replace('"format"', '"f\\u006frmat"'), DAMAGED],
  ['a key that nobody knows', (text) => text.replace('"format":1', '"format":1,"more":1'), DAMAGED],
  ['the key __proto__', (text) => text.replace('"format":1', '"format":1,"__proto__":{"format":1}'), DAMAGED],
  ['the key constructor', (text) => text.replace('"format":1', '"format":1,"constructor":1'), DAMAGED],
  [
    'format behind the other keys',
    (text) => `{${text.trimEnd().slice('{"format":1,'.length, -1)},"format":1}\n`,
    DAMAGED,
  ],
  ['format left out', (text) => text.replace('"format":1,', ''), DAMAGED],
  ['format as a string', (text) => text.replace('"format":1', '"format":"1"'), DAMAGED],
  ['format null', (text) => text.replace('"format":1', '"format":null'), DAMAGED],
  ['format 1.0', (text) => text.replace('"format":1', '"format":1.0'), DAMAGED],
  ['format 1e0', (text) => text.replace('"format":1', '"format":1e0'), DAMAGED],
  ['format 2', (text) => text.replace('"format":1', '"format":2'), UNSUPPORTED],
  ['format 0', (text) => text.replace('"format":1', '"format":0'), UNSUPPORTED],
  ['format -1', (text) => text.replace('"format":1', '"format":-1'), UNSUPPORTED],
  ['format beyond all numbers', (text) => text.replace('"format":1', '"format":1e999'), UNSUPPORTED],
  ['a comment', (text) => text.replace('{', '{/* */'), DAMAGED],
  ['a comma too many', (text) => `${text.trimEnd().slice(0, -1)},}\n`, DAMAGED],
  ['single quotes', (text) => text.replaceAll('"', "'"), DAMAGED],
  ['a list around it', (text) => `[${text.trimEnd()}]\n`, DAMAGED],
  ['a second object behind it', (text) => `${text}${text}`, DAMAGED],
  ['nothing', () => '', DAMAGED],
  ['a line feed alone', () => '\n', DAMAGED],
  ['null', () => 'null\n', DAMAGED],
  ['a number', () => '1\n', DAMAGED],
  ['a string', () => '"format"\n', DAMAGED],
  ['a NUL behind it', (text) => `${text}\0`, DAMAGED],
];

const inMembers: readonly (readonly [
  string,
  (bend: TextBend) => ArchiveBends,
  (code: string) => Shape['refused'],
])[] = [
  ['manifest.json', (manifestText) => ({ manifestText }), unread],
  ['holdfast.json', (headText) => ({ headText }), unverified],
  ['manifest.sig', (text) => ({ text }), unread],
];

/** An empty `manifest.sig` has no size, and two of them do not fit. */
const fits = (member: string, what: string): boolean =>
  member !== 'manifest.sig' || !['a second object behind it', 'UTF-16', 'nothing'].includes(what);

const strings: readonly (readonly [string, string, string, Shape['refused']])[] = [
  ['a lone surrogate, escaped', 'made by', '\\ud800 by', harmless],
  ['a lone surrogate in capitals', 'made by', '\\uD800 by', unread(DAMAGED)],
  ['an escaped slash', 'made by', 'made\\/by', unread(DAMAGED)],
  ['an escaped letter', 'made by', 'm\\u0061de by', unread(DAMAGED)],
  ['an escape of two halves', 'made by', '\\ud83d\\ude00 by', unread(DAMAGED)],
  ['a raw line separator', 'made by', 'made\u2028by', harmless],
  ['a raw control character', 'made by', 'made\tby', unread(DAMAGED)],
  ['an escaped NUL', 'made by', 'made\\u0000by', harmless],
];

const numbers: readonly (readonly [string, string])[] = [
  ['negative', '-1'],
  ['minus zero', '-0'],
  ['a fraction', '0.5'],
  ['with a fraction of zero', '5.0'],
  ['with an exponent', '5e2'],
  ['with a leading zero', '05'],
  ['2 to the 53', '9007199254740992'],
  ['2 to the 64', '18446744073709551616'],
  ['beyond all doubles', '1e400'],
  ['of a thousand digits', '9'.repeat(1_000)],
  ['a string', '"5"'],
  ['null', 'null'],
  ['a list', '[5]'],
  ['an object', '{"5":5}'],
  ['NaN', 'NaN'],
];

const nested = (open: string, close: string, depth: number) => (text: string) =>
  replaceOnce(text, '"details":{}', `"details":{"x":${open.repeat(depth)}1${close.repeat(depth)}}`);

export const jsonForms: readonly Shape[] = [
  ...inMembers.flatMap(([member, bends, refused]) =>
    forms
      .filter(([what]) => fits(member, what))
      .map(([what, bend, code]) => ({
        name: `${member} with ${what}`,
        make: archive(bends(bend)),
        refused: refused(code),
      })),
  ),
  ...strings.map(([what, from, to, refused]) => ({
    name: `a description with ${what}`,
    make: archive({
      manifestText: (text) => replaceOnce(text, from, to),
      headText: (text) => replaceOnce(text, from, to),
    }),
    refused,
  })),
  ...numbers.map(([what, number]) => ({
    name: `a count that is ${what}`,
    make: archive({
      manifestText: (text) => replaceOnce(text, '"skippedCount":0', `"skippedCount":${number}`),
    }),
    refused: unread(DAMAGED),
  })),
  ...(
    [
      ['33 lists', nested('[', ']', 31)],
      ['33 objects', nested('{"y":', '}', 31)],
      ['10,000 lists', nested('[', ']', 10_000)],
      ['10,000 objects', nested('{"y":', '}', 10_000)],
    ] as const
  ).map(([what, manifestText]) => ({
    name: `details nested in ${what}`,
    make: archive({ manifestText }),
    refused: unread(DAMAGED),
  })),
  {
    name: 'details nested as deep as is allowed',
    make: archive({ manifestText: nested('[', ']', 29) }),
    refused: harmless,
  },
  {
    name: 'details with keys that are array indices, out of their order',
    make: archive({
      manifestText: (text) => replaceOnce(text, '"details":{}', '"details":{"b":1,"7":1}'),
    }),
    refused: unread(DAMAGED),
  },
  {
    name: 'details with keys that are array indices, in order',
    make: archive({
      manifestText: (text) => replaceOnce(text, '"details":{}', '"details":{"7":1,"10":1,"b":1}'),
    }),
    refused: harmless,
  },
  {
    name: 'details with the keys toString and constructor',
    make: archive({
      manifestText: (text) =>
        replaceOnce(
          text,
          '"details":{}',
          '"details":{"toString":null,"constructor":{"prototype":{}},"hasOwnProperty":1}',
        ),
    }),
    refused: harmless,
  },
  {
    name: 'details with the key __proto__',
    make: archive({
      manifestText: (text) => replaceOnce(text, '"details":{}', '"details":{"__proto__":{"polluted":true}}'),
    }),
    refused: unread(DAMAGED),
  },
  {
    name: 'a component called __proto__',
    make: archive({
      manifestText: (text) => replaceOnce(text, '"components":{', '"components":{"__proto__":{},'),
    }),
    refused: unread(DAMAGED),
  },
  {
    name: 'a megabyte of opening brackets in place of a manifest',
    make: archive({ manifestText: () => '['.repeat(1_000_000) }),
    refused: unread(DAMAGED),
  },
  {
    name: 'a megabyte of opening braces in place of a manifest',
    make: archive({ manifestText: () => '{"a":'.repeat(200_000) }),
    refused: unread(DAMAGED),
  },
];
