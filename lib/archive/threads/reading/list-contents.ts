/** In a worker: opens a contents member, and returns its entries in the form that planning an extraction needs. */
import { parseContents } from '../../contents/contents-lines.ts';
import { type RunOn, spanOf } from '../../contents/segment-tiling.ts';
import { treeEntryOf } from '../../contents/tree-entry.ts';
import { throwIfRaised } from '../abort-flag.ts';
import { EntryRunBuilder } from '../entry-run.ts';
import type { ListContentsInput, ListContentsOutput, SegmentList } from '../extract-jobs.ts';
import { HashListBuilder } from './hash-list.ts';
import { openSegment } from './open-segment.ts';

/** Lines between two checks of the abort flag. */
const LINES_PER_LOOK = 256;
/** Most entries and bytes of names in a list, which the main thread handles in one go. A name may have 64 KiB. */
const LISTED_TOGETHER = 256;
const NAMED_TOGETHER = 64 * 1024;

/** A list of entries that lie one behind the other. */
class ListBuilder {
  readonly #withHashes: boolean;
  readonly #run = new EntryRunBuilder();
  readonly #hashes = new HashListBuilder();
  readonly segment: number;
  readonly #startsAt: number;
  endsAt: number;
  runOn: RunOn | undefined;
  #names = 0;

  constructor(segment: number, startsAt: number, withHashes: boolean) {
    this.segment = segment;
    this.#startsAt = startsAt;
    this.endsAt = startsAt;
    this.#withHashes = withHashes;
  }

  /** Whether the entry that begins there is the next one. */
  isFollowedBy(segment: number, startsAt: number): boolean {
    return segment === this.segment && startsAt === this.endsAt && this.runOn === undefined;
  }

  get isFull(): boolean {
    return this.#run.count >= LISTED_TOGETHER || this.#names >= NAMED_TOGETHER;
  }

  add(entry: Parameters<EntryRunBuilder['add']>[0], sha256: string | undefined): void {
    this.#run.add(entry);
    this.#names += entry.path.length + entry.link.length;
    if (this.#withHashes) this.#hashes.add(sha256);
  }

  build(): SegmentList {
    return {
      segment: this.segment,
      startsAt: this.#startsAt,
      endsAt: this.endsAt,
      runOn: this.runOn,
      run: this.#run.build(),
      sha256s: this.#withHashes ? this.#hashes.build() : undefined,
    };
  }
}

export const listContents = ({
  member,
  contents,
  withHashes,
  abort,
}: ListContentsInput): ListContentsOutput => {
  let lines = 0;
  const lists: SegmentList[] = [];
  let hasObjects = false;
  let list: ListBuilder | undefined;
  for (const listed of parseContents(openSegment(member, abort), contents)) {
    lines += 1;
    if (lines % LINES_PER_LOOK === 0 && abort !== undefined) throwIfRaised(abort);
    const entry = treeEntryOf(listed);
    const { segment, startsAt, endsAt, runOn } = spanOf(entry, listed);
    hasObjects ||= listed.type === 'object' || listed.type === 'item';
    // An entry that does not follow begins a new list; the tiling checks later whether it may be there.
    if (list === undefined || !list.isFollowedBy(segment, startsAt) || list.isFull) {
      if (list !== undefined) lists.push(list.build());
      list = new ListBuilder(segment, startsAt, withHashes);
    }
    list.add(entry, listed.sha256);
    list.endsAt = endsAt;
    list.runOn = runOn;
  }
  if (list !== undefined) lists.push(list.build());
  return { lists, hasObjects };
};
