import type { BackupRecord } from '../../../model/records/backup.ts';
import type { Host } from '../../../ports/host.ts';
import { hasArchive } from '../../stored/backup-readiness.ts';

const PAGE = 50;
/** Backups that are searched at most: a component that none of them has counts as new. */
const MOST_LOOKED_AT = 1_000;

/**
 * How many entries of a component the previous backup has: the newest one before this that ended with an archive and
 * was made here. Undefined when there is none.
 */
export const lastEntries = async (
  { catalog }: Pick<Host, 'catalog'>,
  { id }: BackupRecord,
  component: string,
): Promise<number | undefined> => {
  for (let skip = 0; skip < MOST_LOOKED_AT; skip += PAGE) {
    const { records } = await catalog.list('backup', { descending: true, skip, limit: PAGE });
    const found = records.find(
      (record) =>
        record.id !== id &&
        !record.imported &&
        hasArchive(record) &&
        Object.hasOwn(record.components, component),
    );
    if (found !== undefined) return found.components[component]?.entries;
    if (records.length < PAGE) return undefined;
  }
  return undefined;
};
