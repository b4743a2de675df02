/**
 * The head of a dump of pg_dump's custom format: its table of contents, entry by entry, read and written. pg_restore's
 * own listing is ambiguous (names hold spaces and line ends), and its options leave out too much at once; so this code
 * reads the table itself, changes it, and gives it to pg_restore in place of the original.
 *
 * The format is that of PostgreSQL's pg_backup_archiver.c, versions 1.12 (PostgreSQL 9.5) to 1.16 (18). Texts are in
 * the encoding of the dump. Here they are strings with a character for each byte, so that unchanged texts are written
 * as they were read; `decodeText` makes them readable.
 */
import { Turns } from '../../../archive/turns.ts';
import { HoldfastError } from '../../../model/errors.ts';

export interface DumpEntry {
  readonly id: number;
  readonly hadDumper: number;
  readonly tableOid: string | null;
  readonly oid: string | null;
  readonly tag: string;
  /** The kind of entry: `TABLE`, `TABLE DATA`, `ACL`. */
  readonly description: string;
  readonly section: number;
  readonly definition: string | null;
  readonly dropStatement: string | null;
  readonly copyStatement: string | null;
  readonly schema: string | null;
  readonly tablespace: string | null;
  readonly tableMethod: string | null;
  readonly relationKind: number;
  readonly owner: string | null;
  /** Ids of entries, as texts. */
  readonly dependencies: readonly string[];
  /** The format's own record of where the data are. */
  readonly extra: string;
}

export interface DumpHead {
  /** All bytes before the number of entries. */
  readonly start: string;
  readonly minorVersion: number;
  readonly intBytes: number;
  readonly offsetBytes: number;
  readonly entries: readonly DumpEntry[];
}

/** pg_restore's sections: https://www.postgresql.org/docs/current/app-pgrestore.html */
export const SECTION = { none: 1, preData: 2, data: 3, postData: 4 } as const;

const OLDEST = 12;
const NEWEST = 16;
const CUSTOM = 1;

/** Thrown when the bytes end before the head does. */
class CutHead extends Error {}

const unreadable = (why: string): HoldfastError =>
  new HoldfastError(
    'component_failed',
    `the dump cannot be read: ${why}; restore it by hand with pg_restore`,
  );

class HeadReader {
  readonly #bytes: Buffer;
  at = 0;
  intBytes = 4;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(count: number): string {
    const end = this.at + count;
    if (end > this.#bytes.length) throw new CutHead();
    const text = this.#bytes.toString('latin1', this.at, end);
    this.at = end;
    return text;
  }

  byte(): number {
    return this.take(1).charCodeAt(0);
  }

  int(): number {
    const sign = this.byte();
    const digits = this.take(this.intBytes);
    let value = 0;
    for (let at = digits.length - 1; at >= 0; at -= 1) value = value * 256 + digits.charCodeAt(at);
    return sign === 0 ? value : -value;
  }

  text(): string | null {
    const length = this.int();
    return length < 0 ? null : this.take(length);
  }
}

const readStart = (reader: HeadReader): Pick<DumpHead, 'minorVersion' | 'intBytes' | 'offsetBytes'> => {
  if (reader.take(5) !== 'PGDMP') throw unreadable('it is no dump of pg_dump');
  const [major, minorVersion] = [reader.byte(), reader.byte()];
  reader.byte();
  if (major !== 1 || minorVersion < OLDEST || minorVersion > NEWEST)
    throw unreadable(
      `its format is version ${major}.${minorVersion}, and this Holdfast supports 1.${OLDEST} to 1.${NEWEST}`,
    );
  const intBytes = reader.byte();
  const offsetBytes = reader.byte();
  if (intBytes < 2 || intBytes > 6 || offsetBytes > 8) throw unreadable('its numbers have an unknown size');
  if (reader.byte() !== CUSTOM) throw unreadable('it is not of the custom format');
  reader.intBytes = intBytes;
  // The compression, and the seven numbers of a time; then the database, and two versions.
  if (minorVersion >= 15) reader.byte();
  else reader.int();
  for (let part = 0; part < 7; part += 1) reader.int();
  for (let part = 0; part < 3; part += 1) reader.text();
  return { minorVersion, intBytes, offsetBytes };
};

const readEntry = (
  reader: HeadReader,
  { minorVersion, offsetBytes }: Pick<DumpHead, 'minorVersion' | 'offsetBytes'>,
): DumpEntry => {
  const id = reader.int();
  const hadDumper = reader.int();
  const [tableOid, oid, tag, description] = [reader.text(), reader.text(), reader.text(), reader.text()];
  const section = reader.int();
  const [definition, dropStatement, copyStatement] = [reader.text(), reader.text(), reader.text()];
  const [schema, tablespace] = [reader.text(), reader.text()];
  const tableMethod = minorVersion >= 14 ? reader.text() : null;
  const relationKind = minorVersion >= 16 ? reader.int() : 0;
  const owner = reader.text();
  // Whether rows have oids, which no supported server has any more.
  reader.text();
  const dependencies: string[] = [];
  for (let next = reader.text(); next !== null; next = reader.text()) dependencies.push(next);
  const extra = reader.take(1 + offsetBytes);
  return {
    ...{ id, hadDumper, tableOid, oid, section, copyStatement, schema, tablespace, tableMethod },
    ...{ relationKind, owner, dependencies, extra, definition, dropStatement },
    tag: tag ?? '',
    description: description ?? '',
  };
};

/** Most entries that are read: far more than our dumps have, and few enough for memory. */
const MAX_ENTRIES = 500_000;
export const tooLong = (why: string): HoldfastError =>
  new HoldfastError(
    'restore_refused',
    `the table of contents of the dump ${why}, which is more than a plan can have; do not trust this archive, or restore the dump by hand: holdfast recover-script shows how`,
  );

/**
 * @returns undefined when `bytes` end before the head does: call again with more
 * @throws `component_failed` for bytes that are not a custom-format dump of a known version; `restore_refused` for a
 * dump with too many entries
 */
export const parseDumpHead = async (
  bytes: Buffer,
): Promise<{ head: DumpHead; length: number } | undefined> => {
  const reader = new HeadReader(bytes);
  try {
    const sizes = readStart(reader);
    const start = bytes.toString('latin1', 0, reader.at);
    const count = reader.int();
    if (count > MAX_ENTRIES) throw tooLong(`has more than ${MAX_ENTRIES} entries`);
    const entries: DumpEntry[] = [];
    const turns = new Turns();
    for (let entry = 0; entry < count; entry += 1) {
      entries.push(readEntry(reader, sizes));
      await turns.step();
    }
    return { head: { start, ...sizes, entries }, length: reader.at };
  } catch (thrown) {
    if (thrown instanceof CutHead) return undefined;
    throw thrown;
  }
};

/** Writes the bytes of a head; the data that followed the original head come after it. */
export const writeDumpHead = ({ start, entries, minorVersion, intBytes }: DumpHead): Buffer => {
  const parts: string[] = [start];
  const int = (value: number): void => {
    let [rest, digits] = [Math.abs(value), ''];
    for (let digit = 0; digit < intBytes; digit += 1) {
      digits += String.fromCharCode(rest % 256);
      rest = Math.floor(rest / 256);
    }
    parts.push(value < 0 ? '\u0001' : '\0', digits);
  };
  const text = (value: string | null): void => {
    int(value === null ? -1 : value.length);
    if (value !== null) parts.push(value);
  };
  int(entries.length);
  for (const entry of entries) {
    int(entry.id);
    int(entry.hadDumper);
    for (const value of [entry.tableOid, entry.oid, entry.tag, entry.description]) text(value);
    int(entry.section);
    for (const value of [entry.definition, entry.dropStatement, entry.copyStatement]) text(value);
    for (const value of [entry.schema, entry.tablespace]) text(value);
    if (minorVersion >= 14) text(entry.tableMethod);
    if (minorVersion >= 16) int(entry.relationKind);
    for (const value of [entry.owner, 'false', ...entry.dependencies, null]) text(value);
    parts.push(entry.extra);
  }
  return Buffer.from(parts.join(''), 'latin1');
};

/** Entries that pg_restore applies first in each of its sessions. */
export const isSetting = ({ description }: DumpEntry): boolean =>
  ['ENCODING', 'STDSTRINGS', 'SEARCHPATH'].includes(description);

/** Computed in a loop: there may be more entries than a call can have arguments. */
export const highestId = (entries: readonly DumpEntry[]): number =>
  entries.reduce((highest, { id }) => Math.max(highest, id), 0);

/** The kind of our own entries. */
export const OURS = 'HOLDFAST';

/** An entry of our own, which runs `definition` in its place. */
export const addedEntry = (
  { offsetBytes }: DumpHead,
  { id, description, definition }: { id: number; description: string; definition: string },
): DumpEntry => ({
  ...{ id, description, definition, hadDumper: 0, tableOid: '0', oid: '0', tag: 'holdfast' },
  ...{ section: SECTION.preData, dropStatement: '', copyStatement: null, schema: null, tablespace: null },
  ...{ tableMethod: null, relationKind: 0, owner: '', dependencies: [] },
  // It has no data, and the flag says so, as in pg_dump's own entries.
  extra: `\u0003${'\0'.repeat(offsetBytes)}`,
});
