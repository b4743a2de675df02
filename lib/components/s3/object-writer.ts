/** Puts objects into a bucket for a restore: small ones side by side, large ones as they are read. */
import { createHash } from 'node:crypto';
import type { ExtractedEntry } from '../../archive/extract/extract-entries.ts';
import type { Skipped } from '../../archive/format.ts';
import { HoldfastError } from '../../model/errors.ts';
import { isVisible } from '../../model/visible-text.ts';
import type { BucketStore, ObjectAttributes } from '../../ports/bucket-store.ts';
import type { Json, Restored, RestoreTask } from '../component-kind.ts';

const MAX_NAMED = 100;
/** Up to here an object is held in memory, and put beside others. */
const SMALL_BYTES = 4 * 1024 * 1024;
const PUTS_AT_ONCE = 16;

/** S3's own limit, in UTF-8. */
export const MAX_KEY_BYTES = 1024;
const TARGET = /^(?:s3:\/\/)?([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s;

/** `s3://bucket/prefix`, or the bucket alone. @throws HoldfastError `invalid_request` */
export const parseTarget = (target: string): { bucket: string; prefix: string } => {
  const [, bucket, prefix = ''] = TARGET.exec(target) ?? [];
  if (bucket === undefined || Buffer.byteLength(prefix) > MAX_KEY_BYTES || !isVisible(prefix))
    throw new HoldfastError('invalid_request', `"${target}" is no bucket: name it as s3://bucket/prefix`);
  return { bucket, prefix };
};

/** One call of a restore into a bucket. */
export class ObjectWriter {
  readonly #task: RestoreTask<unknown>;
  readonly #store: BucketStore;
  readonly #place: { bucket: string; prefix: string };
  readonly #window = new PutWindow(PUTS_AT_ONCE);
  readonly #skipped: Skipped[] = [];
  readonly #done = { bytes: 0, entries: 0, kept: 0, skippedCount: 0 };

  constructor(task: RestoreTask<unknown>, store: BucketStore) {
    this.#task = task;
    this.#store = store;
    this.#place = parseTarget(task.target);
  }

  get restored(): Restored {
    return { ...this.#done, skipped: this.#skipped };
  }

  /** Makes a checkpoint of all that was added. True when the task is to end there. */
  async stopsAt(cursor: Json): Promise<boolean> {
    await this.end();
    return (await this.#task.checkpoint(this.restored, cursor)) === 'stop';
  }

  /** Leaves something out, and names it. */
  skip(path: string, reason: string): void {
    this.#done.skippedCount += 1;
    if (this.#skipped.length < MAX_NAMED) this.#skipped.push({ path, reason });
  }

  /** @param name the key below the target's prefix. */
  async add(name: string, extracted: ExtractedEntry, attributes: ObjectAttributes): Promise<void> {
    const bytes = extracted.entry.size;
    if (bytes > SMALL_BYTES) {
      await this.#put(name, { bytes, attributes, content: this.#told(extracted) });
      return;
    }
    const content = once(await wholeContent(extracted));
    await this.#window.add(() => this.#put(name, { bytes, attributes, content }));
  }

  /** Waits for what was begun. @throws the first failure of it */
  async end(): Promise<void> {
    await this.#window.end();
    this.#window.throwFailure();
  }

  /** Waits for what was begun, however it ends. */
  settled(): Promise<void> {
    return this.#window.end();
  }

  async #put(name: string, object: Parameters<BucketStore['put']>[2]): Promise<void> {
    const { bucket, prefix } = this.#place;
    const { existing, signal } = this.#task;
    const key = prefix + name;
    // What is there though nothing was when this was planned may be ours: of a try that crashed, or lost its answer.
    const read = existing === 'refuse' ? new Digested(object.content) : undefined;
    const put = { ...object, content: read ?? object.content };
    const written =
      (await this.#store.put(bucket, key, put, { overwrite: existing === 'overwrite', signal })) ||
      (read !== undefined && (await this.#store.digest(bucket, key)) === read.sha256());
    if (written) {
      this.#done.bytes += object.bytes;
      this.#done.entries += 1;
    } else {
      this.#done.kept += 1;
      if (existing === 'refuse') this.skip(key, 'exists already');
    }
    this.#task.progress(this.#done);
  }

  /** A large object's content: progress is told within it, too, so that the lease lasts and a lost lock is seen. */
  async *#told({ content }: ExtractedEntry): AsyncGenerator<Buffer, void, undefined> {
    let bytes = 0;
    for await (const piece of content) {
      this.#task.signal.throwIfAborted();
      yield piece;
      bytes += piece.length;
      this.#task.progress({ bytes: this.#done.bytes + bytes, entries: this.#done.entries });
    }
  }
}

/** A content, and the SHA-256 of what was read of it. */
class Digested implements AsyncIterable<Uint8Array> {
  readonly #content: AsyncIterable<Uint8Array>;
  readonly #hash = createHash('sha256');

  constructor(content: AsyncIterable<Uint8Array>) {
    this.#content = content;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#content) {
      this.#hash.update(chunk);
      yield chunk;
    }
  }

  sha256(): string {
    return this.#hash.digest('hex');
  }
}

/** At most so many at once; a failure is thrown when the next is added. */
class PutWindow {
  readonly #limit: number;
  readonly #running = new Set<Promise<void>>();
  #failure: { error: unknown } | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  async add(work: () => Promise<void>): Promise<void> {
    while (this.#running.size >= this.#limit) await Promise.race(this.#running);
    this.throwFailure();
    const running: Promise<void> = work()
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async end(): Promise<void> {
    await Promise.all(this.#running);
  }

  throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

/** All of an entry. Copied: an extracted piece is a view of a segment that is read on. */
export const wholeContent = async ({ content }: ExtractedEntry): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(content));

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}
