/** Tar headers that our writer never makes and some readers accept, each with its meaning. */
import { type Crafted, sha256 } from '../crafted/crafted-components.ts';
import { TAR_END } from '../crafted/hand-made-component.ts';

/** The fields of a header block, as the bytes to write into them. */
interface Fields {
  readonly name?: string;
  readonly mode?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly size?: string;
  readonly mtime?: string;
  readonly type?: string;
  readonly link?: string;
  readonly magic?: string;
  readonly user?: string;
  readonly major?: string;
  readonly prefix?: string;
  readonly rest?: string;
  /** The checksum adds the bytes as signed numbers. */
  readonly signed?: boolean;
  /** Formats the checksum. */
  readonly sum?: (sum: number) => string;
}

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
const usualSum = (sum: number): string => `${octal(sum, 6)} `;

const block = (fields: Fields): Buffer => {
  const out = Buffer.alloc(512);
  const put = (text: string, at: number, room: number): void => {
    out.write(text.slice(0, room), at, 'latin1');
  };
  put(fields.name ?? 'a', 0, 100);
  put(fields.mode ?? octal(0o644, 7), 100, 8);
  put(fields.uid ?? octal(0, 7), 108, 8);
  put(fields.gid ?? octal(0, 7), 116, 8);
  put(fields.size ?? octal(0, 11), 124, 12);
  put(fields.mtime ?? octal(1_700_000_000, 11), 136, 12);
  put(fields.type ?? '0', 156, 1);
  put(fields.link ?? '', 157, 100);
  put(fields.magic ?? 'ustar\x0000', 257, 8);
  put(fields.user ?? '', 265, 32);
  put(fields.major ?? octal(0, 7), 329, 8);
  put(octal(0, 7), 337, 8);
  put(fields.prefix ?? '', 345, 155);
  put(fields.rest ?? '', 500, 12);
  out.fill(' ', 148, 156);
  const signed = fields.signed === true;
  const sum = out.reduce((total, byte) => total + (signed && byte > 127 ? byte - 256 : byte), 0);
  put((fields.sum ?? usualSum)(sum), 148, 8);
  return out;
};

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(-bytes.length & 511)]);

const record = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
};

/** A pax header; with another type, GNU tar's header of the same purpose. */
const before = (records: string, fields: Fields = {}): Buffer => {
  const bytes = Buffer.from(records, 'latin1');
  const header = { name: 'PaxHeader', type: 'x', mtime: octal(0, 11), size: octal(bytes.length, 11) };
  return Buffer.concat([block({ ...header, ...fields }), padded(bytes)]);
};

interface Meant {
  readonly path?: string;
  readonly type?: string;
  readonly mode?: number;
  readonly mtime?: string;
  readonly uid?: number;
  readonly link?: string;
}

/** An entry, with the content `x` if it is a file, and the contents line of what its header means. */
const odd = (what: string, headers: readonly Buffer[], meant: Meant = {}): Crafted => {
  const isFile = (meant.type ?? 'file') === 'file';
  const header = Buffer.concat(headers);
  const line = {
    path: 'a',
    type: 'file',
    size: isFile ? 1 : 0,
    mode: 0o644,
    mtime: '2023-11-14T22:13:20.000000000Z',
    uid: 0,
    gid: 0,
    ...meant,
    segment: 1,
    offset: isFile ? header.length : 0,
    ...(isFile ? { sha256: sha256('x') } : {}),
  };
  return {
    what,
    segments: [Buffer.concat([header, isFile ? padded(Buffer.from('x')) : Buffer.alloc(0), TAR_END])],
    lines: `${JSON.stringify(line)}\n`,
  };
};

const ONE = octal(1, 11);
const file = (fields: Fields = {}): Buffer => block({ size: ONE, ...fields });
const base256 = (value: number, bytes: number): string => {
  const out = Buffer.alloc(bytes, value < 0 ? 0xff : 0);
  out.writeInt32BE(value, bytes - 4);
  out[0] = value < 0 ? 0xff : 0x80;
  return out.toString('latin1');
};
const longName = 'n'.repeat(120);

export const oddHeaders: readonly Crafted[] = [
  // Forms of numbers.
  odd('an owner in base 256', [file({ uid: base256(1000, 8) })], { uid: 1000 }),
  odd('a size in base 256', [file({ size: base256(1, 12) })]),
  odd('a time in base 256', [file({ mtime: base256(1_700_000_000, 12) })]),
  odd('a time before 1970 in base 256', [file({ mtime: base256(-1, 12) })], {
    mtime: '1969-12-31T23:59:59.000000000Z',
  }),
  odd('a time before 1970 with a sign', [file({ mtime: '-0000000001\0' })], {
    mtime: '1969-12-31T23:59:59.000000000Z',
  }),
  odd('a mode with spaces before it', [file({ mode: '   644 \0' })]),
  odd('a mode without an end', [file({ mode: '00000644' })]),
  odd('a mode with the bits of a file type', [file({ mode: octal(0o100644, 7) })]),
  odd('a size without an end', [file({ size: '000000000001' })]),
  odd('a size that ends in a space', [file({ size: '00000000001 ' })]),
  odd('no owner', [file({ uid: '\0\0\0\0\0\0\0\0' })]),
  odd('a number with something behind its end', [file({ uid: '0000\x001\x002' })]),
  // Forms of checksums.
  odd('a sum of signed bytes', [file({ name: '\u00ff', signed: true })], { path: '\u00ff' }),
  odd('a sum of seven digits', [file({ sum: (sum) => octal(sum, 7) })]),
  odd('a sum with spaces before it', [file({ sum: (sum) => `${octal(sum, 0).padStart(7)} ` })]),
  odd('a wrong sum', [file({ sum: (sum) => usualSum(sum + 1) })]),
  // Entry types.
  odd('the type of old files', [file({ type: '\0' })]),
  odd('the type of contiguous files', [file({ type: '7' })]),
  odd('a type that is not known', [file({ type: 'Z' })]),
  odd('a sparse file of GNU', [file({ type: 'S' })]),
  odd('a folder of GNU’s incremental archives', [block({ name: 'a/', type: 'D' })], { type: 'directory' }),
  odd('a volume’s label of GNU', [block({ type: 'V' }), file()]),
  odd('a character device', [block({ type: '3' })]),
  odd('a block device', [block({ type: '4' })]),
  odd('a pipe', [block({ type: '6' })]),
  odd('a folder with a size', [block({ name: 'a/', type: '5', size: ONE, mode: octal(0o755, 7) })], {
    type: 'directory',
    mode: 0o755,
  }),
  odd('a folder without a slash', [block({ type: '5', mode: octal(0o755, 7) })], {
    type: 'directory',
    mode: 0o755,
  }),
  odd('a file with a slash, as old ones have for folders', [file({ name: 'a/' })]),
  odd('a link with a size', [block({ type: '2', link: 'b', size: ONE })], { type: 'symlink', link: 'b' }),
  odd(
    'a hard link with a size',
    [file({ name: 'b', size: octal(0, 11) }), block({ type: '1', link: 'b', size: ONE })],
    { type: 'hardlink', link: 'b' },
  ),
  odd('a file with a link', [file({ link: 'b' })]),
  // Forms of names.
  odd('a name that begins with ./', [file({ name: './a' })]),
  odd('a name with something behind its end', [file({ name: 'a\0hidden' })]),
  odd('a link with something behind its end', [block({ type: '2', link: 'b\0hidden' })], {
    type: 'symlink',
    link: 'b',
  }),
  odd('a prefix where there is room for the name', [file({ name: 'b', prefix: 'a' })], { path: 'a/b' }),
  odd('an empty part between prefix and name', [file({ name: '/b', prefix: 'a' })], { path: 'a/b' }),
  odd('a prefix with something behind its end', [file({ prefix: '\0hidden' })]),
  odd('no name at all', [file({ name: '' })], { path: 'a' }),
  odd('a name of the owner', [file({ user: 'root' })]),
  odd('a number of a device', [file({ major: octal(1, 7) })]),
  odd('something at the end of the block', [file({ rest: 'x' })]),
  odd('the magic of GNU', [file({ magic: 'ustar  \0' })]),
  odd('no magic, as old ones', [file({ magic: '\0\0\0\0\0\0\0\0' })]),
  odd('another version', [file({ magic: 'ustar\x0001' })]),
  // Forms of pax headers.
  odd('a pax header without a need', [before(record('mtime', '1700000000')), file()]),
  odd('a pax path for a short name', [before(record('path', 'a')), file({ name: 'b' })]),
  odd('a pax path with a slash, of a file', [before(record('path', 'a/')), file()]),
  odd('a pax path with a NUL', [before(record('path', 'a\0b')), file()]),
  odd('an empty pax path', [before(record('path', '')), file()]),
  odd(
    'a pax path twice',
    [before(record('path', 'b') + record('path', longName)), file({ name: longName })],
    { path: longName },
  ),
  odd(
    'records in another order',
    [before(record('path', longName) + record('mtime', '1700000000.500000000')), file({ name: longName })],
    { path: longName, mtime: '2023-11-14T22:13:20.500000000Z' },
  ),
  odd('a pax size that is another', [before(record('size', '1')), file({ size: octal(2, 11) })]),
  odd('a pax size that is none', [before(record('size', '+1')), file()]),
  odd('a pax owner for a small number', [before(record('uid', '1000')), file()], { uid: 1000 }),
  odd('hdrcharset without a need', [before(record('hdrcharset', 'BINARY')), file()]),
  odd(
    'another hdrcharset',
    [
      before(record('hdrcharset', 'ISO-IR 10646 2000 UTF-8') + record('path', longName)),
      file({ name: longName }),
    ],
    { path: longName },
  ),
  odd('a time of three digits', [before(record('mtime', '1700000000.500')), file()], {
    mtime: '2023-11-14T22:13:20.500000000Z',
  }),
  odd('a time of ten digits', [before(record('mtime', '1700000000.5000000001')), file()], {
    mtime: '2023-11-14T22:13:20.500000000Z',
  }),
  odd('a time with zeros before it', [before(record('mtime', '01700000000.500000000')), file()], {
    mtime: '2023-11-14T22:13:20.500000000Z',
  }),
  odd('a time with an exponent', [before(record('mtime', '1.7e9')), file()]),
  odd('a time that is minus zero', [before(record('mtime', '-0.500000000')), file({ mtime: octal(1, 11) })], {
    mtime: '1969-12-31T23:59:59.500000000Z',
  }),
  odd(
    'a time of access',
    [before(record('atime', '1700000000') + record('mtime', '1700000000.500000000')), file()],
    { mtime: '2023-11-14T22:13:20.500000000Z' },
  ),
  odd('a key of GNU’s sparse files', [
    before(record('GNU.sparse.major', '1') + record('GNU.sparse.minor', '0')),
    file(),
  ]),
  odd('an extended attribute', [before(record('SCHILY.xattr.security.capability', 'x')), file()]),
  odd('a record of a wrong length', [before('99 path=a\n'), file()]),
  odd(
    'a record with a zero before its length',
    [before(`0${record('path', longName)}`), file({ name: longName })],
    { path: longName },
  ),
  odd(
    'a pax header of another name',
    [before(record('mtime', '1700000000.500000000'), { name: 'other' }), file()],
    { mtime: '2023-11-14T22:13:20.500000000Z' },
  ),
  odd(
    'a pax header of an owner',
    [before(record('mtime', '1700000000.500000000'), { uid: octal(1, 7) }), file()],
    { mtime: '2023-11-14T22:13:20.500000000Z' },
  ),
  odd(
    'two pax headers',
    [before(record('mtime', '1.500000000')), before(record('mtime', '1700000000.500000000')), file()],
    { mtime: '2023-11-14T22:13:20.500000000Z' },
  ),
  odd('a global pax header', [before(record('mtime', '1'), { type: 'g' }), file()]),
  odd(
    'a pax header of Solaris',
    [before(record('path', longName), { type: 'X' }), file({ name: longName })],
    { path: longName },
  ),
  odd(
    'a long name of GNU',
    [before(`${longName}\0`, { type: 'L', name: '././@LongLink' }), file({ name: longName })],
    { path: longName },
  ),
  odd(
    'a long link of GNU',
    [before(`${longName}\0`, { type: 'K', name: '././@LongLink' }), block({ type: '2', link: longName })],
    { type: 'symlink', link: longName },
  ),
  // The same number of bytes as the format requires, but not what it requires for a file of this size.
  odd('a pax header without records', [before(''), file()]),
];
