/** One file of a backup, brought to whoever looks: kept by the browser, never shown. */
import type { Entry } from './calls.ts';
import { askForBytes } from './client.ts';

/** What is larger goes past the memory of the page, straight to the disk. */
const MOST_IN_PAGE = 64 * 1024 * 1024;
const KEPT_MILLISECONDS = 60_000;

/** Where the file's content is for a link of the page's own origin: the session's cookie opens it. */
export const fetchArchivedFile = async (
  backupId: string,
  { component, path, pathBase64 }: Entry,
  { passphrase }: { readonly passphrase: string | undefined },
): Promise<void> => {
  const ended = new AbortController();
  const response = await askForBytes(`backups/${encodeURIComponent(backupId)}/contents/file`, {
    query: { component, path, pathBase64 },
    headers: passphrase === undefined ? {} : { 'holdfast-passphrase': encodeURIComponent(passphrase) },
    signal: ended.signal,
  });
  // A passphrase goes in a header, which no link sends.
  if (passphrase === undefined && Number(response.headers.get('content-length')) > MOST_IN_PAGE) {
    ended.abort();
    return save(response.url, '');
  }
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
