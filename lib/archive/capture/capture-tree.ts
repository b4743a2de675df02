/**
 * Captures a directory tree: entries are packed, in the order they come, into segments by their sizes; workers read,
 * compress and seal the segments side by side. What a segment holds depends on the tree alone, not on timing.
 */
import { type BigIntStats, closeSync, fstatSync, openSync } from 'node:fs';
import { contentsLine } from '../container/contents-line.ts';
import { MAX_CONTENTS_SEGMENTS, type Skipped } from '../format.ts';
import { EntryRunBuilder } from '../segments/entry-run.ts';
import { OpenFolders, openTree, type TreeRoot } from '../segments/open-folders.ts';
import { FILE_FLAGS } from '../segments/seal-files.ts';
import { isSeenStill, SeenFilesBuilder } from '../segments/seen-file.ts';
import type {
  EntryProblem,
  FilePiece,
  OpenedFile,
  SealFilesInput,
  SealFilesOutput,
  SealInput,
} from '../segments/segment-jobs.ts';
import { isLink, unreadableReason } from '../segments/unreadable-reason.ts';
import type { ByteString } from '../tar/byte-string.ts';
import {
  TAR_BLOCK_BYTES,
  TAR_END_BYTES,
  type TarEntry,
  tarContentBytes,
  tarPaddingBytes,
} from '../tar/tar-entry.ts';
import { tarHeaderBytes } from '../tar/tar-writer.ts';
import {
  type CaptureCursor,
  type CaptureOptions,
  type CaptureOutcome,
  type OpenFileCursor,
  parseCursor,
  skippedOf,
  type Unread,
} from './capture.ts';
import {
  CapturePipeline,
  type CursorPlace,
  type SegmentSlot,
  type SegmentYield,
} from './capture-pipeline.ts';
import { GroupMeter } from './group-meter.ts';
import { OpenFile } from './open-file.ts';
import { SecondLooks } from './second-look.ts';
import { type SkippedItem, type TreeEntry, type TreeItem, walkedEntry } from './tree-item.ts';

export interface CaptureTreeOptions extends CaptureOptions {
  /** The directory that paths are relative to. */
  readonly root: ByteString;
  /** Parents before children, each path once, in the same order at every call; the workers read the files. */
  readonly items: Iterable<TreeItem>;
  /** Whether `path` stands, in the order of `items`, at or before `after`: where a capture goes on, these are left out. */
  readonly isAtOrBefore: (path: ByteString, after: ByteString) => boolean;
}

/** A file smaller than this share of a segment is not cut in two for the sake of filling the segment. */
const WHOLE_SHARE = 4;
/** Let other work of this thread run after so many entries. */
const ENTRIES_PER_TURN = 2_000;

/** One segment in the making. */
class Draft {
  readonly run = new EntryRunBuilder();
  readonly seen = new SeenFilesBuilder();
  readonly opened = new Map<ByteString, OpenedFile>();
  /** What its hard links are links to. */
  readonly links = new Set<ByteString>();
  readonly skipped: Skipped[] = [];
  /** Of these, what nobody could have read. */
  specials = 0;
  folders = 0;
  lead: (FilePiece & { ends: boolean }) | undefined;
  leadFile: OpenFile | undefined;
  trail: FilePiece | undefined;
  trailFile: OpenFile | undefined;
  bytes = 0;
}

class TreeCapture {
  readonly #options: CaptureTreeOptions;
  readonly #root: TreeRoot;
  readonly #folders: OpenFolders;
  readonly #looks: SecondLooks;
  readonly #pipeline: CapturePipeline;
  readonly #capacity: number;
  readonly #meter = new GroupMeter();
  readonly #running = new Set<Promise<unknown>>();
  readonly #open = new Set<OpenFile>();
  /** Files that are not in the archive, and that others may be links to. */
  readonly #failed = new Set<ByteString>();
  readonly #unreadable: ByteString[];
  #unread: Unread | undefined;
  #segment: number;
  #draft = new Draft();
  #last: ByteString;
  #walked = false;
  /** What is looked at once more, until it is in a segment. */
  #looking: ByteString | undefined;
  /** Whether the tar ends with the last segment, as it stands. */
  #ended = false;
  /** The one file that the present group holds or goes on with, as long as there is no other entry before its end. */
  #alone: OpenFile | undefined;

  constructor(options: CaptureTreeOptions, cursor: CaptureCursor, root: TreeRoot) {
    this.#options = options;
    this.#root = root;
    this.#folders = new OpenFolders(root);
    this.#looks = new SecondLooks(this.#folders);
    this.#pipeline = new CapturePipeline(options, cursor);
    this.#segment = cursor.segments;
    this.#last = cursor.after;
    this.#unreadable = [...(cursor.unreadable ?? [])];
    this.#unread = cursor.after === '' ? { count: 0 } : cursor.unread;
    for (const path of cursor.again ?? []) this.#looks.add(path, undefined);
    // The end blocks fit into every segment: which one is the last shows only afterwards.
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
      return { ...(await this.#pipeline.end()), unreadable: this.#unreadable, unread: this.#unread };
    } finally {
      // Workers may still read from these descriptors; an aborted job ends within a block.
      await Promise.allSettled(this.#running);
      for (const file of this.#open) file.close();
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
      if ('reason' in item) this.#skipItem(item);
      // Whether the call before has captured what this is a link to, nobody knows any more.
      else if (after !== '' && item.type === 'hardlink' && isAtOrBefore(item.link, after))
        this.#looks.add(item.path, undefined);
      else await this.#add(item);
    }
  }

  /** Each path is looked at twice at most: only a link whose file fails comes back, and that as a file. */
  async #lookAgain(): Promise<void> {
    this.#walked = true;
    for (await this.#pipeline.drained(); this.#looks.paths.length > 0; await this.#pipeline.drained()) {
      if (this.#meter.due) this.#closeGroup(this.#last, undefined, false);
      for (const { item, opened } of this.#looks.next()) {
        this.#failed.delete(item.path);
        if ('reason' in item) {
          this.#skipItem(item);
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

  #skip(path: ByteString, reason: string): void {
    this.#draft.skipped.push(skippedOf(path, reason));
  }

  #skipItem({ path, reason, special }: SkippedItem): void {
    const { skipped } = this.#draft;
    // Those before the others: so it is known which these are.
    if (special === true) skipped.splice(this.#draft.specials++, 0, skippedOf(path, reason));
    else this.#skip(path, reason);
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
    const draft = this.#draft;
    draft.run.add(entry);
    if (entry.type === 'directory') draft.folders += 1;
    if (entry.type === 'file') draft.seen.add(entry.seen);
    if (entry.type === 'hardlink') draft.links.add(entry.link);
    if (opened !== undefined) draft.opened.set(entry.path, opened);
    draft.bytes += header + content;
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
    // Another file than the walk saw, and a smaller one: its place is to be found anew.
    if (size < entry.size) {
      this.#close(file);
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
    this.#draft.run.add(file.entry);
    this.#draft.trail = file.piece(bytes);
    this.#draft.trailFile = file;
    this.#draft.bytes += header + bytes;
    await this.#addRest(file);
  }

  async #addRest(file: OpenFile): Promise<void> {
    const { size } = file.entry;
    do {
      await this.#endSegment(false, file);
      const bytes = Math.min(this.#room, size - file.from);
      const ends = file.from + bytes === size;
      this.#draft.lead = { ...file.piece(bytes), ends };
      this.#draft.leadFile = file;
      this.#draft.bytes += bytes;
    } while (file.from < size);
    this.#draft.bytes += tarPaddingBytes(size);
    this.#alone = undefined;
  }

  /** The file, with the entry that the walk saw, or with what took its place. Undefined when there is none. */
  #openLarge(entry: TreeEntry, opened: OpenedFile | undefined): OpenFile | undefined {
    if (opened !== undefined) {
      const { descriptor, measured } = opened;
      const file = new OpenFile(entry, descriptor, { measured, borrowed: true });
      this.#open.add(file);
      return file;
    }
    let descriptor: number;
    try {
      descriptor = openSync(this.#folders.nameOf(entry.path), FILE_FLAGS);
    } catch (error) {
      this.#failed.add(entry.path);
      if (isLink(error)) this.#looks.add(entry.path, undefined);
      else this.#skip(entry.path, unreadableReason(error));
      return undefined;
    }
    const file = this.#fileIn(descriptor, entry);
    if (file === undefined) closeSync(descriptor);
    else this.#open.add(file);
    return file;
  }

  #fileIn(descriptor: number, entry: TreeEntry): OpenFile | undefined {
    const { path } = entry;
    let stats: BigIntStats;
    try {
      stats = fstatSync(descriptor, { bigint: true });
    } catch (error) {
      this.#failed.add(path);
      this.#skip(path, unreadableReason(error));
      return undefined;
    }
    if (isIn(entry, stats)) return new OpenFile(entry, descriptor);
    this.#failed.add(path);
    if (stats.isFile()) return new OpenFile(walkedEntry(path, 'file', stats, ''), descriptor);
    this.#skip(path, 'was replaced by something that is no file while the backup ran');
    return undefined;
  }

  /**
   * Goes on with the file that the call before this one was in the middle of. Its size is promised in the header: when it
   * is another file by now, zeros stand in for the rest.
   */
  async #goOn({ entry, from, pieces }: OpenFileCursor): Promise<void> {
    const descriptor = this.#openAgain(entry);
    const file = new OpenFile(entry, descriptor, { from, pieces });
    this.#open.add(file);
    this.#alone = file;
    await this.#addRest(file);
  }

  /** -1 where the file is gone, or cannot be known again: that is told when it ends. */
  #openAgain(entry: TreeEntry): number {
    let descriptor = -1;
    try {
      descriptor = openSync(this.#folders.nameOf(entry.path), FILE_FLAGS);
      if (isIn(entry, fstatSync(descriptor, { bigint: true }))) return descriptor;
    } catch {
      // As when another file stands there.
    }
    if (descriptor >= 0) closeSync(descriptor);
    return -1;
  }

  async #endSegment(endsTar: boolean, runningOn?: OpenFile): Promise<void> {
    const draft = this.#draft;
    const needed = endsTar && (draft.skipped.length > 0 || !this.#ended);
    if (draft.bytes === 0 && !needed) return;
    this.#ended = endsTar;
    const spareBytes = this.#room;
    this.#draft = new Draft();
    this.#segment += 1;
    const segment = this.#segment;
    const slot = await this.#pipeline.slot();
    const { lead, trail, opened } = draft;
    const failed = [...draft.links].filter((path) => this.#failed.has(path));
    const run = draft.run.build();
    const seen = draft.seen.build();
    const input = { root: this.#root, segment, lead, run, seen, opened, failed, spareBytes, trail, endsTar };
    const sealed = this.#seal({ ...slot.input, ...input });
    const yielded = sealed.then(
      (output) => async () =>
        this.#yieldOf(segment, draft, await this.#withoutFailed(slot, input, draft, output)),
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
   * Segments are sealed side by side: only now, when those before it have left, is it sure which files its hard links
   * can be links to. Where one of these failed meanwhile, which is rare, the segment is sealed anew.
   */
  async #withoutFailed(
    slot: SegmentSlot,
    input: Omit<SealFilesInput, keyof SealInput>,
    { links }: Draft,
    output: SealFilesOutput,
  ): Promise<SealFilesOutput> {
    if (links.size === 0 || this.#failed.size === 0) return output;
    const failed = [...links].filter((path) => this.#failed.has(path));
    if (failed.length === input.failed.length) return output;
    const { input: fresh } = await this.#pipeline.again(slot);
    return this.#seal({ ...fresh, ...input, failed });
  }

  #closeGroup(after: ByteString, runningOn: OpenFile | undefined, last: boolean): void {
    this.#meter.reset();
    const from = runningOn?.from ?? 0;
    const waiting = [...this.#looks.paths, ...(this.#looking === undefined ? [] : [this.#looking])];
    this.#pipeline.closeGroup((): CursorPlace => {
      // What the segments so far have failed to capture is known by now.
      const again = [...new Set([...waiting, ...this.#looks.paths])];
      return {
        after,
        ...(again.length > 0 && { again }),
        ...(this.#unreadable.length > 0 && { unreadable: [...this.#unreadable] }),
        ...(this.#unread !== undefined && { unread: this.#unread }),
        ...(runningOn !== undefined && {
          open: { entry: runningOn.entry, from, pieces: [...runningOn.pieces] },
        }),
      };
    }, last);
  }

  /** Called in the order of segments, so that a file's pieces are all there when its last one is. */
  #yieldOf(segment: number, draft: Draft, output: SealFilesOutput): SegmentYield {
    const skipped = [...draft.skipped, ...this.#told(output.problems)];
    const lines: Uint8Array[] = [];
    let { entries, sourceBytes } = output;
    let whole = entries - draft.folders;
    if (draft.leadFile !== undefined && output.lead !== undefined) {
      const file = draft.leadFile;
      file.placed(segment, output.lead);
      sourceBytes += output.lead.bytes;
      if (draft.lead?.ends === true) {
        const { change, unreadable } = file.end;
        this.#close(file);
        if (unreadable) this.#unreadable.push(file.entry.path);
        else whole += 1;
        if (change !== undefined) skipped.push(skippedOf(file.entry.path, change));
        lines.push(lineOf(file, change !== undefined));
        entries += 1;
      }
    }
    lines.push(output.lines);
    if (draft.trailFile !== undefined && output.trail !== undefined) {
      draft.trailFile.placed(segment, output.trail);
      sourceBytes += output.trail.bytes;
    }
    this.#unread = whole > 0 ? undefined : withUnread(this.#unread, skipped.slice(draft.specials));
    return { sealed: output, lines, entries, sourceBytes, skipped };
  }

  /** Those that people are told of. The others are looked at once more. */
  #told(problems: readonly EntryProblem[]): Skipped[] {
    const told: Skipped[] = [];
    for (const { path, kind, reason, linked, size } of problems) {
      if (kind !== 'changed' && linked === true) this.#failed.add(path);
      if (kind === 'again') this.#looks.add(path, size);
      else told.push(skippedOf(path, reason));
    }
    return told;
  }

  #close(file: OpenFile): void {
    this.#open.delete(file);
    file.close();
  }
}

/** Whether the file that was opened is the one of an entry. */
const isIn = ({ path, seen }: TreeEntry, stats: BigIntStats): boolean => {
  const now = walkedEntry(path, 'file', stats, '').seen;
  return stats.isFile() && (seen === undefined || (now !== undefined && isSeenStill(seen, now)));
};

const withUnread = (before: Unread | undefined, [first, ...more]: readonly Skipped[]): Unread | undefined =>
  before === undefined || first === undefined
    ? before
    : { count: before.count + 1 + more.length, first: before.first ?? first };

const lineOf = (file: OpenFile, changed: boolean): Buffer => {
  const [first] = file.pieces;
  const { segment = 1, offset = 0 } = first ?? {};
  return Buffer.from(
    contentsLine(file.entry, file.entry.type, { segment, offset, pieces: file.pieces, changed }),
    'utf8',
  );
};

/**
 * Captures a tree into members for `sink`, from the beginning or from a cursor. What is read is what `items` have seen, or,
 * where something else has taken its place, what is there in the end; nothing outside the tree is opened.
 * Files that vanish or cannot be read are left out and named; files that change while they are read are kept, marked
 * and named. Throws what `sink` or `items` throw, the signal's reason when aborted, and errors of the machine.
 */
export const captureTree = async (options: CaptureTreeOptions): Promise<CaptureOutcome> => {
  const cursor = parseCursor(options.cursor);
  using root = openTree(options.root);
  const { path, descriptor } = root;
  return await new TreeCapture(options, cursor, { path, descriptor }).run(cursor);
};
