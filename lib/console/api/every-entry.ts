import { everyPage } from '../../client/pages.ts';
import { type Entry, listContents } from './calls.ts';

/** All entries of a backup, page by page, each page with the number of all entries. @throws Problem */
export async function* everyEntry(
  id: string,
  component: string | undefined,
  options: { readonly passphrase: string | undefined; readonly signal: AbortSignal },
): AsyncGenerator<{ readonly entries: readonly Entry[]; readonly total: number }, void, undefined> {
  const pages = everyPage(
    (paging) => listContents(id, { ...paging, component }, options),
    ({ total, resources }) => ({ total, shown: resources.length }),
  );
  for await (const { total, resources } of pages) yield { entries: resources, total };
}
