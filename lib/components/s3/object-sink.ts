/** Adds to the engine's checkpoints what was left out, and which large object is open. */
import * as z from 'zod';
import type { CapturedGroup } from '../../archive/capture/capture-sink.ts';
import type { Skipped } from '../../archive/format.ts';
import type { S3Settings } from '../../model/components/s3.ts';
import type { ListedObject } from '../../ports/sources/bucket-store.ts';
import type { CaptureTask } from '../component-kind.ts';
import { ComponentSink } from '../component-sink.ts';

export const tallySchema = z.object({
  /** Number of entries that are in the archive for good, in all calls. */
  entries: z.number(),
  leftOut: z.number(),
  /** Reason of the first object that was left out. */
  reason: z.string(),
});
export type Tally = z.infer<typeof tallySchema>;

/** Our own fields of a cursor. */
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

export class ObjectSink extends ComponentSink {
  readonly #large = new Map<string, ListedObject>();
  #tally: Tally;

  constructor(task: Pick<CaptureTask<S3Settings>, 'sink' | 'log' | 'cursor'>) {
    super(task);
    this.#tally = positionSchema.parse(task.cursor ?? {}).tally;
  }

  /** In all calls, up to the last checkpoint. */
  get tally(): Tally {
    return this.#tally;
  }

  /** From here on, checkpoints at that path name the object. */
  reached(path: string, object: ListedObject): void {
    this.#large.set(path, object);
  }

  protected override cursorFields(group: CapturedGroup, leftOut: readonly Skipped[]): object {
    const path = group.cursor.open?.entry.path ?? group.cursor.after;
    const object = this.#large.get(Buffer.from(path, 'latin1').toString('utf8'));
    const { entries, leftOut: before, reason } = this.#tally;
    this.#tally = {
      entries: entries + group.entries,
      leftOut: before + group.skippedCount,
      reason: reason || (leftOut[0]?.reason ?? ''),
    };
    return { tally: this.#tally, ...(object && { object }) };
  }
}
