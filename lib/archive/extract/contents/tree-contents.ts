/** Reads the entries of a tar component one by one, for callers that do not put them into a file system. */

import { type ListedSpan, SegmentTiling, spanOf } from '../../contents/segment-tiling.ts';
import { treeEntryOf } from '../../contents/tree-entry.ts';
import { iterateContents, type ListedEntry } from '../../reader/contents-pages.ts';
import type { OpenedArchive } from '../../reader/open.ts';
import type { TarEntry } from '../../tar/tar-entry.ts';
import { AscendingPaths, refuseRepeatedPaths } from './distinct-paths.ts';

export interface TreeContentsEntry {
  readonly listed: ListedEntry;
  readonly entry: TarEntry;
  readonly span: ListedSpan;
}

/**
 * Yields all entries in order. Checks that each begins where the one before it ends and, at the end, that all segments
 * are full and no path came twice.
 *
 * @throws `not_in_archive`, `archive_damaged`, `archive_entry_refused`, and what reading contents
 * throws.
 */
export async function* iterateTree(
  archive: OpenedArchive,
  identity: string,
  component: string,
  tiling: SegmentTiling = new SegmentTiling(archive.segments(component)),
): AsyncGenerator<TreeContentsEntry, void, undefined> {
  const paths = new AscendingPaths();
  for await (const listed of iterateContents(archive, identity, component)) {
    const entry = treeEntryOf(listed);
    paths.take(entry.path);
    const span = spanOf(entry, listed);
    tiling.take(span);
    yield { listed, entry, span };
  }
  tiling.end();
  if (!paths.allAscend) await refuseRepeatedPaths(archive, identity, component);
}
