/**
 * A strict reader for the tar that `tar-writer.ts` makes: ustar and pax, nothing of GNU, nothing unknown. Nothing is
 * restored from what it reads: a header must equal, byte for byte, the one made from contents (`tar-segment.ts`). Where
 * it does not, this reader says what the header holds instead.
 */

import { ArchiveError } from '../errors.ts';
import type { ByteString } from './byte-string.ts';
import { checkEntryPath, refusedEntry } from './entry-path.ts';
import { TAR_BLOCK_BYTES, type TarEntry, type TarType, tarBlockSum, tarContentBytes } from './tar-entry.ts';

const TYPES: Readonly<Record<string, TarType>> = {
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'directory',
};
const DEVICES = new Set(['3', '4', '6']);
const PAX_KEYS = new Set(['mtime', 'path', 'linkpath', 'size', 'uid', 'gid', 'hdrcharset']);
/** Two paths of 4,096 bytes and four numbers: a pax header of ours stays far below. */
const MAX_PAX_BYTES = 64 * 1024;

const malformed = (what: string): ArchiveError =>
  new ArchiveError('archive_damaged', `a tar header ${what}; take another copy of the archive`);

const octal = (block: Buffer, from: number, to: number): number => {
  let value = 0;
  let at = from;
  for (; at < to; at += 1) {
    const digit = block[at] ?? 0;
    if (digit < 48 || digit > 55) break;
    value = value * 8 + digit - 48;
  }
  if (at === from || (block[at] !== 0 && block[at] !== 32))
    throw malformed('has a number field that is not a number');
  return value;
};

const text = (block: Buffer, from: number, to: number): string => {
  const end = block.indexOf(0, from);
  return block.toString('latin1', from, end < 0 || end > to ? to : end);
};

const paxRecords = (bytes: Buffer): Map<string, string> => {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(32, at);
    const digits = space < 0 ? '' : bytes.toString('latin1', at, space);
    const length = /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : Number.NaN;
    const end = at + length;
    if (Number.isNaN(length) || end <= space || end > bytes.length || bytes[end - 1] !== 10) {
      throw malformed('has a pax record of a wrong length');
    }
    const equals = bytes.indexOf(61, space);
    if (equals < 0 || equals >= end) throw malformed('has a pax record without a value');
    const key = bytes.toString('latin1', space + 1, equals);
    if (!PAX_KEYS.has(key) || records.has(key)) throw malformed('has an unknown or repeated pax record');
    records.set(key, bytes.toString('latin1', equals + 1, end - 1));
    at = end;
  }
  return records;
};

const paxNumber = (value: string | undefined): number | undefined => {
  if (value === undefined) return undefined;
  const number = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw malformed('has a pax number that is not a number');
  return number;
};

interface Mtime {
  readonly seconds: number;
  readonly nanoseconds: number;
}

const paxMtime = (value: string): Mtime => {
  const match = /^(-?)(\d{1,15})(?:\.(\d{9}))?$/.exec(value);
  if (match === null) throw malformed('has an mtime that is not a time');
  const whole = Number(match[2]);
  const fraction = Number(match[3] ?? 0);
  if (match[1] === '') return { seconds: whole, nanoseconds: fraction };
  return fraction === 0
    ? { seconds: -whole, nanoseconds: 0 }
    : { seconds: -whole - 1, nanoseconds: 1_000_000_000 - fraction };
};

export interface TarHeader {
  readonly entry: TarEntry;
  /** Where the content begins, or would begin. */
  readonly contentAt: number;
}

const USTAR = Buffer.from('ustar\x0000', 'latin1');

const requireBlock = (bytes: Buffer, at: number): void => {
  if (at + TAR_BLOCK_BYTES > bytes.length) throw malformed('is cut');
  if (bytes.compare(USTAR, 0, USTAR.length, at + 257, at + 257 + USTAR.length) !== 0)
    throw malformed('is not ustar');
  const stored = octal(bytes, at + 148, at + 156);
  let sum = tarBlockSum(bytes, at);
  for (let i = at + 148; i < at + 156; i += 1) sum += 32 - (bytes[i] ?? 0);
  if (sum !== stored) throw malformed('does not fit its checksum');
};

/** Reads the header at `at`. @throws `archive_damaged`; `archive_entry_refused` for devices and names that lead out */
export const readTarHeader = (bytes: Buffer, at: number): TarHeader => {
  requireBlock(bytes, at);
  let place = at;
  let pax: Map<string, string> | undefined;
  if (bytes[place + 156] === 120) {
    const length = octal(bytes, place + 124, place + 136);
    place += TAR_BLOCK_BYTES;
    if (length === 0 || length > MAX_PAX_BYTES || place + length > bytes.length) throw malformed('is cut');
    pax = paxRecords(bytes.subarray(place, place + length));
    place += tarContentBytes(length);
    requireBlock(bytes, place);
  }
  const flag = String.fromCharCode(bytes[place + 156] ?? 0);
  const prefix = text(bytes, place + 345, place + 500);
  const shortName = text(bytes, place, place + 100);
  const name = pax?.get('path') ?? (prefix === '' ? shortName : `${prefix}/${shortName}`);
  const type = TYPES[flag];
  if (DEVICES.has(flag)) throw refusedEntry(name, 'is a device node or a pipe');
  if (type === undefined) throw malformed(`has the unknown type ${JSON.stringify(flag)}`);
  const mtime = pax?.get('mtime');
  const { seconds, nanoseconds } =
    mtime === undefined
      ? { seconds: octal(bytes, place + 136, place + 148), nanoseconds: 0 }
      : paxMtime(mtime);
  const size = paxNumber(pax?.get('size')) ?? octal(bytes, place + 124, place + 136);
  if (type !== 'file' && size !== 0) throw malformed('gives content to an entry that cannot have any');
  const link = pax?.get('linkpath') ?? text(bytes, place + 157, place + 257);
  const entry: TarEntry = {
    path: entryPath(name, type),
    type,
    mode: octal(bytes, place + 100, place + 108) & 0o7777,
    uid: paxNumber(pax?.get('uid')) ?? octal(bytes, place + 108, place + 116),
    gid: paxNumber(pax?.get('gid')) ?? octal(bytes, place + 116, place + 124),
    size,
    mtimeSeconds: seconds,
    mtimeNanoseconds: nanoseconds,
    link: type === 'hardlink' ? entryPath(link, 'file') : link,
  };
  return { entry, contentAt: place + TAR_BLOCK_BYTES };
};

/** The path of an entry, or `archive_entry_refused` when it is not plainly below the root. */
const entryPath = (name: ByteString, type: TarType): ByteString => {
  const path = type === 'directory' && name.endsWith('/') ? name.slice(0, -1) : name;
  checkEntryPath(path, type);
  return path;
};
