/**
 * Segments are sealed side by side and leave in order. The pipeline keeps that order, the bounded number of buffers,
 * the contents lines of finished segments, and the checkpoints.
 */
import type { KeyObject } from 'node:crypto';
import { makeAgePrefix } from '../age/age-header.ts';
import type { Skipped } from '../format.ts';
import { NAMED_SKIPPED } from '../manifest-bounds.ts';
import { contentsName, segmentName } from '../member-names.ts';
import { newAbortFlag, raise } from '../threads/abort-flag.ts';
import { makeSegmentBuffer, segmentBufferLayout } from '../threads/segment-buffer.ts';
import type { SealedMember, SealInput } from '../threads/segment-jobs.ts';
import type { CaptureCursor, CaptureOptions, CaptureOutcome } from './capture-sink.ts';
import { DEFAULT_COMPRESSION_LEVEL } from './capture-sink.ts';

/** What a sealed segment adds to its group. */
export interface SegmentYield {
  readonly sealed: SealedMember;
  /** Contents lines of the entries that end in this segment. */
  readonly lines: readonly Uint8Array[];
  readonly entries: number;
  readonly sourceBytes: number;
  readonly skipped: readonly Skipped[];
}

/** A buffer, of which there are few and each is used again. */
export interface SegmentSlot {
  readonly input: SealInput;
  readonly plainAt: number;
}

/** The part of a cursor that only the maker of segments knows. */
export type CursorPlace = Pick<CaptureCursor, 'after' | 'open' | 'again' | 'unreadable' | 'unread'>;

interface Group {
  lines: Uint8Array[];
  entries: number;
  sourceBytes: number;
  skipped: Skipped[];
  skippedCount: number;
}

const emptyGroup = (): Group => ({ lines: [], entries: 0, sourceBytes: 0, skipped: [], skippedCount: 0 });

/** Thrown inside a capture when a checkpoint said `stop`: members that have not left yet are dropped. */
class Stopped extends Error {}

export class CapturePipeline {
  readonly #options: CaptureOptions;
  readonly #stem: string;
  readonly #level: number;
  readonly #abort = newAbortFlag();
  readonly #free: SharedArrayBuffer[] = [];
  #contentsBuffer = new SharedArrayBuffer(0);
  #buffers = 0;
  readonly #waiting: ((buffer: SharedArrayBuffer) => void)[] = [];
  #chain: Promise<void> = Promise.resolve();
  #failure: unknown;
  #failed = false;
  /** Callbacks of those who wait for something; called when the capture fails first. */
  readonly #waiters = new Set<(error: unknown) => void>();
  #segments: number;
  #contents: number;
  #listedSegments: number;
  #group = emptyGroup();
  #total = { sourceBytes: 0, entries: 0, skippedCount: 0 };
  readonly #onAbort = (): void => this.#failWith(this.#options.signal?.reason);

  constructor(options: CaptureOptions, cursor: CaptureCursor, stem = 'tar') {
    options.pool.start();
    this.#options = options;
    this.#stem = stem;
    this.#level = options.level ?? DEFAULT_COMPRESSION_LEVEL;
    this.#segments = cursor.segments;
    this.#contents = cursor.contents;
    this.#listedSegments = cursor.listedSegments;
    options.signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal?.aborted === true) this.#onAbort();
  }

  #failWith(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#failure = error;
    raise(this.#abort);
    for (const reject of this.#waiters) reject(error);
    this.#waiters.clear();
  }

  /**
   * Waits for `work`, unless the capture fails first. Not by `Promise.race` against one long-lived promise: that would
   * hold the result of every race, so the whole stream, until the capture's end.
   */
  #orFailure<T>(work: Promise<T>): Promise<T> {
    if (this.#failed) {
      work.catch(() => {});
      return Promise.reject(this.#failure);
    }
    return new Promise((resolve, reject) => {
      this.#waiters.add(reject);
      const forget = (): boolean => this.#waiters.delete(reject);
      work.then(resolve, reject).then(forget, forget);
    });
  }

  /** Yields the items of `source`. As soon as the capture has failed, closes `source` and throws the failure. */
  async *untilFailure<T>(source: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const items = source[Symbol.asyncIterator]();
    let ended = false;
    try {
      for (;;) {
        const next = await this.#orFailure(items.next());
        if (next.done === true) {
          ended = true;
          return;
        }
        yield next.value;
      }
    } finally {
      // Not awaited: a source that hangs must not keep a cancelled capture from its end.
      if (!ended) items.return?.()?.catch(() => {});
    }
  }

  /** Waits for a free buffer, and returns it with a fresh age key. Rejects when the capture has failed. */
  async slot(): Promise<SegmentSlot> {
    const { recipient, segmentBytes } = this.#options;
    const age = makeAgePrefix([recipient]);
    const buffer = await this.#orFailure(this.#buffer());
    const { framesAt, plainAt } = segmentBufferLayout(segmentBytes);
    return { plainAt, input: { ...this.#sealWith(await age), buffer, framesAt } };
  }

  /** The same buffer with a fresh age key, to be filled with something else: an age key seals one thing only. */
  async again({ plainAt, input }: SegmentSlot): Promise<SegmentSlot> {
    const age = await makeAgePrefix([this.#options.recipient]);
    return { plainAt, input: { ...input, ...this.#sealWith(age) } };
  }

  #sealWith({ prefix, payloadKey }: { prefix: Uint8Array; payloadKey: KeyObject }) {
    return { prefix, payloadKey, level: this.#level, abort: this.#abort };
  }

  #buffer(): Promise<SharedArrayBuffer> {
    const free = this.#free.pop();
    if (free !== undefined) return Promise.resolve(free);
    // One buffer more than there are threads, so that all threads work while one segment leaves.
    if (this.#buffers <= this.#options.pool.size) {
      this.#buffers += 1;
      return Promise.resolve(makeSegmentBuffer(this.#options.segmentBytes));
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #release(buffer: SharedArrayBuffer): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(buffer);
    else next(buffer);
  }

  /**
   * Hands in a segment that is being sealed into `slot`. Segments leave in the order of these calls, and `sealing`'s
   * function is called in that order, too.
   */
  submit(
    slot: SegmentSlot,
    sealing: Promise<() => SegmentYield | Promise<SegmentYield>>,
    path: string,
  ): void {
    sealing.catch((error) => this.#failWith(error));
    this.#then(async () => {
      const done = await this.#orFailure(sealing);
      await this.#emitSegment(slot, await this.#orFailure(Promise.resolve(done())));
      this.#release(slot.input.buffer);
      this.#options.sink.progress({ ...this.#total, path });
    });
  }

  /** Writes contents and a checkpoint after the segments handed in so far. `cursor` is called when they have left. */
  closeGroup(cursor: () => CursorPlace, last = false): void {
    this.#then(() => this.#closeGroup(cursor, last));
  }

  #then(step: () => Promise<void>): void {
    this.#chain = this.#chain
      .then(async () => {
        if (this.#failed) throw this.#failure;
        await step();
      })
      .catch((error) => this.#failWith(error));
  }

  async #emitSegment(slot: SegmentSlot, done: SegmentYield): Promise<void> {
    this.#segments += 1;
    const { size, sha256, plainBytes } = done.sealed;
    const name = segmentName(this.#options.component, this.#segments, this.#stem);
    const bytes = new Uint8Array(slot.input.buffer, 0, size);
    await this.#options.sink.emit({ member: { name, size, sha256, plainBytes }, bytes: [bytes] });
    const group = this.#group;
    for (const lines of done.lines) if (lines.length > 0) group.lines.push(lines);
    group.entries += done.entries;
    group.sourceBytes += done.sourceBytes;
    group.skippedCount += done.skipped.length;
    group.skipped.push(...done.skipped.slice(0, NAMED_SKIPPED - group.skipped.length));
    this.#total.entries += done.entries;
    this.#total.sourceBytes += done.sourceBytes;
    this.#total.skippedCount += done.skipped.length;
  }

  async #closeGroup(cursor: () => CursorPlace, last: boolean): Promise<void> {
    const { lines, ...group } = this.#group;
    this.#group = emptyGroup();
    // A group in the middle of one large file has no lines yet; the last group lists all that is left.
    if (lines.length > 0 || last) await this.#emitContents(lines, group.entries);
    const at = {
      segments: this.#segments,
      contents: this.#contents,
      listedSegments: this.#listedSegments,
    };
    const answer = await this.#options.sink.checkpoint({ ...group, cursor: { ...at, ...cursor() } });
    // After the last group there is nothing left to go on with, so `stop` means nothing.
    if (answer === 'stop' && !last) throw new Stopped();
  }

  async #emitContents(lines: readonly Uint8Array[], entries: number): Promise<void> {
    const plainBytes = lines.reduce((sum, { length }) => sum + length, 0);
    const { framesAt, plainAt, totalBytes } = segmentBufferLayout(plainBytes);
    // One contents member is made at a time, so each uses this memory again.
    if (this.#contentsBuffer.byteLength < totalBytes) this.#contentsBuffer = makeSegmentBuffer(plainBytes);
    const buffer = this.#contentsBuffer;
    const plain = new Uint8Array(buffer, plainAt, plainBytes);
    let at = 0;
    for (const piece of lines) {
      plain.set(piece, at);
      at += piece.length;
    }
    const age = await makeAgePrefix([this.#options.recipient]);
    const { size, sha256 } = await this.#options.pool.run('seal-bytes', {
      ...this.#sealWith(age),
      buffer,
      framesAt,
      plainAt,
      plainBytes,
      ranges: new Float64Array(0),
    });
    this.#contents += 1;
    const firstSegment = this.#listedSegments + 1;
    this.#listedSegments = this.#segments;
    await this.#options.sink.emit({
      member: {
        name: contentsName(this.#options.component, this.#contents),
        size,
        sha256,
        plainBytes,
        entries,
        firstSegment,
        lastSegment: this.#segments,
      },
      bytes: [new Uint8Array(buffer, 0, size)],
    });
  }

  /** Waits until all members handed in have left. @throws what made the capture fail */
  async drained(): Promise<void> {
    await this.#chain;
    if (this.#failed) throw this.#failure;
  }

  /**
   * Waits until all members handed in have left.
   *
   * @throws what made the capture fail; the signal's reason when aborted
   */
  async end(): Promise<CaptureOutcome> {
    await this.#chain;
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    if (this.#failed && !(this.#failure instanceof Stopped)) throw this.#failure;
    return { done: !this.#failed, ...this.#total };
  }

  /** Gives up; the side that makes segments calls this. `end` throws the error, unless something else failed before. */
  fail(error: unknown): void {
    this.#failWith(error);
  }
}
