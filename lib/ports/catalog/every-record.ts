import type { Catalog, ListOptions } from './catalog.ts';
import type { RecordKind, Records } from './records.ts';

const PAGE = 1000;

/** Yields all records of a kind and group, read page by page. */
export async function* everyRecord<K extends RecordKind>(
  { catalog }: { readonly catalog: Catalog },
  kind: K,
  options: Omit<ListOptions, 'skip' | 'limit' | 'counted'> = {},
): AsyncGenerator<Records[K]> {
  for (let skip = 0; ; skip += PAGE) {
    const { records } = await catalog.list(kind, { ...options, skip, limit: PAGE, counted: false });
    yield* records;
    if (records.length < PAGE) return;
  }
}
