/** Captures one stream of bytes of unknown length, such as a database dump: layout `stream`. */

import { contentsLine, type PlacedPiece } from '../contents/contents-line.ts';
import { streamNameSchema } from '../format.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { CapturePipeline, type SegmentSlot } from './capture-pipeline.ts';
import { type CaptureOptions, type CaptureOutcome, startOfCapture } from './capture-sink.ts';

export interface CaptureStreamOptions extends Omit<CaptureOptions, 'cursor'> {
  /** The stream's name in the archive, such as `database.dump`. */
  readonly stream: string;
  readonly content: AsyncIterable<Uint8Array>;
  /** When the stream began. @default now */
  readonly mtime?: Date;
}

class StreamCapture {
  readonly #options: CaptureStreamOptions;
  readonly #pipeline: CapturePipeline;
  readonly #pieces: PlacedPiece[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #segment = 0;
  #size = 0;

  constructor(options: CaptureStreamOptions) {
    this.#options = options;
    this.#pipeline = new CapturePipeline(options, startOfCapture, options.stream);
  }

  async run(): Promise<CaptureOutcome> {
    try {
      await this.#cut();
      this.#pipeline.closeGroup(() => ({ after: '' }), true);
    } catch (error) {
      this.#pipeline.fail(error);
    }
    try {
      return await this.#pipeline.end();
    } finally {
      await Promise.allSettled(this.#running);
    }
  }

  /**
   * Cuts the stream into segments. A full segment is held back until it is known whether it is the last one: the last
   * one's line says the stream's size.
   */
  async #cut(): Promise<void> {
    const { segmentBytes } = this.#options;
    let slot = await this.#pipeline.slot();
    let plain = this.#plainOf(slot);
    let used = 0;
    for await (const chunk of this.#pipeline.untilFailure(this.#options.content)) {
      for (let from = 0; from < chunk.length; ) {
        if (used === segmentBytes) {
          this.#submit(slot, used, false);
          slot = await this.#pipeline.slot();
          plain = this.#plainOf(slot);
          used = 0;
        }
        const bytes = Math.min(chunk.length - from, segmentBytes - used);
        plain.set(chunk.subarray(from, from + bytes), used);
        used += bytes;
        from += bytes;
      }
    }
    this.#submit(slot, used, true);
  }

  #plainOf({ input, plainAt }: SegmentSlot): Uint8Array {
    return new Uint8Array(input.buffer, plainAt, this.#options.segmentBytes);
  }

  #submit(slot: SegmentSlot, plainBytes: number, last: boolean): void {
    this.#segment += 1;
    this.#size += plainBytes;
    const segment = this.#segment;
    const sealed = this.#options.pool.run('seal-bytes', {
      ...slot.input,
      plainAt: slot.plainAt,
      plainBytes,
      ranges: Float64Array.of(0, plainBytes),
    });
    this.#running.add(sealed);
    const settled = (): boolean => this.#running.delete(sealed);
    sealed.then(settled, settled);
    const yielded = sealed.then((output) => () => {
      this.#pieces.push({ segment, offset: 0, bytes: plainBytes, sha256: output.sha256s[0] ?? '' });
      return {
        sealed: output,
        lines: last ? [this.#line()] : [],
        entries: last ? 1 : 0,
        sourceBytes: plainBytes,
        skipped: [],
      };
    });
    this.#pipeline.submit(slot, yielded, this.#options.stream);
  }

  #line(): Buffer {
    const milliseconds = (this.#options.mtime ?? new Date()).getTime();
    const seconds = Math.floor(milliseconds / 1000);
    const entry: TarEntry = {
      path: this.#options.stream,
      type: 'file',
      mode: 0o600,
      uid: 0,
      gid: 0,
      size: this.#size,
      mtimeSeconds: seconds,
      mtimeNanoseconds: (milliseconds - seconds * 1000) * 1_000_000,
      link: '',
    };
    const [first] = this.#pieces;
    const content = this.#pieces.length === 1 ? { sha256: first?.sha256 } : { pieces: this.#pieces };
    return Buffer.from(contentsLine(entry, 'stream', { segment: 1, offset: 0, ...content }), 'utf8');
  }
}

/**
 * Captures `content` into members for `sink`, from beginning to end. A capture of a stream cannot be continued by
 * another call; its one checkpoint is at its end.
 *
 * @throws what `content` and `sink` throw, and the signal's reason when aborted; the stream's iterator is then closed.
 */
export const captureStream = async (options: CaptureStreamOptions): Promise<CaptureOutcome> => {
  streamNameSchema.parse(options.stream);
  return new StreamCapture(options).run();
};
