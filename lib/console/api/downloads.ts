/** Downloads of a backup's archive, or of one file in it. The browser saves them; the page never shows them. */
import { get } from '../../client/call.ts';
import { archivedFile } from '../../client/calls/backups.ts';
import { downloadBackup, type Entry } from './calls.ts';
import { addressOf, askForBytes } from './client.ts';
import { recentBackupToken } from './interruptions.ts';

/** The browser saves a larger file straight to the disk, without holding it in the memory of the page. */
const MOST_IN_PAGE = 64 * 1024 * 1024;
const KEPT_MILLISECONDS = 60_000;

export const fetchArchivedFile = async (
  backupId: string,
  entry: Entry,
  { passphrase }: { readonly passphrase: string | undefined },
): Promise<void> => {
  const ended = new AbortController();
  const response = await askForBytes(archivedFile(backupId, entry, passphrase), ended.signal);
  // A passphrase and a backup token are sent in headers, and a link cannot send headers.
  const hasHeaders = passphrase !== undefined || recentBackupToken() !== undefined;
  if (!hasHeaders && Number(response.headers.get('content-length')) > MOST_IN_PAGE) {
    ended.abort();
    return save(response.url, '');
  }
  await saveAnswer(response);
};

/**
 * Downloads the whole archive. Where the API asks for a backup token, the page fetches the archive itself and sends the
 * token.
 */
export const fetchArchive = async (backupId: string): Promise<void> => {
  const { url } = await downloadBackup(backupId);
  const headers = recentBackupToken();
  if (headers === undefined || !url.startsWith('/v1/')) return window.location.assign(addressOf(url));
  await saveAnswer(await askForBytes(get(url, {}, headers)));
};

const saveAnswer = async (response: Response): Promise<void> => {
  const url = URL.createObjectURL(new Blob([await response.blob()], { type: 'application/octet-stream' }));
  save(url, nameIn(response.headers.get('content-disposition')));
  window.setTimeout(() => URL.revokeObjectURL(url), KEPT_MILLISECONDS);
};

/** The name that the API gives the file: it is safe on every disk. */
const nameIn = (disposition: string | null): string =>
  decodeURIComponent(/filename\*=UTF-8''(\S+)/.exec(disposition ?? '')?.[1] ?? 'file');

const save = (url: string, name: string): void => {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
};
