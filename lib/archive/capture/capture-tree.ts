/**
 * Captures a directory tree: entries are packed, in the order they come, into segments by their sizes; workers read,
 * compress and seal the segments side by side. What a segment holds depends on the tree alone, not on timing.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { contentsLine } from '../container/contents-line.ts';
import { MAX_CONTENTS_SEGMENTS, type Skipped } from '../format.ts';
import { EntryRunBuilder } from '../segments/entry-run.ts';
import { unreadableReason } from '../segments/seal-files.ts';
import type { FilePiece, SealFilesOutput } from '../segments/segment-jobs.ts';
import { type ByteString, fileSystemPath } from '../tar/byte-string.ts';
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
} from './capture.ts';
import { CapturePipeline, type CursorPlace, type SegmentYield } from './capture-pipeline.ts';
import { GroupMeter } from './group-meter.ts';
import { OpenFile } from './open-file.ts';

/** Something that the walk met and does not capture. */
export interface SkippedItem {
  readonly path: ByteString;
  readonly reason: string;
}
export type TreeItem = TarEntry | SkippedItem;

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
  readonly skipped: Skipped[] = [];
  lead: (FilePiece & { ends: boolean }) | undefined;
  leadFile: OpenFile | undefined;
  trail: FilePiece | undefined;
  trailFile: OpenFile | undefined;
  bytes = 0;
}

class TreeCapture {
  readonly #options: CaptureTreeOptions;
  readonly #pipeline: CapturePipeline;
  readonly #capacity: number;
  readonly #meter = new GroupMeter();
  readonly #running = new Set<Promise<unknown>>();
  readonly #open = new Set<OpenFile>();
  #segment: number;
  #draft = new Draft();
  #last: ByteString;
  /** The one file that the present group holds or goes on with, as long as there is no other entry before its end. */
  #alone: OpenFile | undefined;

  constructor(options: CaptureTreeOptions, cursor: CaptureCursor) {
    this.#options = options;
    this.#pipeline = new CapturePipeline(options, cursor);
    this.#segment = cursor.segments;
    this.#last = cursor.after;
    // The end blocks fit into every segment: which one is the last shows only afterwards.
    const blocks = Math.floor((options.segmentBytes - TAR_END_BYTES) / TAR_BLOCK_BYTES);
    this.#capacity = blocks * TAR_BLOCK_BYTES;
  }

  async run(cursor: CaptureCursor): Promise<CaptureOutcome> {
    try {
      if (cursor.open !== undefined) await this.#goOn(cursor.open);
      let turn = 0;
      for (const item of this.#options.items) {
        turn += 1;
        if (turn % ENTRIES_PER_TURN === 0) await new Promise(setImmediate);
        if (cursor.after !== '' && this.#options.isAtOrBefore(item.path, cursor.after)) continue;
        if ('reason' in item) this.#draft.skipped.push(skippedOf(item.path, item.reason));
        else await this.#add(item);
      }
      await this.#endSegment(true);
    } catch (error) {
      this.#pipeline.fail(error);
    }
    try {
      return await this.#pipeline.end();
    } finally {
      // Workers may still read from these descriptors; an aborted job ends within a block.
      await Promise.allSettled(this.#running);
      for (const { descriptor } of this.#open) closeSync(descriptor);
    }
  }

  get #room(): number {
    return this.#capacity - this.#draft.bytes;
  }

  async #add(entry: TarEntry): Promise<void> {
    const header = tarHeaderBytes(entry);
    const content = tarContentBytes(entry.size);
    if (this.#meter.full) await this.#endSegment(false);
    if (header + content > this.#room) {
      const small = header + content <= this.#capacity / WHOLE_SHARE;
      if (small || header + entry.size / WHOLE_SHARE > this.#room) {
        if (this.#draft.bytes > 0) await this.#endSegment(false);
      }
    }
    if (header + content <= this.#room) {
      this.#draft.run.add(entry);
      this.#draft.bytes += header + content;
      this.#counted(entry);
    } else await this.#addLarge(entry);
  }

  #counted(entry: TarEntry): void {
    this.#meter.addEntry(entry.path.length + entry.link.length);
    this.#last = entry.path;
  }

  async #addLarge(entry: TarEntry): Promise<void> {
    const file = this.#openLarge(entry);
    if (file === undefined) return;
    const header = tarHeaderBytes(entry);
    // Contents list an entry in the group where it ends, and a group is listed as a whole: a file that is longer than
    // a group starts one, so that groups can close, and captures stop, in its middle.
    if (header + entry.size > MAX_CONTENTS_SEGMENTS * this.#capacity) {
      await this.#endSegment(false);
      if (!this.#meter.empty) this.#closeGroup(this.#last, undefined, false);
      this.#alone = file;
    }
    this.#counted(entry);
    const bytes = Math.min(this.#room - header, file.entry.size);
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

  /** The header must not say more than there is, so the size is taken from the file once it is open. */
  #openLarge(entry: TarEntry): OpenFile | undefined {
    const path = fileSystemPath(`${this.#options.root}/${entry.path}`);
    let descriptor: number;
    try {
      descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      this.#draft.skipped.push(skippedOf(entry.path, unreadableReason(error)));
      return undefined;
    }
    const file = new OpenFile(entry, descriptor, 0, []);
    this.#open.add(file);
    return file;
  }

  /** Goes on with the file that the call before this one was in the middle of. Its size is promised in the header. */
  async #goOn({ entry, from, pieces }: OpenFileCursor): Promise<void> {
    const path = fileSystemPath(`${this.#options.root}/${entry.path}`);
    const file = new OpenFile(entry, openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW), from, pieces);
    this.#open.add(file);
    this.#alone = file;
    await this.#addRest(file);
  }

  async #endSegment(endsTar: boolean, runningOn?: OpenFile): Promise<void> {
    const draft = this.#draft;
    if (!endsTar && draft.bytes === 0) return;
    this.#draft = new Draft();
    this.#segment += 1;
    const segment = this.#segment;
    const slot = await this.#pipeline.slot();
    const sealed = this.#options.pool.run('seal-files', {
      ...slot.input,
      root: this.#options.root,
      segment,
      lead: draft.lead,
      run: draft.run.build(),
      trail: draft.trail,
      endsTar,
    });
    this.#running.add(sealed);
    const settled = (): boolean => this.#running.delete(sealed);
    sealed.then(settled, settled);
    const yielded = sealed.then((output) => () => this.#yieldOf(segment, draft, output));
    this.#pipeline.submit(slot, yielded, this.#last);
    this.#meter.addSegment();
    const listable = runningOn === undefined || runningOn === this.#alone;
    if (endsTar || (this.#meter.due && listable)) this.#closeGroup(this.#last, runningOn, endsTar);
  }

  #closeGroup(after: ByteString, runningOn: OpenFile | undefined, last: boolean): void {
    this.#meter.reset();
    const from = runningOn?.from ?? 0;
    this.#pipeline.closeGroup(
      (): CursorPlace =>
        runningOn === undefined
          ? { after }
          : { after, open: { entry: runningOn.entry, from, pieces: [...runningOn.pieces] } },
      last,
    );
  }

  /** Called in the order of segments, so that a file's pieces are all there when its last one is. */
  #yieldOf(segment: number, draft: Draft, output: SealFilesOutput): SegmentYield {
    const skipped = [...draft.skipped, ...output.problems.map(({ path, reason }) => skippedOf(path, reason))];
    const lines: Uint8Array[] = [];
    let { entries, sourceBytes } = output;
    if (draft.leadFile !== undefined && output.lead !== undefined) {
      const file = draft.leadFile;
      file.placed(segment, output.lead);
      sourceBytes += output.lead.bytes;
      if (draft.lead?.ends === true) {
        const change = this.#close(file);
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
    return { sealed: output, lines, entries, sourceBytes, skipped };
  }

  #close(file: OpenFile): string | undefined {
    const { change } = file;
    this.#open.delete(file);
    closeSync(file.descriptor);
    return change;
  }
}

const lineOf = (file: OpenFile, changed: boolean): Buffer => {
  const [first] = file.pieces;
  const { segment = 1, offset = 0 } = first ?? {};
  return Buffer.from(
    contentsLine(file.entry, file.entry.type, { segment, offset, pieces: file.pieces, changed }),
    'utf8',
  );
};

/**
 * Captures a tree into members for `sink`, from the beginning or from a cursor.
 * Files that vanish or cannot be read are left out and named; files that change while they are read are kept, marked
 * and named. Throws what `sink` or `items` throw, the signal's reason when aborted, and errors of the machine.
 */
export const captureTree = (options: CaptureTreeOptions): Promise<CaptureOutcome> => {
  const cursor = parseCursor(options.cursor);
  return new TreeCapture(options, cursor).run(cursor);
};
