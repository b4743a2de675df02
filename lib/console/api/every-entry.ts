import { type Entry, listContents } from './calls.ts';

/** As many as the API gives at once. */
const AT_ONCE = 1000;

/** All entries of a backup, some at a time, with how many there are in all. @throws Problem */
export async function* everyEntry(
  id: string,
  component: string | undefined,
  options: { readonly passphrase: string | undefined; readonly signal: AbortSignal },
): AsyncGenerator<{ readonly entries: readonly Entry[]; readonly total: number }, void, undefined> {
  for (let skip = 0; ; skip += AT_ONCE) {
    const { total, resources } = await listContents(id, { skip, limit: AT_ONCE, component }, options);
    yield { entries: resources, total };
    if (resources.length === 0 || skip + resources.length >= total) return;
  }
}
