/** Translates SQLite's result codes into Holdfast's errors. */
import { HoldfastError } from '../../../model/errors.ts';

// Primary result codes, https://www.sqlite.org/rescode.html; extended codes carry them in their low byte.
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

const PUT_BACK =
  'stop Holdfast and put back a copy of it. The archives are not affected, but the backup keys that open them were in this catalog, too: without a copy of it an archive opens only with its passphrase, or with a key file from "holdfast key download"';

const primaryCode = (thrown: unknown): number | undefined =>
  thrown instanceof Error && 'errcode' in thrown && typeof thrown.errcode === 'number'
    ? thrown.errcode & 0xff
    : undefined;

const sentences: Readonly<
  Record<number, readonly ['storage_full' | 'unavailable' | 'internal', (path: string) => string]>
> = {
  [SQLITE_FULL]: [
    'storage_full',
    (path) => `the disk is full: ${path} cannot grow; free some space and start again`,
  ],
  [SQLITE_BUSY]: ['unavailable', (path) => `another program keeps ${path} locked; try again`],
  [SQLITE_LOCKED]: ['unavailable', (path) => `another program keeps ${path} locked; try again`],
  [SQLITE_READONLY]: [
    'internal',
    (path) => `${path} cannot be written: make it and its folder writable for this user`,
  ],
  [SQLITE_CANTOPEN]: [
    'internal',
    (path) => `${path} cannot be opened: its folder must exist and be writable for this user`,
  ],
  [SQLITE_IOERR]: [
    'unavailable',
    (path) =>
      `the disk failed while ${path} was read or written: free some space if it is full, check it with the tools of the system if it is not, and start again`,
  ],
  [SQLITE_CORRUPT]: ['internal', damaged],
  [SQLITE_NOTADB]: ['internal', (path) => `the file ${path} is not a database, or is damaged: ${PUT_BACK}`],
};

function damaged(path: string): string {
  return `the catalog ${path} is damaged: ${PUT_BACK}`;
}

/** The error for a catalog that fails SQLite's own check. */
export const damagedCatalog = (path: string, cause?: unknown): HoldfastError =>
  new HoldfastError('internal', damaged(path), { cause });

/** Translates any thrown value; SQLite's errors get our own messages. */
export const fromSqlite = (thrown: unknown, path: string): unknown => {
  const code = primaryCode(thrown);
  if (thrown instanceof HoldfastError || code === undefined) return thrown;
  const [ours, sentence] = sentences[code] ?? [
    'internal',
    (at: string) => `the catalog ${at} failed: ${String(thrown)}`,
  ];
  return new HoldfastError(ours, sentence(path), { cause: thrown });
};
