/**
 * Writes tar headers: POSIX ustar, preceded by a pax header for what ustar cannot say (nanoseconds, long names, sizes
 * of 8 GiB and more, large ids). Names may hold any bytes, and stay unchanged.
 */
import { isAscii } from './byte-string.ts';
import { TAR_BLOCK_BYTES, type TarEntry, type TarType, tarBlockSum, tarContentBytes } from './tar-entry.ts';

const NAME_BYTES = 100;
const PREFIX_BYTES = 155;
const MAX_ID = 0o7777777;
const MAX_OCTAL_11 = 0o77777777777;
/** Readers that do not know pax show the extended header as a file with this name. */
const PAX_NAME = 'PaxHeader';

const TYPE_FLAGS: Readonly<Record<TarType, string>> = {
  file: '0',
  directory: '5',
  symlink: '2',
  hardlink: '1',
};

interface NameFields {
  readonly name: string;
  readonly prefix: string;
}

const tarName = (entry: TarEntry): string => (entry.type === 'directory' ? `${entry.path}/` : entry.path);

/** The name split at a slash into prefix and name, or undefined when it does not fit. */
const splitName = (name: string): NameFields | undefined => {
  if (name.length <= NAME_BYTES) return { name, prefix: '' };
  // The first slash that leaves a short enough name; a directory's own last slash is not used.
  const cut = name.indexOf('/', name.length - NAME_BYTES - 1);
  if (cut <= 0 || cut > PREFIX_BYTES || cut === name.length - 1) return undefined;
  return { name: name.slice(cut + 1), prefix: name.slice(0, cut) };
};

/** `<length> <key>=<value>\n`, where the length includes itself. */
const paxRecord = (key: string, value: string): string => {
  const bytes = key.length + value.length + 3;
  let length = bytes + 1;
  while (bytes + String(length).length !== length) length = bytes + String(length).length;
  return `${length} ${key}=${value}\n`;
};

const isUtf8 = (name: string): boolean => {
  const bytes = Buffer.from(name, 'latin1');
  return Buffer.from(bytes.toString('utf8'), 'utf8').equals(bytes);
};

const mtimeText = (seconds: number, nanoseconds: number): string => {
  if (nanoseconds === 0) return String(seconds);
  // Before 1970 the seconds are rounded down, and the fraction counts backwards.
  const [whole, fraction] =
    seconds < 0 ? [`-${-seconds - 1}`, 1_000_000_000 - nanoseconds] : [String(seconds), nanoseconds];
  return `${whole}.${String(fraction).padStart(9, '0')}`;
};

/** The pax records that an entry needs; none for most entries whose mtime is whole seconds. */
const paxRecords = (entry: TarEntry): string => {
  let records = '';
  if (entry.mtimeNanoseconds !== 0 || entry.mtimeSeconds < 0 || entry.mtimeSeconds > MAX_OCTAL_11) {
    records = paxRecord('mtime', mtimeText(entry.mtimeSeconds, entry.mtimeNanoseconds));
  }
  const name = tarName(entry);
  const longName = name.length > NAME_BYTES && splitName(name) === undefined;
  const longLink = entry.link.length > NAME_BYTES;
  if (longName || longLink) {
    const raw = (longName ? name : '') + (longLink ? entry.link : '');
    // Pax values are UTF-8 unless this says otherwise.
    if (!isAscii(raw) && !isUtf8(raw)) records += paxRecord('hdrcharset', 'BINARY');
    if (longName) records += paxRecord('path', name);
    if (longLink) records += paxRecord('linkpath', entry.link);
  }
  if (entry.size > MAX_OCTAL_11) records += paxRecord('size', String(entry.size));
  if (entry.uid > MAX_ID) records += paxRecord('uid', String(entry.uid));
  if (entry.gid > MAX_ID) records += paxRecord('gid', String(entry.gid));
  return records;
};

/** Bytes that `writeTarHeader` writes for this entry: a whole number of blocks. */
export const tarHeaderBytes = (entry: TarEntry): number => {
  const common =
    entry.path.length < NAME_BYTES &&
    entry.link.length <= NAME_BYTES &&
    entry.size <= MAX_OCTAL_11 &&
    entry.uid <= MAX_ID &&
    entry.gid <= MAX_ID &&
    entry.mtimeSeconds >= 0 &&
    entry.mtimeSeconds <= MAX_OCTAL_11;
  if (common) return entry.mtimeNanoseconds === 0 ? TAR_BLOCK_BYTES : 3 * TAR_BLOCK_BYTES;
  const records = paxRecords(entry).length;
  return records === 0 ? TAR_BLOCK_BYTES : 2 * TAR_BLOCK_BYTES + tarContentBytes(records);
};

const SUM_AT = 148;
const FLAG_AT = 156;
const ZERO_DIGIT = 48;

const template = Buffer.alloc(TAR_BLOCK_BYTES);
template.write('0000000\0', 100, 'latin1');
template.write('0000000\0', 108, 'latin1');
template.write('0000000\0', 116, 'latin1');
template.write('00000000000\0', 124, 'latin1');
template.write('00000000000\0', 136, 'latin1');
template.write('        ', SUM_AT, 'latin1');
template.write('ustar\x0000', 257, 'latin1');
template.write('0000000\0', 329, 'latin1');
template.write('0000000\0', 337, 'latin1');
/** The template's checksum. Each field adds its part to it: summing whole blocks took longer than everything else. */
const TEMPLATE_SUM = tarBlockSum(template, 0);

/** Writes digits over the template's zeros, up to `end`; returns what they add to the sum. */
const writeOctal = (out: Buffer, end: number, value: number): number => {
  let sum = 0;
  let rest = value;
  // Shifts lose the upper bits beyond 31 bits, so larger values are divided.
  for (let at = end; rest > 0; at -= 1) {
    const digit = rest > 0x7fffffff ? rest % 8 : rest & 7;
    rest = rest > 0x7fffffff ? Math.floor(rest / 8) : rest >>> 3;
    out[at] = ZERO_DIGIT + digit;
    sum += digit;
  }
  return sum;
};

/** Writes text over the template's NULs; returns what it adds to the sum. */
const writeText = (out: Buffer, at: number, value: string, room: number): number => {
  const length = Math.min(value.length, room);
  let sum = 0;
  for (let i = 0; i < length; i += 1) {
    const byte = value.charCodeAt(i);
    out[at + i] = byte;
    sum += byte;
  }
  return sum;
};

const writeBlock = (
  out: Buffer,
  at: number,
  fields: NameFields,
  flag: string,
  entry: TarEntry,
  size: number,
  link: string,
): void => {
  out.set(template, at);
  let sum = TEMPLATE_SUM + flag.charCodeAt(0);
  out[at + FLAG_AT] = flag.charCodeAt(0);
  sum += writeText(out, at, fields.name, NAME_BYTES);
  sum += writeOctal(out, at + 106, entry.mode);
  if (entry.uid <= MAX_ID) sum += writeOctal(out, at + 114, entry.uid);
  if (entry.gid <= MAX_ID) sum += writeOctal(out, at + 122, entry.gid);
  if (size <= MAX_OCTAL_11) sum += writeOctal(out, at + 134, size);
  if (entry.mtimeSeconds > 0 && entry.mtimeSeconds <= MAX_OCTAL_11) {
    sum += writeOctal(out, at + 146, entry.mtimeSeconds);
  }
  sum += writeText(out, at + 157, link, NAME_BYTES);
  sum += writeText(out, at + 345, fields.prefix, PREFIX_BYTES);
  out.fill(ZERO_DIGIT, at + SUM_AT, at + SUM_AT + 6);
  writeOctal(out, at + SUM_AT + 5, sum);
  out[at + SUM_AT + 6] = 0;
};

/** Writes the entry's header at `at`, which has room for `tarHeaderBytes`; returns where the content begins. */
export const writeTarHeader = (entry: TarEntry, out: Buffer, at: number): number => {
  const records = paxRecords(entry);
  let place = at;
  if (records !== '') {
    writeBlock(out, place, { name: PAX_NAME, prefix: '' }, 'x', PAX_ENTRY, records.length, '');
    place += TAR_BLOCK_BYTES;
    const end = place + tarContentBytes(records.length);
    out.write(records, place, records.length, 'latin1');
    out.fill(0, place + records.length, end);
    place = end;
  }
  const name = tarName(entry);
  // A name or link that did not fit is in the pax header; its beginning here helps readers without pax.
  const fields = splitName(name) ?? { name: name.slice(0, NAME_BYTES), prefix: '' };
  writeBlock(out, place, fields, TYPE_FLAGS[entry.type], entry, entry.size, entry.link.slice(0, NAME_BYTES));
  return place + TAR_BLOCK_BYTES;
};

const PAX_ENTRY: TarEntry = {
  path: PAX_NAME,
  type: 'file',
  mode: 0o644,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeSeconds: 0,
  mtimeNanoseconds: 0,
  link: '',
};
