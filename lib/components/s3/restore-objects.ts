/** Puts a component's objects back, under their own names or another prefix, in this bucket or another. */
import { z } from 'zod';
import { iterateContents } from '../../archive/container/contents.ts';
import { type ExtractedEntry, extractEntries } from '../../archive/extract/extract-entries.ts';
import type { Skipped } from '../../archive/format.ts';
import type { S3Settings } from '../../model/config.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ComponentPlan } from '../../model/records.ts';
import type { BucketStore, ObjectAttributes } from '../../ports/bucket-store.ts';
import type { Restored, RestoreResult, RestoreTask } from '../component-kind.ts';
import { parseAttributesFile, parseAttributesPath } from './object-attributes.ts';
import { compareKeys, keyOfPath } from './object-path.ts';

const LISTED_ENTRIES = 1_000;
const MAX_NAMED = 100;
/** Up to here an object is held in memory, and put beside others. */
const SMALL_BYTES = 4 * 1024 * 1024;
const PUTS_AT_ONCE = 16;

const TARGET = /^(?:s3:\/\/)?([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s;

/** `s3://bucket/prefix`, or the bucket alone. @throws HoldfastError `invalid_request` */
export const parseTarget = (target: string): { bucket: string; prefix: string } => {
  const [, bucket, prefix = ''] = TARGET.exec(target) ?? [];
  if (bucket === undefined)
    throw new HoldfastError('invalid_request', `"${target}" is no bucket: name it as s3://bucket/prefix`);
  return { bucket, prefix };
};

/** Both lists go by key, so one pass over each tells what is there already. */
export const planObjects = async (
  task: RestoreTask<S3Settings>,
  store: BucketStore,
): Promise<ComponentPlan> => {
  const { archive, identity, component, existing, target, signal } = task;
  const { bucket, prefix } = parseTarget(target);
  const counts = { create: 0, overwrite: 0, skip: 0, refuse: 0 };
  const listed: ComponentPlan['entries'] = [];
  const refused: ComponentPlan['entries'] = [];
  const there = store.list(bucket, { prefix })[Symbol.asyncIterator]();
  let next = await there.next();
  for await (const { path } of iterateContents(archive, identity, component)) {
    signal.throwIfAborted();
    const name = keyOfPath(path);
    if (name === undefined) continue;
    const key = prefix + name;
    while (next.done !== true && compareKeys(next.value.key, key) < 0) next = await there.next();
    const action = next.done !== true && next.value.key === key ? existing : 'create';
    counts[action] += 1;
    const list = action === 'refuse' ? refused : listed;
    if (list.length >= LISTED_ENTRIES) continue;
    list.push({ path: key, action, ...(action === 'refuse' && { reason: 'exists already' }) });
  }
  await there.return?.();
  return { target, counts, entries: [...refused, ...listed].slice(0, LISTED_ENTRIES) };
};

const cursorSchema = z.object({
  /** How many of the component's entries are done. */
  entries: z.number(),
  /** The attributes file that speaks of what comes next. */
  attributes: z.string().optional(),
});
type Cursor = z.infer<typeof cursorSchema>;

export const restoreObjects = async (
  task: RestoreTask<S3Settings>,
  store: BucketStore,
): Promise<RestoreResult> => {
  const from: Cursor = task.cursor === null ? { entries: 0 } : cursorSchema.parse(task.cursor);
  const restoration = new ObjectRestoration(task, store);
  let seen = 0;
  const wanted = ({ path }: { path: string }): boolean => seen++ >= from.entries || path === from.attributes;
  try {
    for await (const extracted of extractEntries({ ...task, wanted })) {
      const entries = seen - 1;
      if (entries > from.entries && task.checkpointDue() && (await restoration.stopsAt(entries)))
        return { done: false, ...restoration.restored };
      await restoration.add(extracted);
    }
  } finally {
    await restoration.end();
  }
  restoration.throwFailure();
  return { done: true, ...restoration.restored };
};

/** One call: small objects are put side by side, large ones as they are read. */
class ObjectRestoration {
  readonly #task: RestoreTask<S3Settings>;
  readonly #store: BucketStore;
  readonly #place: { bucket: string; prefix: string };
  readonly #window = new PutWindow(PUTS_AT_ONCE);
  readonly #skipped: Skipped[] = [];
  readonly #done = { bytes: 0, entries: 0, skippedCount: 0 };
  #described: { path: string; attributes: Map<string, ObjectAttributes> } | undefined;

  constructor(task: RestoreTask<S3Settings>, store: BucketStore) {
    this.#task = task;
    this.#store = store;
    this.#place = parseTarget(task.target);
  }

  get restored(): Restored {
    return { ...this.#done, skipped: this.#skipped };
  }

  /** Makes a checkpoint of all that was added. True when the task is to end there. */
  async stopsAt(entries: number): Promise<boolean> {
    await this.#window.end();
    this.#window.throwFailure();
    const attributes = this.#described?.path;
    const cursor = { entries, ...(attributes !== undefined && { attributes }) };
    return (await this.#task.checkpoint(this.restored, cursor)) === 'stop';
  }

  async add(extracted: ExtractedEntry): Promise<void> {
    const { path, size } = extracted.entry;
    if (parseAttributesPath(path) !== undefined) {
      this.#described = { path, attributes: parseAttributesFile(await whole(extracted)) };
      return;
    }
    const name = keyOfPath(path);
    if (name === undefined) return;
    const attributes = this.#described?.attributes.get(name) ?? { metadata: {}, tags: {} };
    if (size > SMALL_BYTES) {
      await this.#put(name, { bytes: size, attributes, content: this.#told(extracted) });
      return;
    }
    const content = once(await whole(extracted));
    await this.#window.add(() => this.#put(name, { bytes: size, attributes, content }));
  }

  async #put(name: string, object: Parameters<BucketStore['put']>[2]): Promise<void> {
    const { bucket, prefix } = this.#place;
    const { existing, signal } = this.#task;
    const key = prefix + name;
    if (await this.#store.put(bucket, key, object, { overwrite: existing === 'overwrite', signal })) {
      this.#done.bytes += object.bytes;
      this.#done.entries += 1;
    } else if (existing === 'refuse') {
      this.#done.skippedCount += 1;
      if (this.#skipped.length < MAX_NAMED) this.#skipped.push({ path: key, reason: 'exists already' });
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

  /** Waits for what was begun. */
  end(): Promise<void> {
    return this.#window.end();
  }

  throwFailure(): void {
    this.#window.throwFailure();
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

const whole = async ({ content }: ExtractedEntry): Promise<Buffer> =>
  // Copied: an extracted piece is a view of a segment that is read on.
  Buffer.concat(await Array.fromAsync(content));

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}
