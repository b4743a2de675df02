/** Inner tars whose headers differ from contents, or that another reader understands differently. */
import { ABSOLUTE } from '../jail.ts';
import { END } from '../writer/outer-tar.ts';
import { paxRecord, sha256, type TreeEntry } from '../writer/tree.ts';
import { archiveOfTree, badPlaces, badSegments, type Shape } from './shape.ts';

const REFUSED = 'archive_entry_refused';
const DAMAGED = 'archive_damaged';

const ROOT: TreeEntry = { path: '.', flag: '5', mode: 0o755 };
const tree = (...entries: TreeEntry[]): Shape['make'] =>
  archiveOfTree([ROOT, ...entries], undefined, { segmentBytes: 131_072 });

/** Headers that differ from contents or are not allowed. */
const headers: readonly (readonly [string, TreeEntry, string])[] = [
  [
    'a character device',
    { path: 'a', flag: '3', block: (block) => void block.write('0000001', 329) },
    REFUSED,
  ],
  ['a block device', { path: 'a', flag: '4' }, REFUSED],
  ['a pipe', { path: 'a', flag: '6' }, REFUSED],
  ['the old type NUL', { path: 'a', content: 'x', block: (block) => void block.fill(0, 156, 157) }, DAMAGED],
  ['the type 7', { path: 'a', content: 'x', block: (block) => void block.write('7', 156) }, DAMAGED],
  [
    'the type of a sparse file',
    { path: 'a', content: 'x', block: (block) => void block.write('S', 156) },
    DAMAGED,
  ],
  [
    'the type of a global pax header',
    { path: 'a', content: 'x', block: (block) => void block.write('g', 156) },
    DAMAGED,
  ],
  [
    'the type of a GNU long name',
    { path: 'a', content: 'x', block: (block) => void block.write('L', 156) },
    DAMAGED,
  ],
  [
    'the type of a multi-volume file',
    { path: 'a', content: 'x', block: (block) => void block.write('M', 156) },
    DAMAGED,
  ],
  [
    'the magic of GNU',
    { path: 'a', content: 'x', block: (block) => void block.write('ustar  \0', 257) },
    DAMAGED,
  ],
  ['no magic', { path: 'a', content: 'x', block: (block) => void block.fill(0, 257, 265) }, DAMAGED],
  ['a wrong sum', { path: 'a', content: 'x', summed: (block) => void block.write('7', 148) }, DAMAGED],
  ['another path', { path: 'a', content: 'x', block: (block) => void block.write('b', 0) }, DAMAGED],
  [
    'a path that leads out',
    { path: 'a', content: 'x', block: (block) => void block.write('../evil', 0) },
    REFUSED,
  ],
  [
    'an absolute path',
    { path: 'a', content: 'x', block: (block) => void block.write(`${ABSOLUTE}`, 0) },
    REFUSED,
  ],
  ['a prefix', { path: 'a', content: 'x', block: (block) => void block.write('b', 345) }, DAMAGED],
  [
    'a prefix that leads out',
    { path: 'a', content: 'x', block: (block) => void block.write('..', 345) },
    REFUSED,
  ],
  [
    'bytes behind the end of its name',
    { path: 'a', content: 'x', block: (block) => void block.write('hidden', 10) },
    DAMAGED,
  ],
  [
    'another size',
    { path: 'a', content: 'x', block: (block) => void block.write('00000000002', 124) },
    DAMAGED,
  ],
  [
    'a size in base 256',
    {
      path: 'a',
      content: 'x',
      block: (block) => void Buffer.from('800000000000000000000001', 'hex').copy(block, 124),
    },
    DAMAGED,
  ],
  [
    'a size with a sign',
    { path: 'a', content: 'x', block: (block) => void block.write('-0000000001', 124) },
    DAMAGED,
  ],
  [
    'a size of spaces',
    { path: 'a', content: '', block: (block) => void block.write('           ', 124) },
    DAMAGED,
  ],
  [
    'content of a directory',
    { path: 'a', flag: '5', block: (block) => void block.write('00000001000', 124) },
    DAMAGED,
  ],
  [
    'content of a link',
    { path: 'a', flag: '2', link: 'x', block: (block) => void block.write('00000001000', 124) },
    DAMAGED,
  ],
  ['setuid', { path: 'a', content: 'x', block: (block) => void block.write('0004644', 100) }, DAMAGED],
  ['another mode', { path: 'a', content: 'x', block: (block) => void block.write('0000777', 100) }, DAMAGED],
  [
    'another mode of a directory',
    { path: 'a', flag: '5', block: (block) => void block.write('0000777', 100) },
    DAMAGED,
  ],
  [
    'more bits of mode than there are',
    { path: 'a', content: 'x', block: (block) => void block.write('0100644', 100) },
    DAMAGED,
  ],
  ['another owner', { path: 'a', content: 'x', block: (block) => void block.write('0001000', 108) }, DAMAGED],
  ['another group', { path: 'a', content: 'x', block: (block) => void block.write('0001000', 116) }, DAMAGED],
  [
    'another owner of a link',
    { path: 'a', flag: '2', link: 'x', block: (block) => void block.write('0001000', 108) },
    DAMAGED,
  ],
  [
    'another time',
    { path: 'a', content: 'x', block: (block) => void block.write('00000000000', 136) },
    DAMAGED,
  ],
  [
    'the name of an owner',
    { path: 'a', content: 'x', block: (block) => void block.write('root', 265) },
    DAMAGED,
  ],
  [
    'another target of a symbolic link',
    { path: 'a', flag: '2', link: 'x', block: (block) => void block.write('/etc/passwd', 157) },
    DAMAGED,
  ],
  [
    'another target of a hard link',
    { path: 'a', flag: '1', link: 'z', block: (block) => void block.write('y', 157) },
    DAMAGED,
  ],
  [
    'a target of a file',
    { path: 'a', content: 'x', block: (block) => void block.write('/etc/passwd', 157) },
    DAMAGED,
  ],
  [
    'a link where contents list a file',
    {
      path: 'a',
      flag: '2',
      link: 'x',
      line: ({ link: _, ...line }) => ({
        ...line,
        type: 'file',
        offset: Number(line.offset) + 512,
        sha256: sha256(Buffer.alloc(0)),
      }),
    },
    DAMAGED,
  ],
  [
    'bytes behind its end',
    { path: 'a', content: 'x', block: (block) => void block.write('x', 500) },
    DAMAGED,
  ],
];

const record = (key: string, value: string) => (records: string) => `${records}${paxRecord(key, value)}`;

const paxes: readonly (readonly [string, TreeEntry['pax'], string])[] = [
  ['a path', record('path', 'b'), DAMAGED],
  ['a path that leads out', record('path', '../evil'), REFUSED],
  ['an absolute path', record('path', `${ABSOLUTE}`), REFUSED],
  ['a path with a NUL', record('path', 'a\0b'), REFUSED],
  ['a target', record('linkpath', '/etc/passwd'), DAMAGED],
  ['another size', record('size', '2'), DAMAGED],
  ['a size beyond all numbers', record('size', '99999999999999999999'), DAMAGED],
  ['a negative size', record('size', '-1'), DAMAGED],
  ['a size that is none', record('size', 'x'), DAMAGED],
  ['another owner', record('uid', '0'), DAMAGED],
  ['an owner of 2 to the 53', record('uid', '9007199254740992'), DAMAGED],
  ['another time', record('mtime', '5'), DAMAGED],
  ['a time that is none', record('mtime', '1e9'), DAMAGED],
  ['a time of thirty digits', record('mtime', '9'.repeat(30)), DAMAGED],
  ['an unknown record', record('SCHILY.xattr.user.x', '1'), DAMAGED],
  ['a capability', record('SCHILY.xattr.security.capability', '\x01\0\0\x02'), DAMAGED],
  ['an access control list', record('SCHILY.acl.access', 'user::rwx'), DAMAGED],
  ['a sparse map', record('GNU.sparse.map', '0,1'), DAMAGED],
  ['a record twice', (records) => `${records}${paxRecord('mtime', '5')}${paxRecord('mtime', '6')}`, DAMAGED],
  ['a record that is deleted', record('path', ''), REFUSED],
  ['a length of 0', (records) => `${records}0 path=a\n`, DAMAGED],
  ['a negative length', (records) => `${records}-9 path=a\n`, DAMAGED],
  ['a length beyond its end', (records) => `${records}99 path=a\n`, DAMAGED],
  ['a length that is none', (records) => `${records}x path=a\n`, DAMAGED],
  ['a length in hex', (records) => `${records}0xa path=\n`, DAMAGED],
  ['a record without a value', (records) => `${records}7 path\n`, DAMAGED],
  ['a record without an end', (records) => `${records}10 path=ab`, DAMAGED],
  ['a character set', record('hdrcharset', 'BINARY'), DAMAGED],
  ['a comment', record('comment', 'hello'), DAMAGED],
];

const streams: readonly (readonly [string, Shape['make']])[] = [
  [
    'that does not end',
    archiveOfTree([ROOT, { path: 'a', content: 'x' }], undefined, { end: Buffer.alloc(0) }),
  ],
  [
    'that ends in one block',
    archiveOfTree([ROOT, { path: 'a', content: 'x' }], undefined, { end: Buffer.alloc(512) }),
  ],
  [
    'that ends in three blocks',
    archiveOfTree([ROOT, { path: 'a', content: 'x' }], undefined, { end: Buffer.alloc(1_536) }),
  ],
  [
    'that ends in 10 kilobytes',
    archiveOfTree([ROOT, { path: 'a', content: 'x' }], undefined, { end: Buffer.alloc(10_240) }),
  ],
  [
    'with an entry behind its end',
    archiveOfTree([ROOT, { path: 'a', content: 'x' }], (component) => ({
      ...component,
      segments: component.segments.map((segment) => ({
        ...segment,
        plain: Buffer.concat([segment.plain, segment.plain]),
      })),
    })),
  ],
  [
    'with bytes behind its end',
    archiveOfTree([ROOT, { path: 'a', content: 'x' }], undefined, {
      end: Buffer.concat([END, Buffer.from('hidden')]),
    }),
  ],
  [
    'that is cut in a block',
    archiveOfTree([ROOT, { path: 'a', content: 'x' }], (component) => ({
      ...component,
      segments: component.segments.map((segment) => ({ ...segment, plain: segment.plain.subarray(0, -100) })),
    })),
  ],
];

export const tarHeaders: readonly Shape[] = [
  ...headers.map(([what, entry, code]) => ({
    name: `a header with ${what}`,
    make: tree({ path: 'y', content: '' }, { path: 'z', content: '' }, entry),
    refused: badSegments(code),
  })),
  ...paxes.map(([what, pax, code]) => ({
    name: `a pax header with ${what}`,
    make: tree({ path: 'a', content: 'x', nanoseconds: 5, ...(pax === undefined ? {} : { pax }) }),
    refused: badSegments(code),
  })),
  ...streams.map(([what, make]) => ({ name: `a tar ${what}`, make, refused: badPlaces(DAMAGED) })),
  {
    name: 'a pax header with 80 kilobytes',
    make: tree({ path: 'a', content: 'x', nanoseconds: 5, pax: record('path', 'x'.repeat(80_000)) }),
    refused: badPlaces(DAMAGED),
  },
  {
    name: 'a header with a file where contents list a directory',
    make: tree({
      path: 'a',
      content: '',
      line: ({ sha256: _, ...line }) => ({ ...line, type: 'directory' }),
    }),
    refused: badPlaces(DAMAGED),
  },
];
