/**
 * Makes a tree as a component of the layout `tar`: the tar, divided into segments, and the lines of its
 * contents. From "The tar inside" and "Contents" of docs/archive-format.md. Each character of a name is one
 * byte.
 */
import { createHash } from 'node:crypto';
import type { JsonObject } from './json.ts';
import { BLOCK, END, padded, withSum } from './outer-tar.ts';

export interface TreeEntry {
  readonly path: string;
  /** The type flag. @default '0', a file */
  readonly flag?: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly seconds?: number;
  readonly nanoseconds?: number;
  readonly link?: string;
  readonly content?: string | Buffer;
  /** Allows the header to be the last block of a segment, with all content in the next segment. */
  readonly apart?: boolean;
  /** Changes the header block before its checksum is computed. */
  readonly block?: (block: Buffer) => void;
  /** Changes the header block after its checksum was computed. */
  readonly summed?: (block: Buffer) => void;
  /** Replaces the pax records that the entry needs. */
  readonly pax?: (records: string) => string;
  /** Changes the entry's line in contents; may return a text to use as it is, or undefined for no line. */
  readonly line?: (line: JsonObject) => JsonObject | string | undefined;
}

export interface PlacedLine {
  /** The segment in which the entry ends. */
  readonly segment: number;
  readonly line: JsonObject | string;
}

export interface Tree {
  /** The segment's number, from 1. */
  readonly segments: readonly Buffer[];
  readonly lines: readonly PlacedLine[];
  readonly sourceBytes: number;
}

export interface TreeOptions {
  /** A multiple of 512. @default 65,536 */
  readonly segmentBytes?: number;
  /** The bytes after the last entry. @default two blocks of zeros */
  readonly end?: Buffer;
}

const TYPES: Readonly<Record<string, string>> = {
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};
const MAX_ID = 0o7777777;
const MAX_OCTAL = 0o77777777777;

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
export const contentOf = ({ content = '' }: TreeEntry): Buffer =>
  typeof content === 'string' ? Buffer.from(content) : content;
const isUtf8 = (name: string): boolean => Buffer.from(bytesOf(name).toString('utf8')).equals(bytesOf(name));

/** `<length> <key>=<value>\n`, where the length counts itself. */
export const paxRecord = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return `${length}${rest}`;
};

const tarName = ({ path, flag }: TreeEntry): string => (flag === '5' ? `${path}/` : path);

/** The prefix and name, or undefined when the name does not fit. */
const split = (name: string): readonly [string, string] | undefined => {
  if (name.length <= 100) return ['', name];
  const slash = name.indexOf('/', name.length - 101);
  return slash > 0 && slash <= 155 && slash < name.length - 1
    ? [name.slice(0, slash), name.slice(slash + 1)]
    : undefined;
};

const timeText = (seconds: number, nanoseconds: number): string => {
  if (nanoseconds === 0) return String(seconds);
  const [whole, fraction] =
    seconds < 0 ? [`-${-seconds - 1}`, 1e9 - nanoseconds] : [String(seconds), nanoseconds];
  return `${whole}.${String(fraction).padStart(9, '0')}`;
};

const SECONDS = 1_700_000_000;

const recordsOf = (entry: TreeEntry): string => {
  const { uid = 0, gid = 0, seconds = SECONDS, nanoseconds = 0, link = '' } = entry;
  const name = tarName(entry);
  const longName = split(name) === undefined ? name : '';
  const longLink = link.length > 100 ? link : '';
  const size = contentOf(entry).length;
  return [
    nanoseconds !== 0 || seconds < 0 || seconds > MAX_OCTAL
      ? paxRecord('mtime', timeText(seconds, nanoseconds))
      : '',
    isUtf8(longName + longLink) ? '' : paxRecord('hdrcharset', 'BINARY'),
    longName === '' ? '' : paxRecord('path', longName),
    longLink === '' ? '' : paxRecord('linkpath', longLink),
    size > MAX_OCTAL ? paxRecord('size', String(size)) : '',
    uid > MAX_ID ? paxRecord('uid', String(uid)) : '',
    gid > MAX_ID ? paxRecord('gid', String(gid)) : '',
  ].join('');
};

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

interface Fields {
  readonly name: readonly [string, string];
  readonly flag: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly seconds: number;
  readonly link: string;
}

const blockOf = ({ name: [prefix, name], flag, mode, uid, gid, size, seconds, link }: Fields): Buffer => {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100, 'latin1');
  block.write(`${octal(mode, 7)}\0${octal(uid, 7)}\0${octal(gid, 7)}\0`, 100, 'latin1');
  block.write(`${octal(size, 11)}\0${octal(seconds, 11)}\0`, 124, 'latin1');
  block.write(flag, 156, 1, 'latin1');
  block.write(link, 157, 100, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.write('0000000\x000000000\x00', 329, 'latin1');
  block.write(prefix, 345, 155, 'latin1');
  return block;
};

/** The header of an entry, after its pax header if it has one. */
export const headerOf = (entry: TreeEntry): Buffer => {
  const { flag = '0', mode = 0o644, uid = 0, gid = 0, seconds = SECONDS, link = '' } = entry;
  const records = entry.pax?.(recordsOf(entry)) ?? recordsOf(entry);
  const name = tarName(entry);
  const block = blockOf({
    name: split(name) ?? ['', name.slice(0, 100)],
    flag,
    mode,
    uid: uid > MAX_ID ? 0 : uid,
    gid: gid > MAX_ID ? 0 : gid,
    size: contentOf(entry).length,
    seconds: seconds < 0 || seconds > MAX_OCTAL ? 0 : seconds,
    link,
  });
  entry.block?.(block);
  withSum(block);
  entry.summed?.(block);
  if (records === '') return block;
  const pax = blockOf({
    name: ['', 'PaxHeader'],
    flag: 'x',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: records.length,
    seconds: 0,
    link: '',
  });
  return Buffer.concat([withSum(pax), padded(bytesOf(records)), block]);
};

const named = (key: string, name: string): JsonObject =>
  isUtf8(name)
    ? { [key]: bytesOf(name).toString('utf8') }
    : { [key]: bytesOf(name).toString('utf8'), [`${key}Base64`]: bytesOf(name).toString('base64') };

const mtimeOf = ({ seconds = SECONDS, nanoseconds = 0 }: TreeEntry): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, -'.000Z'.length)}.${String(nanoseconds).padStart(9, '0')}Z`;

interface Piece {
  readonly segment: number;
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: string;
}

const lineOf = (entry: TreeEntry, header: Piece, pieces: readonly Piece[]): JsonObject => {
  const { path, flag = '0', mode = 0o644, uid = 0, gid = 0, link = '' } = entry;
  const type = TYPES[flag] ?? 'file';
  const [first] = pieces;
  return {
    ...named('path', path),
    type,
    size: contentOf(entry).length,
    mode,
    mtime: mtimeOf(entry),
    uid,
    gid,
    ...(link === '' ? {} : named('link', link)),
    segment: first?.segment ?? header.segment,
    offset: first?.offset ?? header.offset,
    ...(pieces.length > 1
      ? { pieces: pieces.map((piece) => ({ ...piece })) }
      : type === 'file'
        ? { sha256: first?.sha256 ?? sha256(Buffer.alloc(0)) }
        : {}),
  };
};

/** Divides the stream: a segment ends where it is full, and no header is split. */
class SegmentCutter {
  readonly #segmentBytes: number;
  readonly #segments: Buffer[][] = [[]];
  #filled = 0;

  constructor(segmentBytes: number) {
    this.#segmentBytes = segmentBytes;
  }

  get place(): { readonly segment: number; readonly offset: number } {
    return { segment: this.#segments.length, offset: this.#filled };
  }

  get segments(): Buffer[] {
    return this.#segments.map((pieces) => Buffer.concat(pieces));
  }

  #next(): void {
    this.#segments.push([]);
    this.#filled = 0;
  }

  #add(bytes: Buffer): void {
    this.#segments.at(-1)?.push(bytes);
    this.#filled += bytes.length;
  }

  /** @param followed whether something must follow in the same segment */
  whole(bytes: Buffer, followed = false): Piece {
    const needed = bytes.length + (followed ? BLOCK : 0);
    if (this.#filled > 0 && this.#filled + needed > this.#segmentBytes) this.#next();
    const piece = { ...this.place, bytes: bytes.length, sha256: '' };
    this.#add(bytes);
    return piece;
  }

  /** Content with its padding; returns the pieces with their places. */
  content(content: Buffer): Piece[] {
    const stream = padded(content);
    const pieces: Piece[] = [];
    for (let at = 0; at < content.length; ) {
      if (this.#filled >= this.#segmentBytes) this.#next();
      const bytes = stream.subarray(at, at + this.#segmentBytes - this.#filled);
      const own = content.subarray(at, at + bytes.length);
      pieces.push({ ...this.place, bytes: own.length, sha256: sha256(own) });
      this.#add(bytes);
      at += bytes.length;
    }
    return pieces;
  }
}

export const treeOf = (
  entries: readonly TreeEntry[],
  { segmentBytes = 65_536, end = END }: TreeOptions = {},
): Tree => {
  const cutter = new SegmentCutter(segmentBytes);
  const lines: PlacedLine[] = [];
  let sourceBytes = 0;
  for (const entry of entries) {
    const header = cutter.whole(headerOf(entry), contentOf(entry).length > 0 && entry.apart !== true);
    const behind = { ...cutter.place, bytes: 0, sha256: '' };
    const pieces = cutter.content(contentOf(entry));
    const told = lineOf(entry, (TYPES[entry.flag ?? '0'] ?? 'file') === 'file' ? behind : header, pieces);
    const line = entry.line === undefined ? told : entry.line(told);
    if (line !== undefined) lines.push({ segment: cutter.place.segment, line });
    sourceBytes += contentOf(entry).length;
  }
  cutter.whole(end);
  return { segments: cutter.segments, lines, sourceBytes };
};

export const linesText = (lines: readonly PlacedLine[]): string =>
  lines.map(({ line }) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('');
