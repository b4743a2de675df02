/** What the capture of objects adds to what the engine tells the sink: what was left out, and which large object is open. */
import * as z from 'zod';
import type { CaptureSink } from '../../archive/capture/capture.ts';
import type { Skipped } from '../../archive/format.ts';
import type { S3Settings } from '../../model/config.ts';
import type { ListedObject } from '../../ports/bucket-store.ts';
import type { CaptureTask } from '../component-kind.ts';
import { logLeftOut, MAX_NAMED } from '../left-out.ts';

export const tallySchema = z.object({
  /** Entries that are in the archive for good, of all calls. */
  entries: z.number(),
  leftOut: z.number(),
  /** Of the first that was left out. */
  reason: z.string(),
});
export type Tally = z.infer<typeof tallySchema>;

/** What our cursors hold beside the engine's. */
export const positionSchema = z.object({
  tally: tallySchema.default({ entries: 0, leftOut: 0, reason: '' }),
  /** The large object in whose middle, or before which, the last call stopped. */
  object: z
    .object({
      key: z.string(),
      bytes: z.number(),
      modifiedAt: z.coerce.date(),
      etag: z.string(),
      versionId: z.string().optional(),
    })
    .optional(),
});

export class ObjectSink implements CaptureSink {
  readonly #sink: CaptureSink;
  readonly #log: (skipped: Skipped) => void;
  readonly #skipped: Skipped[] = [];
  readonly #large = new Map<string, ListedObject>();
  #tally: Tally;
  readonly emit: CaptureSink['emit'];
  readonly progress: CaptureSink['progress'];
  readonly stopsNext: () => boolean;

  constructor({ sink, log, cursor }: Pick<CaptureTask<S3Settings>, 'sink' | 'log' | 'cursor'>) {
    this.#sink = sink;
    this.#log = logLeftOut(log);
    this.#tally = positionSchema.parse(cursor ?? {}).tally;
    this.emit = (member) => sink.emit(member);
    this.progress = (done) => sink.progress(done);
    this.stopsNext = () => sink.stopsNext?.() ?? false;
  }

  /** Of all calls, to the last checkpoint. */
  get tally(): Tally {
    return this.#tally;
  }

  /** Names what was left out, or is not whole. */
  readonly skip = (skipped: Skipped): void => {
    this.#skipped.push(skipped);
    this.#log(skipped);
  };

  /** From here on checkpoints at that path name the object. */
  reached(path: string, object: ListedObject): void {
    this.#large.set(path, object);
  }

  checkpoint(group: Parameters<CaptureSink['checkpoint']>[0]): Promise<'continue' | 'stop'> {
    const mine = this.#skipped.splice(0);
    const path = group.cursor.open?.entry.path ?? group.cursor.after;
    const object = this.#large.get(Buffer.from(path, 'latin1').toString('utf8'));
    const skippedCount = group.skippedCount + mine.length;
    const { entries, leftOut, reason } = this.#tally;
    this.#tally = {
      entries: entries + group.entries,
      leftOut: leftOut + skippedCount,
      reason: reason || (mine[0]?.reason ?? ''),
    };
    const cursor = { ...group.cursor, tally: this.#tally, ...(object && { object }) };
    return this.#sink.checkpoint({
      ...group,
      skipped: [...group.skipped, ...mine].slice(0, MAX_NAMED),
      skippedCount,
      cursor,
    });
  }
}
