/** In a worker: opens a contents member, and gives its entries in the form that planning an extraction needs. */
import { parseContents } from '../container/contents-lines.ts';
import { treeEntryOf } from '../container/tree-entry.ts';
import { EntryRunBuilder } from './entry-run.ts';
import type { ListContentsInput, ListContentsOutput, ListedPieces, SegmentList } from './extract-jobs.ts';
import { openSegment } from './open-segment.ts';

export const listContents = ({ member, contents }: ListContentsInput): ListContentsOutput => {
  const lists: SegmentList[] = [];
  let segment = Number.NaN;
  let run = new EntryRunBuilder();
  let pieces: ListedPieces[] = [];
  const endList = (): void => {
    if (run.count > 0) lists.push({ segment, run: run.build(), pieces });
    run = new EntryRunBuilder();
    pieces = [];
  };
  for (const listed of parseContents(openSegment(member), contents)) {
    if (listed.segment !== segment) {
      endList();
      segment = listed.segment;
    }
    if (listed.pieces !== undefined) pieces.push({ index: run.count, pieces: listed.pieces });
    run.add(treeEntryOf(listed));
  }
  endList();
  return { lists };
};
