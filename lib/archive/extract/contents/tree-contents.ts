/** Reads the entries of a tar component one by one, for callers that do not put them into a file system. */

import { type ListedSpan, SegmentTiling, spanOf } from '../../contents/segment-tiling.ts';
import { treeEntryOf } from '../../contents/tree-entry.ts';
import { type ContentsPart, iterateContents, type ListedEntry } from '../../reader/contents-pages.ts';
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
    const found = treeContentsEntry(listed);
    paths.take(found.entry.path);
    tiling.take(found.span);
    yield found;
  }
  tiling.end();
  if (!paths.allAscend) await refuseRepeatedPaths(archive, identity, component);
}

/**
 * Yields the entries of some contents members in order. Checks that each begins where the one before it ends, and that
 * the first entry behind the part, or the component's end, follows on its last. Whether a path is in another part, too,
 * only reading all of the component shows: `iterateTree`.
 *
 * @throws as `iterateTree`
 */
export async function* iteratePart(
  archive: OpenedArchive,
  identity: string,
  component: string,
  part: ContentsPart,
  tiling: SegmentTiling = new SegmentTiling(archive.segments(component)),
): AsyncGenerator<TreeContentsEntry, void, undefined> {
  const paths = new AscendingPaths();
  let begun = part.from === 0;
  for await (const listed of iterateContents(archive, identity, component, part)) {
    const found = treeContentsEntry(listed);
    if (!begun) tiling.beginWith(found.span);
    begun = true;
    paths.take(found.entry.path);
    tiling.take(found.span);
    yield found;
  }
  const behind = { from: part.to, to: archive.contents(component).length };
  for await (const listed of iterateContents(archive, identity, component, behind)) {
    if (begun) tiling.take(treeContentsEntry(listed).span);
    return;
  }
  if (begun) tiling.end();
}

const treeContentsEntry = (listed: ListedEntry): TreeContentsEntry => {
  const entry = treeEntryOf(listed);
  return { listed, entry, span: spanOf(entry, listed) };
};
