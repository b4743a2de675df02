/** In a worker: opens a contents member, and gives its entries in the form that planning an extraction needs. */
import { parseContents } from '../container/contents-lines.ts';
import { treeEntryOf } from '../container/tree-entry.ts';
import { listedText } from '../tar/tar-segment.ts';
import { EntryRunBuilder } from './entry-run.ts';
import type { ListContentsInput, ListContentsOutput, ListedPieces, SegmentList } from './extract-jobs.ts';
import { openSegment } from './open-segment.ts';

export const listContents = ({ member, contents }: ListContentsInput): ListContentsOutput => {
  const run = new EntryRunBuilder();
  const pieces: ListedPieces[] = [];
  const lists: SegmentList[] = [];
  let list: { segment: number; entries: number; text: string } | undefined;
  for (const listed of parseContents(openSegment(member), contents)) {
    const entry = treeEntryOf(listed);
    if (listed.pieces !== undefined) pieces.push({ index: run.count, pieces: listed.pieces });
    run.add(entry);
    if (list?.segment !== listed.segment) {
      list = { segment: listed.segment, entries: 0, text: '' };
      lists.push(list);
    }
    list.entries += 1;
    list.text += listedText(entry);
  }
  return { run: run.build(), pieces, lists };
};
