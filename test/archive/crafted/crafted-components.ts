/**
 * Components that our engine never writes, made from `docs/archive-format.md`: invalid ones, whose contents
 * are wrong or that two readers could read differently, and unusual but valid ones.
 */
import { hash } from 'node:crypto';
import { tarHeaderBytes } from '../../../lib/archive/tar/tar-writer.ts';
import type { EngineComponent } from '../samples/engine-archive.ts';
import {
  entryOf,
  type HandMadeEntry,
  handMadeSegments,
  linesOf,
  TAR_END,
  tarOf,
} from './hand-made-component.ts';

export interface Crafted {
  readonly what: string;
  /** The plain bytes of each segment. */
  readonly segments: readonly Buffer[];
  readonly lines: string | Buffer;
  /** The stream's name, if the component has the stream layout. */
  readonly stream?: string;
}

export const componentOf = ({ segments, lines, stream }: Crafted): EngineComponent =>
  handMadeSegments(segments, lines, stream);

export const sha256 = (content: string | Buffer): string => hash('sha256', content);
const content = (letter: string, bytes: number): string => letter.repeat(bytes);
const ended = (tar: Buffer): Buffer => Buffer.concat([tar, TAR_END]);
const otherDigit = (line: string): string =>
  line.replace(/"sha256":"[0-9a-f]/, (hex) => hex.slice(0, -1) + (hex.endsWith('0') ? '1' : '0'));

const file: HandMadeEntry = { path: 'a', content: 'x', mode: 0o644, uid: 1000, gid: 1000 };
const folder: HandMadeEntry = { path: 'a', type: 'directory' };
const lying = (what: string, written: HandMadeEntry, listed: HandMadeEntry): Crafted => ({
  what,
  segments: [ended(tarOf([written]))],
  lines: linesOf([listed]),
});

/** One entry whose tar header differs from its contents line. */
export const lyingHeaders: readonly Crafted[] = [
  lying('a mode with setuid', { ...file, mode: 0o4755 }, file),
  lying('a mode with setgid', { ...file, mode: 0o2644 }, file),
  lying('another mode', { ...file, mode: 0o755 }, file),
  lying('another owner', { ...file, uid: 0 }, file),
  lying('another group', { ...file, gid: 0 }, file),
  lying('an owner that takes a pax header', { ...file, uid: 3_000_000 }, file),
  lying('another second', { ...file, mtimeSeconds: 1 }, file),
  lying('a nanosecond', { ...file, mtimeNanoseconds: 1 }, file),
  lying('no nanosecond', file, { ...file, mtimeNanoseconds: 1 }),
  lying('a time before 1970', { ...file, mtimeSeconds: -1 }, file),
  lying('another path', { ...file, path: 'b' }, file),
  lying('another size', { ...file, content: 'xy' }, file),
  lying('another content', { ...file, content: 'y' }, file),
  lying('another type', folder, { path: 'a' }),
  lying(
    'another link',
    { path: 'a', type: 'symlink', link: '/etc' },
    { path: 'a', type: 'symlink', link: 'etc' },
  ),
  lying('another mode of a folder', { ...folder, mode: 0o777 }, folder),
  { what: 'another SHA-256', segments: [ended(tarOf([file]))], lines: otherDigit(linesOf([file])) },
];

const two: readonly HandMadeEntry[] = [
  { path: 'a', content: content('a', 700) },
  { path: 'b', content: content('b', 700) },
];
const twoTar = tarOf(two);
const [lineA = '', lineB = ''] = linesOf(two).split(/(?<=\n)/);
const listedAs = (what: string, lines: string): Crafted => ({ what, segments: [ended(twoTar)], lines });

/** Contents that do not list what fills the segments. */
export const wrongPlaces: readonly Crafted[] = [
  listedAs('another offset', linesOf(two).replace('"offset":512', '"offset":513')),
  listedAs('another offset behind', linesOf(two).replace('"offset":2048', '"offset":1024')),
  listedAs('another order', lineB + lineA),
  listedAs('a segment that is not there', lineA + lineB.replace('"segment":1', '"segment":2')),
  listedAs('an entry that the tar has not', linesOf([...two, { path: 'c' }])),
  listedAs('no entry that the tar has', lineA),
  listedAs('nothing at all', ''),
];

const [tarA, tarB] = [tarOf(two.slice(0, 1)), tarOf(two.slice(1))];
const hidden = tarOf([{ path: 'hidden', content: 'h', mode: 0o4755 }]);
const nonZero = Buffer.from(ended(twoTar));
nonZero[512 + 700] = 1;
const holding = (what: string, ...parts: readonly Buffer[]): Crafted => ({
  what,
  segments: [Buffer.concat(parts)],
  lines: linesOf(two),
});

/** Segments that hold bytes that contents do not list. */
export const hiddenBytes: readonly Crafted[] = [
  holding('a block of zeros between entries', tarA, Buffer.alloc(512), tarB, TAR_END),
  holding('the end of the tar between entries', tarA, TAR_END, tarB, TAR_END),
  holding('an entry between entries', tarA, hidden, tarB, TAR_END),
  holding('an entry behind the end', twoTar, TAR_END, hidden),
  holding('an entry, and an end behind it', twoTar, hidden, TAR_END),
  holding('an entry in place of the end', twoTar, hidden),
  holding('a block of zeros for an end', twoTar, Buffer.alloc(512)),
  holding('no end', twoTar),
  holding('three blocks of zeros for an end', twoTar, TAR_END, Buffer.alloc(512)),
  holding('a byte in the zeros behind a content', nonZero),
];

export interface RunOnFile {
  readonly segments: readonly Buffer[];
  readonly pieces: readonly { segment: number; offset: number; bytes: number; sha256: string }[];
  line(pieces: readonly object[]): string;
}

/** A file `big` whose content is in pieces of these lengths, each in its own segment. */
export const runOn = (lengths: readonly number[]): RunOnFile => {
  const big: HandMadeEntry = {
    path: 'big',
    content: content(
      'e',
      lengths.reduce((a, b) => a + b),
    ),
  };
  const tar = tarOf([big]);
  const header = tarHeaderBytes(entryOf(big));
  let from = 0;
  const segments = lengths.map((bytes, index) => {
    const at = header + from;
    from += bytes;
    const isLast = index === lengths.length - 1;
    const plain = tar.subarray(index === 0 ? 0 : at, isLast ? tar.length : at + bytes);
    return isLast ? ended(plain) : plain;
  });
  const pieces = lengths.map((bytes, index) => ({
    segment: index + 1,
    offset: index === 0 ? header : 0,
    bytes,
    sha256: sha256(content('e', bytes)),
  }));
  return {
    segments,
    pieces,
    line: (told) => linesOf([big]).replace(/"sha256":"\w+"/, `"pieces":${JSON.stringify(told)}`),
  };
};

const sound = runOn([1024, 2048, 700]);
const [first = TAR_END, middle = TAR_END, last = TAR_END] = sound.segments;
const [pieceA, pieceB, pieceC] = sound.pieces;
const telling = (what: string, segments: readonly Buffer[], pieces: readonly object[]): Crafted => ({
  what,
  segments,
  lines: sound.line(pieces),
});

/** A file of several segments for which readers could take different bytes as content. */
export const wrongRunOns: readonly Crafted[] = [
  telling(
    'a middle piece with an entry behind it',
    [first, Buffer.concat([middle, hidden]), last],
    sound.pieces,
  ),
  telling('a middle piece with zeros behind it', [first, ended(middle), last], sound.pieces),
  telling(
    'a middle piece with an entry before it',
    [first, Buffer.concat([hidden, middle]), last],
    [pieceA, { ...pieceB, offset: hidden.length }, pieceC].map((piece) => ({ ...piece })),
  ),
  telling(
    'a first piece with zeros behind it',
    [Buffer.concat([first, Buffer.alloc(512)]), middle, last],
    sound.pieces,
  ),
  telling(
    'a segment that the pieces leave out',
    [first, middle, TAR_END, last],
    [{ ...pieceA }, { ...pieceB }, { ...pieceC, segment: 4 }],
  ),
  telling('pieces in another order', sound.segments, [{ ...pieceA }, { ...pieceC }, { ...pieceB }]),
  {
    what: 'less than its size',
    segments: sound.segments,
    lines: sound.line(sound.pieces).replace('"size":3772', '"size":3773'),
  },
  telling('a piece of a segment that has one', sound.segments, [
    ...sound.pieces,
    { segment: 3, offset: 0, bytes: 1, sha256: sha256('e') },
  ]),
  telling(
    'a piece without a byte',
    [first, middle, Buffer.alloc(0), last],
    [
      { ...pieceA },
      { ...pieceB },
      { segment: 3, offset: 0, bytes: 0, sha256: sha256('') },
      { ...pieceC, segment: 4 },
    ],
  ),
];

/**
 * The same file, with a wrong hash for each piece in turn; no reader can see this before it opens the
 * segment.
 */
export const falsePieces: readonly Crafted[] = [0, 1, 2].map((wrong) =>
  telling(
    `another SHA-256 of piece ${wrong + 1}`,
    sound.segments,
    sound.pieces.map((piece, index) => (index === wrong ? { ...piece, sha256: sha256('') } : piece)),
  ),
);

const plain: HandMadeEntry = { path: 'a', content: 'x' };
const line = linesOf([plain]);
const more = (to: string, keys: string): string => to.replace('}\n', `,${keys}}\n`);
const saying = (what: string, lines: string | Buffer, entry = plain): Crafted => ({
  what,
  segments: [ended(tarOf([entry]))],
  lines,
});
const link: HandMadeEntry = { path: 'a', type: 'symlink', link: 'b' };

/** Lines that two readers could read differently, or that lack required values. */
export const oddLines: readonly Crafted[] = [
  saying('a key twice', more(line, '"mode":420')),
  saying('a path twice', more(line, '"path":"b"')),
  saying('white space', line.replace('"mode":', '"mode": ')),
  saying('a number in another form', line.replace('"size":1', '"size":1e0')),
  saying('an escape that is none', line.replace('"path":"a"', '"path":"\\u0061"')),
  saying('half a character', line.replace('"path":"a"', '"path":"\\ud800"')),
  saying('a path in base64 that is UTF-8', more(line, '"pathBase64":"YQ=="')),
  saying('a path in base64 that is another', more(line, '"pathBase64":"/w=="')),
  saying('sha256 and pieces', more(line, `"pieces":${JSON.stringify(runOn([512, 512]).pieces)}`)),
  saying('neither sha256 nor pieces', line.replace(/,"sha256":"\w+"/, '')),
  saying('a link of a file', more(line, '"link":"b"')),
  saying('a link in base64 of a file', more(line, '"linkBase64":"/w=="')),
  saying('no mode', line.replace(/"mode":\d+,/, '')),
  saying('no uid', line.replace(/"uid":\d+,/, '')),
  saying('no mtime', line.replace(/"mtime":"[^"]+",/, '')),
  saying('a 30th of February', line.replace('2023-11-14', '2023-02-30')),
  saying('a month by name', line.replace('2023-11-14T', 'Nov 14 2023 ')),
  saying('a year of six digits', line.replace('2023-11-14', '+002023-11-14')),
  saying('what is not UTF-8', Buffer.from(line.replace('"a"', '"\u00ff"'), 'latin1')),
  saying('a changed folder', more(linesOf([folder]), '"changed":true'), folder),
  saying('a folder with a hash', more(linesOf([folder]), `"sha256":"${sha256('')}"`), folder),
  saying('a link with a hash', more(linesOf([link]), `"sha256":"${sha256('')}"`), link),
  saying('a link with no target', linesOf([{ ...link, link: '' }]), { ...link, link: '' }),
  saying('a size of a folder', linesOf([folder]).replace('"size":0', '"size":1'), folder),
];

const tree = (what: string, ...entries: readonly HandMadeEntry[]): Crafted => ({
  what,
  segments: [ended(tarOf(entries))],
  lines: linesOf(entries),
});
const d: HandMadeEntry = { path: 'd', type: 'directory' };

/** Trees that a reader must not restore, or that readers would restore differently. */
export const wrongTrees: readonly Crafted[] = [
  tree('an absolute path', { path: '/a' }),
  tree('a path that leads out', { path: '../a' }),
  tree('a path with an empty part', { path: 'a//b' }),
  tree('a path that begins with ./', { path: './a' }),
  tree('a file that is called as a folder', { path: 'a/' }),
  tree('a folder that is called a//', { path: 'a/', type: 'directory' }),
  tree('a file that is the root', { path: '.' }),
  tree('no name', { path: '' }),
  tree('a name with a NUL', { path: `${'a'.repeat(150)}\0b` }),
  tree('a link with a NUL', { path: 'a', type: 'symlink', link: `${'a'.repeat(150)}\0b` }),
  tree('a name twice', plain, plain),
  tree('a folder twice', d, d),
  tree('a file below a file', plain, { path: 'a/b' }),
  tree('a file below a link', { ...link, link: '..' }, { path: 'a/b' }),
  tree('a file above another', { path: 'a/b' }, plain),
  tree('a hard link to itself', { path: 'a', type: 'hardlink', link: 'a' }),
  tree('a hard link to a later file', { path: 'a', type: 'hardlink', link: 'b' }, { path: 'b' }),
  tree('a hard link to a folder', d, { path: 'e', type: 'hardlink', link: 'd' }),
  tree('a hard link to a link', link, { path: 'c', type: 'hardlink', link: 'a' }),
  tree(
    'a hard link to a hard link',
    plain,
    { path: 'b', type: 'hardlink', link: 'a' },
    { path: 'c', type: 'hardlink', link: 'b' },
  ),
  tree('a folder that a folder comes late to', d, { path: 'd/a' }, { path: 'e' }, { ...d, path: 'd/b' }),
  tree('the same behind a late file', d, { path: 'e' }, { path: 'd/a' }, { ...d, path: 'd/b' }),
  tree(
    'a folder below that one comes late to',
    d,
    { ...d, path: 'd/e' },
    { path: 'd/a' },
    { ...d, path: 'd/e/b' },
  ),
  tree('a folder behind what is in it', { path: 'd/a' }, d),
  tree('the root behind what is in it', plain, { path: '.', type: 'directory' }),
];

const parts = [65_536, 65_536, 18_928].map((bytes) => Buffer.alloc(bytes, 's'));
const streamPieces = parts.map((part, index) => ({
  segment: index + 1,
  offset: 0,
  bytes: part.length,
  sha256: sha256(part),
}));
const streamSize = parts.reduce((sum, { length }) => sum + length, 0);
const streamLine = `${JSON.stringify({ path: 'a.dump', type: 'stream', size: streamSize, segment: 1, offset: 0, pieces: streamPieces })}\n`;
const dump = (what: string, lines: string): Crafted => ({ what, segments: parts, lines, stream: 'a.dump' });

export const soundStream = dump('a stream', streamLine);

export const lyingStreams: readonly Crafted[] = [
  dump('another hash', otherDigit(streamLine)),
  dump('another size', streamLine.replace(`"size":${streamSize}`, `"size":${streamSize - 1}`)),
  dump('another name', streamLine.replace('a.dump', 'b.dump')),
  dump('another type', streamLine.replace('"type":"stream"', '"type":"file"')),
  dump('a piece less', streamLine.replace(/,\{"segment":3[^}]*\}/, '').replace(String(streamSize), '131072')),
  dump(
    'a piece that is no whole segment',
    streamLine
      .replace(/("segment":2,"offset":)0,"bytes":65536/, '$11,"bytes":65535')
      .replace(String(streamSize), String(streamSize - 1)),
  ),
  dump('the stream twice', streamLine + streamLine),
  dump('nothing', ''),
];
