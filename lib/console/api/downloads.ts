/** A backup's archive, or one file of it, brought to whoever looks: kept by the browser, never shown. */
import { get } from '../../client/call.ts';
import { archivedFile } from '../../client/calls/backups.ts';
import { downloadBackup, type Entry } from './calls.ts';
import { addressOf, askForBytes } from './client.ts';
import { lentBackupToken } from './interruptions.ts';

/** What is larger goes past the memory of the page, straight to the disk. */
const MOST_IN_PAGE = 64 * 1024 * 1024;
const KEPT_MILLISECONDS = 60_000;

export const fetchArchivedFile = async (
  backupId: string,
  entry: Entry,
  { passphrase }: { readonly passphrase: string | undefined },
): Promise<void> => {
  const ended = new AbortController();
  const response = await askForBytes(archivedFile(backupId, entry, passphrase), ended.signal);
  // A passphrase and a backup token go in headers, which no link sends.
  const hasHeaders = passphrase !== undefined || lentBackupToken() !== undefined;
  if (!hasHeaders && Number(response.headers.get('content-length')) > MOST_IN_PAGE) {
    ended.abort();
    return save(response.url, '');
  }
  await saveAnswer(response);
};

/** The whole archive. What wants a backup token comes through the page, which sends it along. */
export const fetchArchive = async (backupId: string): Promise<void> => {
  const { url } = await downloadBackup(backupId);
  const headers = lentBackupToken();
  if (headers === undefined || !url.startsWith('/v1/')) return window.location.assign(addressOf(url));
  await saveAnswer(await askForBytes(get(url, {}, headers)));
};

const saveAnswer = async (response: Response): Promise<void> => {
  const url = URL.createObjectURL(new Blob([await response.blob()], { type: 'application/octet-stream' }));
  save(url, nameIn(response.headers.get('content-disposition')));
  window.setTimeout(() => URL.revokeObjectURL(url), KEPT_MILLISECONDS);
};

/** The name that the API gives it: it is safe on any disk. */
const nameIn = (disposition: string | null): string =>
  decodeURIComponent(/filename\*=UTF-8''(\S+)/.exec(disposition ?? '')?.[1] ?? 'file');

const save = (url: string, name: string): void => {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
};
