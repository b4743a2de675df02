/**
 * Captures entries whose content comes from outside the file system: objects of a store, items of a table. The tar is
 * put together on this thread; compression, encryption and hashing happen on the pool's.
 */

import { contentsLine, type PlacedPiece } from '../contents/contents-line.ts';
import { MAX_CONTENTS_SEGMENTS } from '../format.ts';
import { type ByteString, byteStringOf } from '../tar/byte-string.ts';
import { TAR_BLOCK_BYTES, TAR_END_BYTES, type TarEntry, tarPaddingBytes } from '../tar/tar-entry.ts';
import { tarHeaderBytes, writeTarHeader } from '../tar/tar-writer.ts';
import type { SealBytesOutput } from '../threads/segment-jobs.ts';
import { CapturePipeline, type SegmentSlot } from './capture-pipeline.ts';
import { type CaptureCursor, type CaptureOutcome, parseCursor } from './capture-sink.ts';
import type { CapturedEntry, CaptureEntriesOptions } from './captured-entry.ts';
import { ContentLost } from './content-lost.ts';
import { GroupMeter } from './group-meter.ts';

interface OpenEntry {
  readonly entry: TarEntry;
  readonly type: string;
  readonly pieces: PlacedPiece[];
  from: number;
  /** Whether zeros replace part of the content. */
  lost: boolean;
}

/** Zeros that replace lost content. */
const ZEROS = new Uint8Array(256 * 1024);

/** Content that lies in the present segment: a piece of `open`, the last one if `ends`. */
interface Part {
  readonly open: OpenEntry;
  readonly offset: number;
  readonly bytes: number;
  readonly ends: boolean;
}

class EntriesCapture {
  readonly #options: CaptureEntriesOptions;
  readonly #pipeline: CapturePipeline;
  readonly #capacity: number;
  readonly #meter: GroupMeter;
  readonly #running = new Set<Promise<unknown>>();
  #segment: number;
  #after: ByteString;
  #alone: OpenEntry | undefined;
  #slot: SegmentSlot | undefined;
  #plain: Buffer = Buffer.alloc(0);
  #used = 0;
  #parts: Part[] = [];

  constructor(options: CaptureEntriesOptions, cursor: CaptureCursor) {
    this.#options = options;
    this.#meter = new GroupMeter(() => options.sink.stopsNext?.() ?? false);
    this.#pipeline = new CapturePipeline(options, cursor);
    this.#segment = cursor.segments;
    this.#after = cursor.after;
    const blocks = Math.floor((options.segmentBytes - TAR_END_BYTES) / TAR_BLOCK_BYTES);
    this.#capacity = blocks * TAR_BLOCK_BYTES;
  }

  async run({ after, open }: CaptureCursor): Promise<CaptureOutcome> {
    try {
      const entries = this.#options.entries({
        after: textOf(after),
        ...(open === undefined ? {} : { open: textOf(open.entry.path) }),
      });
      let goOn = open;
      for await (const captured of this.#pipeline.untilFailure(entries)) {
        const entry = goOn?.entry ?? tarEntryOf(captured);
        const { from, pieces, lost = false } = goOn ?? { from: 0, pieces: [] };
        await this.#add({ entry, type: captured.type, from, pieces: [...pieces], lost }, captured);
        goOn = undefined;
      }
      await this.#endSegment(true);
    } catch (error) {
      this.#pipeline.fail(error);
    }
    try {
      return await this.#pipeline.end();
    } finally {
      await Promise.allSettled(this.#running);
    }
  }

  get #room(): number {
    return this.#capacity - this.#used;
  }

  async #add(open: OpenEntry, { content }: CapturedEntry): Promise<void> {
    const { entry } = open;
    if (open.from > 0) this.#alone = open;
    else await this.#addHeader(open);
    await this.#ready();
    if (entry.size === 0) this.#parts.push({ open, offset: this.#used, bytes: 0, ends: true });
    if (!open.lost) await this.#takeAll(open, content);
    while (open.lost && open.from < entry.size) {
      this.#options.signal?.throwIfAborted();
      await this.#take(open, ZEROS.subarray(0, Math.min(ZEROS.length, entry.size - open.from)));
    }
    if (open.from !== entry.size) {
      throw new Error(
        `${textOf(entry.path)} has ${open.from} bytes, and ${entry.size} were announced; try again`,
      );
    }
    const padding = tarPaddingBytes(entry.size);
    this.#plain.fill(0, this.#used, this.#used + padding);
    this.#used += padding;
    this.#alone = undefined;
  }

  async #takeAll(open: OpenEntry, content: CapturedEntry['content']): Promise<void> {
    const stream = content instanceof Uint8Array ? [content.subarray(open.from)] : content(open.from);
    try {
      for await (const chunk of this.#pipeline.untilFailure(asAsync(stream))) await this.#take(open, chunk);
    } catch (thrown) {
      if (!(thrown instanceof ContentLost)) throw thrown;
      open.lost = true;
    }
  }

  async #addHeader(open: OpenEntry): Promise<void> {
    const { entry } = open;
    const header = tarHeaderBytes(entry);
    const huge = header + entry.size > MAX_CONTENTS_SEGMENTS * this.#capacity;
    if (this.#meter.full || huge || header + Math.min(entry.size, TAR_BLOCK_BYTES) > this.#room) {
      await this.#endSegment(false);
    }
    if (huge) {
      if (!this.#meter.empty) this.#closeGroup(undefined, false);
      this.#alone = open;
    }
    this.#meter.addEntry(entry.path.length);
    this.#after = entry.path;
    await this.#ready();
    this.#used = writeTarHeader(entry, this.#plain, this.#used);
  }

  async #take(open: OpenEntry, chunk: Uint8Array): Promise<void> {
    if (open.from + chunk.length > open.entry.size) {
      throw new Error(
        `${textOf(open.entry.path)} has more than the ${open.entry.size} bytes that were announced; try again`,
      );
    }
    for (let at = 0; at < chunk.length; ) {
      if (this.#room === 0) await this.#endSegment(false, open);
      await this.#ready();
      const bytes = Math.min(chunk.length - at, this.#room);
      this.#plain.set(chunk.subarray(at, at + bytes), this.#used);
      open.from += bytes;
      this.#addPart(open, bytes);
      this.#used += bytes;
      at += bytes;
    }
  }

  /** Records a chunk of content. Chunks of the same entry in the same segment make one part. */
  #addPart(open: OpenEntry, bytes: number): void {
    const ends = open.from === open.entry.size;
    const before = this.#parts.at(-1);
    if (before?.open === open) {
      this.#parts[this.#parts.length - 1] = { ...before, bytes: before.bytes + bytes, ends };
    } else this.#parts.push({ open, offset: this.#used, bytes, ends });
  }

  async #ready(): Promise<void> {
    if (this.#slot !== undefined) return;
    this.#slot = await this.#pipeline.slot();
    this.#plain = Buffer.from(this.#slot.input.buffer, this.#slot.plainAt, this.#options.segmentBytes);
  }

  async #endSegment(last: boolean, runningOn?: OpenEntry): Promise<void> {
    if (!last && this.#used === 0) return;
    await this.#ready();
    const slot = this.#slot;
    if (slot === undefined) return;
    if (last && (this.#options.endsTar ?? true)) {
      this.#plain.fill(0, this.#used, this.#used + TAR_END_BYTES);
      this.#used += TAR_END_BYTES;
    }
    const parts = this.#parts;
    this.#segment += 1;
    const segment = this.#segment;
    const sealed = this.#options.pool.run('seal-bytes', {
      ...slot.input,
      plainAt: slot.plainAt,
      plainBytes: this.#used,
      ranges: Float64Array.from(parts.flatMap(({ offset, bytes }) => [offset, bytes])),
    });
    this.#running.add(sealed);
    const settled = (): boolean => this.#running.delete(sealed);
    sealed.then(settled, settled);
    this.#pipeline.submit(
      slot,
      sealed.then((output) => () => yieldOf(segment, parts, output)),
      textOf(this.#after),
    );
    this.#slot = undefined;
    this.#used = 0;
    this.#parts = [];
    this.#meter.addSegment();
    const listable = runningOn === undefined || runningOn === this.#alone;
    if (last || (this.#meter.due && listable)) this.#closeGroup(runningOn, last);
  }

  #closeGroup(runningOn: OpenEntry | undefined, last: boolean): void {
    this.#meter.reset();
    const after = this.#after;
    const from = runningOn?.from ?? 0;
    const lost = runningOn?.lost ?? false;
    this.#pipeline.closeGroup(
      () =>
        runningOn === undefined
          ? { after }
          : {
              after,
              open: {
                entry: runningOn.entry,
                from,
                pieces: [...runningOn.pieces],
                ...(lost && { lost }),
              },
            },
      last,
    );
  }
}

const textOf = (path: ByteString): string => Buffer.from(path, 'latin1').toString('utf8');

async function* asAsync<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  yield* items;
}

const tarEntryOf = ({ path, size, mtime, mode = 0o644 }: CapturedEntry): TarEntry => {
  const milliseconds = mtime.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  return {
    path: byteStringOf(path),
    type: 'file',
    mode,
    uid: 0,
    gid: 0,
    size,
    mtimeSeconds: seconds,
    mtimeNanoseconds: (milliseconds - seconds * 1000) * 1_000_000,
    link: '',
  };
};

const yieldOf = (segment: number, parts: readonly Part[], output: SealBytesOutput) => {
  let lines = '';
  let entries = 0;
  let sourceBytes = 0;
  for (const [index, { open, offset, bytes, ends }] of parts.entries()) {
    open.pieces.push({ segment, offset, bytes, sha256: output.sha256s[index] ?? '' });
    sourceBytes += bytes;
    if (!ends) continue;
    const [first] = open.pieces;
    const placed = { segment: first?.segment ?? segment, offset: first?.offset ?? offset };
    const content = open.pieces.length === 1 ? { sha256: first?.sha256 } : { pieces: open.pieces };
    lines += contentsLine(open.entry, open.type, { ...placed, ...content, changed: open.lost });
    entries += 1;
  }
  return { sealed: output, lines: [Buffer.from(lines, 'utf8')], entries, sourceBytes, skipped: [] };
};

/**
 * Captures entries into members for `sink`, from the beginning or from a cursor.
 *
 * @throws what `entries`, a content or `sink` throws, an `Error` for content whose length is not the announced one, and
 * the signal's reason when aborted.
 */
export const captureEntries = (options: CaptureEntriesOptions): Promise<CaptureOutcome> => {
  const cursor = parseCursor(options.cursor);
  return new EntriesCapture(options, cursor).run(cursor);
};
