/**
 * Captures a directory tree: entries are packed into segments by their sizes, in walk order; workers read, compress and
 * seal the segments side by side. What a segment holds depends on the tree alone, not on timing.
 */
import { MAX_CONTENTS_SEGMENTS } from '../format.ts';
import type { ByteString } from '../tar/byte-string.ts';
import {
  TAR_BLOCK_BYTES,
  TAR_END_BYTES,
  type TarEntry,
  tarContentBytes,
  tarPaddingBytes,
} from '../tar/tar-entry.ts';
import { tarHeaderBytes } from '../tar/tar-writer.ts';
import { OpenFolders, openTree, type TreeRoot } from '../threads/sealing/open-folders.ts';
import type { OpenedFile, SealFilesInput, SealFilesOutput, SealInput } from '../threads/segment-jobs.ts';
import { CapturePipeline, type CursorPlace, type SegmentSlot } from './capture-pipeline.ts';
import { CaptureResults } from './capture-results.ts';
import { type CaptureCursor, type CaptureOutcome, type OpenFileCursor, parseCursor } from './capture-sink.ts';
import { GroupMeter } from './group-meter.ts';
import { LargeFiles } from './large-files.ts';
import type { OpenFile } from './open-file.ts';
import { SecondLooks } from './second-look.ts';
import { SegmentDraft } from './segment-draft.ts';
import type { CaptureTreeOptions, TreeEntry } from './tree-item.ts';

/** A file smaller than this share of a segment is not cut in two just to fill the segment. */
const WHOLE_SHARE = 4;
/** Entries after which other work of this thread gets a turn. */
const ENTRIES_PER_TURN = 2_000;

class TreeCapture {
  readonly #options: CaptureTreeOptions;
  readonly #root: TreeRoot;
  readonly #folders: OpenFolders;
  readonly #looks: SecondLooks;
  readonly #pipeline: CapturePipeline;
  readonly #capacity: number;
  readonly #meter = new GroupMeter();
  readonly #running = new Set<Promise<unknown>>();
  readonly #large: LargeFiles;
  readonly #results: CaptureResults;
  #segment: number;
  #draft = new SegmentDraft();
  #last: ByteString;
  #walked = false;
  /** Path of the entry that is being looked at once more, until it is in a segment. */
  #looking: ByteString | undefined;
  /** Whether the last segment so far ends the tar. */
  #ended = false;
  /** The one file that the present group holds or goes on with, as long as no other entry lies before its end. */
  #alone: OpenFile | undefined;

  constructor(options: CaptureTreeOptions, cursor: CaptureCursor, root: TreeRoot) {
    this.#options = options;
    this.#root = root;
    this.#folders = new OpenFolders(root);
    this.#looks = new SecondLooks(this.#folders);
    this.#large = new LargeFiles(this.#folders);
    this.#pipeline = new CapturePipeline(options, cursor);
    this.#segment = cursor.segments;
    this.#last = cursor.after;
    this.#results = new CaptureResults(cursor, this.#large, this.#looks);
    for (const path of cursor.again ?? []) this.#looks.add(path, undefined);
    // Every segment leaves room for the end blocks: which one is the last shows only afterwards.
    const blocks = Math.floor((options.segmentBytes - TAR_END_BYTES) / TAR_BLOCK_BYTES);
    this.#capacity = blocks * TAR_BLOCK_BYTES;
  }

  async run(cursor: CaptureCursor): Promise<CaptureOutcome> {
    try {
      if (cursor.open !== undefined) await this.#goOn(cursor.open);
      await this.#walk(cursor.after);
      await this.#endSegment(true);
      await this.#lookAgain();
      this.#closeGroup(this.#last, undefined, true);
    } catch (error) {
      this.#pipeline.fail(error);
    }
    try {
      const outcome = await this.#pipeline.end();
      const { unreadable, unread } = this.#results;
      return { ...outcome, unreadable, unread };
    } finally {
      // Workers may still be reading from these descriptors; an aborted job ends within a block.
      await Promise.allSettled(this.#running);
      this.#large.closeAll();
      this.#looks.close();
      this.#folders[Symbol.dispose]();
    }
  }

  async #walk(after: ByteString): Promise<void> {
    const { items, isAtOrBefore } = this.#options;
    let turn = 0;
    for (const item of items) {
      turn += 1;
      if (turn % ENTRIES_PER_TURN === 0) await new Promise(setImmediate);
      if (after !== '' && isAtOrBefore(item.path, after)) continue;
      if ('reason' in item) this.#draft.skipItem(item);
      // Nobody knows any more whether the call before has captured this link's file, so it is looked at again.
      else if (after !== '' && item.type === 'hardlink' && isAtOrBefore(item.link, after))
        this.#looks.add(item.path, undefined);
      else await this.#add(item);
    }
  }

  /** Looks at each path at most twice: a link whose file failed comes back once, as a file. */
  async #lookAgain(): Promise<void> {
    this.#walked = true;
    for (await this.#pipeline.drained(); this.#looks.paths.length > 0; await this.#pipeline.drained()) {
      if (this.#meter.due) this.#closeGroup(this.#last, undefined, false);
      for (const { item, opened } of this.#looks.next()) {
        this.#results.failed.delete(item.path);
        if ('reason' in item) {
          this.#draft.skipItem(item);
          continue;
        }
        this.#looking = item.path;
        await this.#add(item, opened);
      }
      await this.#endSegment(true);
      await this.#pipeline.drained();
      this.#looks.close();
    }
  }

  get #room(): number {
    return this.#capacity - this.#draft.bytes;
  }

  /** @param opened the file, where it is open already; it is closed elsewhere. */
  async #add(entry: TreeEntry, opened?: OpenedFile): Promise<void> {
    const header = tarHeaderBytes(entry);
    const content = tarContentBytes(entry.size);
    if (this.#meter.full) await this.#endSegment(false);
    if (header + content > this.#room) {
      const small = header + content <= this.#capacity / WHOLE_SHARE;
      if (small || header + entry.size / WHOLE_SHARE > this.#room) {
        if (this.#draft.bytes > 0) await this.#endSegment(false);
      }
    }
    if (header + content > this.#room) return this.#addLarge(entry, opened);
    this.#draft.add(entry, header + content, opened);
    this.#counted(entry);
  }

  #counted(entry: TarEntry): void {
    this.#meter.addEntry(entry.path.length + entry.link.length);
    if (!this.#walked) this.#last = entry.path;
    this.#looking = undefined;
  }

  async #addLarge(entry: TreeEntry, opened: OpenedFile | undefined): Promise<void> {
    const file = this.#openLarge(entry, opened);
    if (file === undefined) return;
    const { size } = file.entry;
    // The walk saw a larger file, and this smaller one took its place: add it anew, where it fits.
    if (size < entry.size) {
      this.#large.close(file);
      return this.#add(file.entry);
    }
    const header = tarHeaderBytes(file.entry);
    // Contents list an entry in the group where it ends, and a group is listed as a whole: a file that is longer than
    // a group starts one, so that groups can close, and captures stop, in its middle.
    if (header + size > MAX_CONTENTS_SEGMENTS * this.#capacity) {
      await this.#endSegment(false);
      if (!this.#meter.empty) this.#closeGroup(this.#last, undefined, false);
      this.#alone = file;
    }
    this.#counted(file.entry);
    const bytes = Math.min(this.#room - header, size);
    this.#draft.addTrail(file, header, bytes);
    await this.#addRest(file);
  }

  async #addRest(file: OpenFile): Promise<void> {
    const { size } = file.entry;
    do {
      await this.#endSegment(false, file);
      const bytes = Math.min(this.#room, size - file.from);
      this.#draft.addLead(file, bytes, file.from + bytes === size);
    } while (file.from < size);
    this.#draft.bytes += tarPaddingBytes(size);
    this.#alone = undefined;
  }

  /**
   * Opens the file, which has the entry that the walk saw, or that of what took its place. Undefined when there is
   * none.
   */
  #openLarge(entry: TreeEntry, opened: OpenedFile | undefined): OpenFile | undefined {
    if (opened !== undefined) return this.#large.borrow(entry, opened);
    const { file, isLost, reason } = this.#large.open(entry);
    if (isLost) this.#results.failed.add(entry.path);
    if (reason !== undefined) this.#draft.skip(entry.path, reason);
    else if (file === undefined) this.#looks.add(entry.path, undefined);
    return file;
  }

  /**
   * Goes on with the file whose middle the call before this one had reached. The header, already written, says its
   * size: when it is another file by now, zeros fill the rest.
   */
  async #goOn(cursor: OpenFileCursor): Promise<void> {
    const file = this.#large.openAgain(cursor);
    this.#alone = file;
    await this.#addRest(file);
  }

  async #endSegment(endsTar: boolean, runningOn?: OpenFile): Promise<void> {
    const draft = this.#draft;
    const needed = endsTar && (draft.skipped.length > 0 || !this.#ended);
    if (draft.bytes === 0 && !needed) return;
    this.#ended = endsTar;
    const spareBytes = this.#room;
    this.#draft = new SegmentDraft();
    this.#segment += 1;
    const segment = this.#segment;
    const slot = await this.#pipeline.slot();
    const { lead, trail, opened } = draft;
    const failed = [...draft.links].filter((path) => this.#results.failed.has(path));
    const run = draft.run.build();
    const seen = draft.seen.build();
    const input = { root: this.#root, segment, lead, run, seen, opened, failed, spareBytes, trail, endsTar };
    const sealed = this.#seal({ ...slot.input, ...input });
    const yielded = sealed.then(
      (output) => async () =>
        this.#results.yieldOf(segment, draft, await this.#withoutFailed(slot, input, draft, output)),
    );
    this.#pipeline.submit(slot, yielded, this.#last);
    this.#meter.addSegment();
    const listable = runningOn === undefined || runningOn === this.#alone;
    if (!endsTar && this.#meter.due && listable) this.#closeGroup(this.#last, runningOn, false);
  }

  #seal(input: SealFilesInput): Promise<SealFilesOutput> {
    const sealed = this.#options.pool.run('seal-files', input);
    this.#running.add(sealed);
    const settled = (): boolean => this.#running.delete(sealed);
    sealed.then(settled, settled);
    return sealed;
  }

  /**
   * Segments are sealed side by side: only when those before it have left is it sure which files its hard links can
   * name. Where one of these failed meanwhile, which is rare, the segment is sealed anew.
   */
  async #withoutFailed(
    slot: SegmentSlot,
    input: Omit<SealFilesInput, keyof SealInput>,
    { links }: SegmentDraft,
    output: SealFilesOutput,
  ): Promise<SealFilesOutput> {
    if (links.size === 0 || this.#results.failed.size === 0) return output;
    const failed = [...links].filter((path) => this.#results.failed.has(path));
    if (failed.length === input.failed.length) return output;
    const { input: fresh } = await this.#pipeline.again(slot);
    return this.#seal({ ...fresh, ...input, failed });
  }

  #closeGroup(after: ByteString, runningOn: OpenFile | undefined, last: boolean): void {
    this.#meter.reset();
    const from = runningOn?.from ?? 0;
    const waiting = [...this.#looks.paths, ...(this.#looking === undefined ? [] : [this.#looking])];
    this.#pipeline.closeGroup((): CursorPlace => {
      // By now it is known which files of the earlier segments were not captured.
      const again = [...new Set([...waiting, ...this.#looks.paths])];
      const { unreadable, unread } = this.#results;
      return {
        after,
        ...(again.length > 0 && { again }),
        ...(unreadable.length > 0 && { unreadable: [...unreadable] }),
        ...(unread !== undefined && { unread }),
        ...(runningOn !== undefined && {
          open: { entry: runningOn.entry, from, pieces: [...runningOn.pieces] },
        }),
      };
    }, last);
  }
}

/**
 * Captures a tree into members for `sink`, from the beginning or from a cursor. It reads what `items` saw, or what is
 * there at the end where something else has taken its place; nothing outside the tree is opened. Files that vanish or
 * cannot be read are left out and named; files that change while they are read are kept, marked and named.
 *
 * @throws what `sink` or `items` throw, the signal's reason when aborted, and errors of the machine.
 */
export const captureTree = async (options: CaptureTreeOptions): Promise<CaptureOutcome> => {
  const cursor = parseCursor(options.cursor);
  using root = openTree(options.root);
  const { path, descriptor } = root;
  return await new TreeCapture(options, cursor, { path, descriptor }).run(cursor);
};
