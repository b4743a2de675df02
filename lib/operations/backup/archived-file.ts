/** One file out of a backup's archive, as plain bytes: only the segments that hold it are read. */

import { readContentsOn } from '../../archive/extract/contents/read-contents-on.ts';
import { extractEntries } from '../../archive/extract/extract-entries.ts';
import { extractStream } from '../../archive/extract/extract-stream.ts';
import { ownValue } from '../../archive/own-value.ts';
import { readContentsPage } from '../../archive/reader/contents-pages.ts';
import type { OpenedArchive } from '../../archive/reader/open.ts';
import { type ByteString, nameFromContents } from '../../archive/tar/byte-string.ts';
import { HoldfastError } from '../../model/errors.ts';
import { formatBytes } from '../../model/text/byte-count.ts';
import type { Host } from '../../ports/host.ts';
import { type OpenWith, openArchiveKey } from '../keys/sealed-archive-key.ts';
import { assertReady } from '../stored/backup-readiness.ts';
import { openRequestedArchive } from '../stored/open-backup-archive.ts';
import { getRecord } from '../task/operation-record.ts';

/** A file of a backup, as the list of contents names it. */
export interface FileQuery {
  readonly component: string;
  readonly path: string;
  /** The bytes of the path, if the list has them: a path that is not UTF-8 has no other exact name. */
  readonly pathBase64?: string | undefined;
}

export interface ArchivedFile {
  /** The last part of its path. */
  readonly fileName: string;
  readonly bytes: number;
  /** Every piece was checked against the signed manifest before it is yielded. */
  readonly content: AsyncIterable<Uint8Array>;
}

interface Options extends OpenWith {
  readonly signal: AbortSignal;
  /** A larger file is refused before any of it is read. @default any size */
  readonly mostBytes?: number;
}

interface Opened {
  readonly archive: OpenedArchive;
  readonly identity: string;
  readonly pool: Host['pool'];
  readonly component: string;
  readonly signal: AbortSignal;
}

/**
 * Opens a backup's archive, and finds a file in it.
 *
 * @throws `not_found`, `not_ready`, `archive_*`, `wrong_key`, `wrong_passphrase`; `not_in_archive` when the backup has
 * no such file, `invalid_request` for a folder or a link, `file_too_large`
 */
export const openArchivedFile = async (
  host: Host,
  id: string,
  query: FileQuery,
  { signal, mostBytes = Number.POSITIVE_INFINITY, ...openWith }: Options,
): Promise<ArchivedFile> => {
  const record = await getRecord(host, 'backup', id);
  assertReady(record);
  const archive = await openRequestedArchive(host, record);
  const { component, path } = query;
  // Refuses a component that the backup does not have, before any key is used.
  archive.contents(component);
  const identity = await openArchiveKey(host, archive, openWith);
  const opened = { archive, identity, pool: host.pool, component, signal };
  const isStream = ownValue(archive.manifest.components, component)?.layout === 'stream';
  const file = isStream ? await streamOf(opened, query) : await entryOf(opened, query);
  if (file.bytes > mostBytes)
    throw new HoldfastError(
      'file_too_large',
      `"${path}" has ${formatBytes(file.bytes)}, and an answer of this host holds at most ${formatBytes(mostBytes)}; get it with: holdfast backup extract ${id} ${shellWord(`${component}:${path}`)} --output -`,
      { details: { bytes: file.bytes, mostBytes } },
    );
  return { ...file, fileName: path.split('/').findLast((part) => part !== '') ?? component };
};

type Found = Omit<ArchivedFile, 'fileName'>;

/** A component that is one stream has one entry, with the component's name. */
const streamOf = async (opened: Opened, { component, path }: FileQuery): Promise<Found> => {
  const { archive, identity, pool } = opened;
  const page = { component, skip: 0, limit: 1 };
  const { entries } = await readContentsPage(archive, identity, page, readContentsOn(pool));
  const [entry] = entries;
  if (entry === undefined || entry.path !== path) throw notThere(component, path);
  return { bytes: entry.size, content: extractStream(opened) };
};

const entryOf = async (opened: Opened, { path, pathBase64, component }: FileQuery): Promise<Found> => {
  const found = await findEntry(opened, nameFromContents(path, pathBase64));
  // The content of a hard link is stored under the first name of the file.
  const { link = '', linkBase64, type } = found?.entry ?? {};
  const first = type === 'hardlink' ? await findEntry(opened, nameFromContents(link, linkBase64)) : found;
  if (first === undefined) throw notThere(component, path);
  if (first.entry.type === 'directory' || first.entry.type === 'symlink')
    throw new HoldfastError(
      'invalid_request',
      `"${path}" is a ${first.entry.type === 'directory' ? 'folder' : 'symbolic link'}, and only the content of a file can be downloaded; a restore brings it back, and so does "holdfast backup extract" without a restore`,
    );
  return { bytes: first.entry.size, content: first.content };
};

const findEntry = async (opened: Opened, name: ByteString) => {
  const entries = extractEntries({
    ...opened,
    wanted: ({ path, pathBase64 }) => nameFromContents(path, pathBase64) === name,
  });
  for await (const found of entries) return found;
  return undefined;
};

const notThere = (component: string, path: string): HoldfastError =>
  new HoldfastError(
    'not_in_archive',
    `the backup has no file "${path}" in its component ${component}; the list of its contents has the exact name of each file`,
  );

const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
