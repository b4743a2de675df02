/** Puts a component's objects back, under their own names or another prefix, in this bucket or another. */
import { createHash } from 'node:crypto';
import { iterateContents } from '../../archive/container/contents.ts';
import { type ExtractedEntry, extractEntries } from '../../archive/extract/extract-entries.ts';
import type { Skipped } from '../../archive/format.ts';
import type { S3Settings } from '../../model/config.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ComponentPlan } from '../../model/records.ts';
import type { BucketStore, ObjectAttributes } from '../../ports/bucket-store.ts';
import type { RestoreResult, RestoreTask } from '../component-kind.ts';
import { parseAttributesFile, parseAttributesPath } from './object-attributes.ts';
import { compareKeys, keyOfPath } from './object-path.ts';

const LISTED_ENTRIES = 1_000;
const MAX_NAMED = 100;
/** Up to here an object is held in memory, and put beside others. */
const SMALL_BYTES = 4 * 1024 * 1024;
const PUTS_AT_ONCE = 16;

const MAX_KEY_BYTES = 1024;
const TARGET = /^(?:s3:\/\/)?([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s;

/** `s3://bucket/prefix`, or the bucket alone. @throws HoldfastError `invalid_request` */
export const parseTarget = (target: string): { bucket: string; prefix: string } => {
  const [, bucket, prefix = ''] = TARGET.exec(target) ?? [];
  if (bucket === undefined || Buffer.byteLength(prefix) > MAX_KEY_BYTES)
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

export const restoreObjects = async (
  task: RestoreTask<S3Settings>,
  store: BucketStore,
): Promise<RestoreResult> => {
  const { bucket, prefix } = parseTarget(task.target);
  const { existing, signal } = task;
  const result = { bytes: 0, entries: 0, skippedCount: 0 };
  const skipped: Skipped[] = [];
  const put = async (name: string, { entry, content }: ExtractedEntry, attributes: ObjectAttributes) => {
    // What is there though nothing was when this was planned may be ours: of a try that crashed, or lost its answer.
    const read = existing === 'refuse' ? new Digested(content) : undefined;
    const object = { bytes: entry.size, attributes, content: read ?? content };
    const key = prefix + name;
    const written =
      (await store.put(bucket, key, object, { overwrite: existing === 'overwrite', signal })) ||
      (read !== undefined && (await store.digest(bucket, key)) === read.sha256());
    if (written) {
      result.bytes += entry.size;
      result.entries += 1;
    } else if (existing === 'refuse') {
      result.skippedCount += 1;
      if (skipped.length < MAX_NAMED) skipped.push({ path: key, reason: 'exists already' });
    }
    task.progress({ bytes: result.bytes, entries: result.entries });
  };
  const window = new PutWindow(PUTS_AT_ONCE);
  let attributes = new Map<string, ObjectAttributes>();
  try {
    for await (const extracted of extractEntries(task)) {
      const { path, size } = extracted.entry;
      if (parseAttributesPath(path) !== undefined) {
        attributes = parseAttributesFile(await whole(extracted));
        continue;
      }
      const name = keyOfPath(path);
      if (name === undefined) continue;
      const own = attributes.get(name) ?? { metadata: {}, tags: {} };
      if (size > SMALL_BYTES) await put(name, extracted, own);
      else {
        const bytes = await whole(extracted);
        await window.add(() => put(name, { ...extracted, content: once(bytes) }, own));
      }
    }
  } finally {
    await window.end();
  }
  window.throwFailure();
  return { ...result, skipped };
};

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

const whole = async ({ content }: ExtractedEntry): Promise<Buffer> =>
  // Copied: an extracted piece is a view of a segment that is read on.
  Buffer.concat(await Array.fromAsync(content));

async function* once(bytes: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield bytes;
}
