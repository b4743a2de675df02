/** Writes objects into a bucket for a restore: small ones side by side, large ones as they are read. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { ExtractedEntry } from '../../archive/extract/extract-entries.ts';
import type { Skipped } from '../../archive/format.ts';
import { NAMED_SKIPPED } from '../../archive/manifest-bounds.ts';
import { isAccessPoint, NO_ACCESS_POINT } from '../../model/config/s3-place.ts';
import { HoldfastError } from '../../model/errors.ts';
import { textRecord } from '../../model/text/text-record.ts';
import { isVisible } from '../../model/text/visible-text.ts';
import type { BucketStore, ObjectAttributes } from '../../ports/sources/bucket-store.ts';
import type { Json, Restored, RestoreTask, Taken } from '../component-kind.ts';
import { logLeftOut } from '../left-out.ts';

/** Largest object that is held in memory, and written beside others. */
const SMALL_BYTES = 4 * 1024 * 1024;
const PUTS_AT_ONCE = 16;

/** S3's own limit, in UTF-8. */
const MAX_KEY_BYTES = 1024;
const TARGET = /^(?:s3:\/\/)?([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s;

/** Why a key cannot be used; undefined when it can. */
export const unfitKey = (key: string): string | undefined => {
  const bytes = Buffer.byteLength(key);
  if (key === '') return 'would have an empty key, which no bucket allows: name a prefix to restore to';
  return bytes > MAX_KEY_BYTES
    ? `would have a key of ${bytes} bytes, and S3 allows ${MAX_KEY_BYTES}: name a shorter prefix to restore to`
    : undefined;
};

/** Parses `s3://bucket/prefix`, or a bucket alone. @throws HoldfastError `invalid_request` */
export const parseTarget = (target: string): { bucket: string; prefix: string } => {
  const [, bucket, prefix = ''] = TARGET.exec(target) ?? [];
  if (bucket === undefined || Buffer.byteLength(prefix) > MAX_KEY_BYTES || !isVisible(prefix))
    throw new HoldfastError('invalid_request', `"${target}" is not a bucket: write s3://bucket/prefix`);
  if (isAccessPoint(bucket)) throw new HoldfastError('invalid_request', `${bucket} ${NO_ACCESS_POINT}`);
  return { bucket, prefix };
};

/** Our own fields of a restore's cursor: objects written and refused so far, and why the first one was. */
const tallySchema = z.object({
  written: z.number().default(0),
  refused: z.number().default(0),
  reason: z.string().default(''),
});
type Tally = z.infer<typeof tallySchema>;

interface WrittenObject {
  readonly bytes: number;
  readonly attributes: ObjectAttributes | undefined;
  readonly content: AsyncIterable<Uint8Array>;
}

const bare: ObjectAttributes = { metadata: textRecord(), tags: textRecord() };
const UNDESCRIBED = 'its attributes: the archive has no line of them that can be read';

export const tookNone = (target: string, { reason }: Pick<Taken, 'reason'>): string =>
  `the bucket ${parseTarget(target).bucket} accepts none of the objects; the first one ${reason}`;

/**
 * When a target that takes nothing is given up. One of several tasks goes on for longer: its part may be all that is
 * refused.
 */
const GIVEN_UP_AFTER = { alone: NAMED_SKIPPED, among: 10_000 } as const;

/** One call of a restore into a bucket. */
export class ObjectWriter {
  readonly #task: RestoreTask<unknown>;
  readonly #store: BucketStore;
  readonly #place: { bucket: string; prefix: string };
  readonly #window = new PutWindow(PUTS_AT_ONCE);
  readonly #skipped: Skipped[] = [];
  readonly #before: Tally;
  readonly #log: (skipped: Skipped) => void;
  #refused = 0;
  #reason = '';
  readonly #done = { bytes: 0, entries: 0, kept: 0, skippedCount: 0 };

  constructor(task: RestoreTask<unknown>, store: BucketStore) {
    this.#task = task;
    this.#store = store;
    this.#place = parseTarget(task.target);
    this.#before = tallySchema.parse(task.cursor ?? {});
    this.#log = logLeftOut(task.log);
  }

  get restored(): Restored {
    return { ...this.#done, skipped: this.#skipped };
  }

  /** Makes a checkpoint of everything added so far. Returns true when the task must end there. */
  async stopsAt(cursor: { [name: string]: Json }): Promise<boolean> {
    await this.#written();
    return (await this.#task.checkpoint(this.restored, { ...cursor, ...this.#sums })) === 'stop';
  }

  /** Records and names something that is left out. */
  skip(path: string, reason: string): void {
    this.#done.skippedCount += 1;
    this.#log({ path, reason });
    if (this.#skipped.length < NAMED_SKIPPED) this.#skipped.push({ path, reason });
  }

  /**
   * @param name the key below the target's prefix
   * @param attributes undefined when the archive should have them but does not, which is reported
   */
  async add(
    name: string,
    extracted: ExtractedEntry,
    attributes: ObjectAttributes | undefined,
  ): Promise<void> {
    const bytes = extracted.entry.size;
    if (bytes > SMALL_BYTES) {
      await this.#put(name, { bytes, attributes, content: this.#told(extracted) });
      return;
    }
    const content = once(await wholeContent(extracted));
    await this.#window.add(() => this.#put(name, { bytes, attributes, content }));
  }

  /** Waits for all writes. @throws the first failure, `component_failed` when no object was accepted, of all there are */
  async end(): Promise<void> {
    await this.#written();
    if (this.#task.part === undefined) this.#requireSome();
  }

  /** In all calls. */
  get taken(): Taken {
    const { written, refused, reason } = this.#sums;
    return { accepted: written, refused, reason };
  }

  async #written(): Promise<void> {
    await this.#window.end();
    this.#window.throwFailure();
  }

  /** Waits for all writes, however they end. */
  settled(): Promise<void> {
    return this.#window.end();
  }

  async #put(name: string, { attributes, ...object }: WrittenObject): Promise<void> {
    const { bucket, prefix } = this.#place;
    const { existing, signal } = this.#task;
    const key = prefix + name;
    // The key was free when the restore was planned. If an object has it now, an earlier attempt may have written it, which
    // crashed or lost its answer: then the digests are the same.
    const read = existing === 'refuse' ? new Digested(object.content) : undefined;
    const put = { ...object, attributes: attributes ?? bare, content: read ?? object.content };
    const outcome = await this.#store.put(bucket, key, put, { overwrite: existing === 'overwrite', signal });
    const ours =
      outcome === 'taken' && read !== undefined && (await this.#store.digest(bucket, key)) === read.sha256();
    if (typeof outcome === 'object' && 'refused' in outcome) await this.#refuse(key, outcome.refused);
    else if (outcome === 'taken' && !ours) this.#keep(key);
    else {
      this.#done.bytes += object.bytes;
      this.#done.entries += 1;
      const without =
        typeof outcome === 'object' ? outcome.without : attributes === undefined ? UNDESCRIBED : undefined;
      if (without !== undefined) this.skip(key, `is restored without ${without}`);
    }
    this.#task.progress(this.#done);
  }

  #keep(key: string): void {
    this.#done.kept += 1;
    if (this.#task.existing === 'refuse') this.skip(key, 'exists already');
  }

  /** When all of the first hundred objects are refused, the bucket is at fault. */
  async #refuse(key: string, reason: string): Promise<void> {
    this.#refused += 1;
    this.#reason ||= reason;
    this.skip(key, reason);
    const { part, acceptedElsewhere } = this.#task;
    if (part === undefined && this.#refused >= GIVEN_UP_AFTER.alone) this.#requireSome();
    if (part === undefined || this.#refused % GIVEN_UP_AFTER.among > 0) return;
    if ((await acceptedElsewhere?.()) !== true) this.#requireSome();
  }

  /** @throws `component_failed` when objects were refused and none was accepted */
  #requireSome(): void {
    const { written, refused } = this.#sums;
    if (refused === 0 || written > 0 || this.#done.kept > 0) return;
    throw new HoldfastError('component_failed', tookNone(this.#task.target, this.taken));
  }

  get #sums(): Tally {
    const { written, refused, reason } = this.#before;
    return {
      written: written + this.#done.entries,
      refused: refused + this.#refused,
      reason: reason || this.#reason,
    };
  }

  /**
   * Yields a large object's content, and reports progress within it, so that the lease is renewed and a lost lock is
   * noticed.
   */
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

/** A content, with the SHA-256 of what was read of it. */
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

/** Runs at most `limit` writes at once; a failure is thrown when the next is added. */
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

/**
 * The whole content of an entry. It is copied, because an extracted piece is a view of a segment whose memory may be
 * reused.
 */
export const wholeContent = async ({ content }: ExtractedEntry): Promise<Buffer> =>
  Buffer.concat(await Array.fromAsync(content));

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}
