/** Captures a range of a bucket's keys: each object as it was listed, with its attributes in a file before it. */
import * as z from 'zod';
import { type CaptureSink, parseCursor } from '../../archive/capture/capture.ts';
import { type CapturedEntry, captureEntries } from '../../archive/capture/capture-entries.ts';
import type { Skipped } from '../../archive/format.ts';
import type { S3Settings } from '../../model/config.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BucketStore, ListedObject } from '../../ports/bucket-store.ts';
import { captureOptions } from '../capture-options.ts';
import type { CaptureTask } from '../component-kind.ts';
import { cursorOfShard, isLastShard } from '../shard-cursor.ts';
import { attributesFile, attributesPath, parseAttributesPath } from './object-attributes.ts';
import { batchesOf, type ReadObject, readBatch, SMALL_BYTES } from './object-batches.ts';
import { keyOfPath, pathOfKey } from './object-path.ts';

const MAX_NAMED = 100;

const shardSchema = z.object({ after: z.string().optional(), through: z.string().optional() });

/** What our cursors hold beside the engine's: the large object in whose middle, or before which, the last call stopped. */
const positionSchema = z.object({
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

/** Adds to what the engine tells the sink: which objects were left out, and which one is open. */
class ObjectSink implements CaptureSink {
  readonly #sink: CaptureSink;
  readonly #skipped: Skipped[] = [];
  readonly #large = new Map<string, ListedObject>();
  readonly emit: CaptureSink['emit'];
  readonly progress: CaptureSink['progress'];
  readonly stopsNext: () => boolean;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
    this.emit = (member) => sink.emit(member);
    this.progress = (done) => sink.progress(done);
    this.stopsNext = () => sink.stopsNext?.() ?? false;
  }

  skip(skipped: Skipped): void {
    this.#skipped.push(skipped);
  }

  /** From here on checkpoints at that path name the object. */
  reached(path: string, object: ListedObject): void {
    this.#large.set(path, object);
  }

  checkpoint(group: Parameters<CaptureSink['checkpoint']>[0]): Promise<'continue' | 'stop'> {
    const mine = this.#skipped.splice(0);
    const path = group.cursor.open?.entry.path ?? group.cursor.after;
    const object = this.#large.get(Buffer.from(path, 'latin1').toString('utf8'));
    const cursor = { ...group.cursor, ...(object && { object }) };
    return this.#sink.checkpoint({
      ...group,
      skipped: [...group.skipped, ...mine].slice(0, MAX_NAMED),
      skippedCount: group.skippedCount + mine.length,
      cursor,
    });
  }
}

export const captureObjects = async (
  task: CaptureTask<S3Settings>,
  store: BucketStore,
): Promise<{ done: boolean }> => {
  const { shard } = task;
  const cursor = cursorOfShard(shard, task.cursor);
  const sink = new ObjectSink(task.sink);
  const { done } = await captureEntries({
    ...captureOptions(task),
    sink,
    cursor,
    endsTar: isLastShard(shard),
    entries: (from) => entriesFrom(task, store, sink, from),
  });
  return { done };
};

async function* entriesFrom(
  { settings, shard, cursor }: CaptureTask<S3Settings>,
  store: BucketStore,
  sink: ObjectSink,
  from: { readonly after: string; readonly open?: string },
): AsyncGenerator<CapturedEntry, void, undefined> {
  const { bucket, prefix } = settings;
  const { after: shardStart, through } = shardSchema.parse(shard.work ?? {});
  const pathOf = ({ key }: ListedObject): string => pathOfKey(key.slice(prefix.length));
  if (from.open !== undefined) yield openEntry(store, bucket, cursor, sink, from.open);
  // Stopped between a batch's attributes and its objects: a large object goes on by itself, another batch is begun
  // anew with its first object.
  const begun = parseAttributesPath(from.after);
  const described = begun && (await describedObject(store, bucket, cursor));
  if (described !== undefined) {
    sink.reached(pathOf(described.object), described.object);
    try {
      yield* objectsOf(store, bucket, [described], pathOf);
    } finally {
      described.discard();
    }
  }
  const last = from.after === '' ? undefined : keyOfPath(begun?.firstObjectPath ?? from.after);
  const after = last === undefined ? shardStart : prefix + last;
  const range = { prefix, ...(after !== undefined && { after }), ...(through !== undefined && { through }) };
  const again = begun !== undefined && described === undefined && after !== undefined;
  const listed = async function* (): AsyncGenerator<ListedObject, void, undefined> {
    if (again) yield* store.list(bucket, { prefix: after, through: after });
    yield* store.list(bucket, range);
  };
  let attempt = again ? begun.attempt + 1 : 0;
  for await (const read of readAhead(store, bucket, listed(), (skipped) => sink.skip(skipped))) {
    const [first] = read;
    if (first === undefined) continue;
    const path = attributesPath(pathOf(first.object), attempt);
    if (first.object.bytes > SMALL_BYTES)
      for (const at of [path, pathOf(first.object)]) sink.reached(at, first.object);
    attempt = 0;
    try {
      yield attributesEntry(read, prefix, path);
      yield* objectsOf(store, bucket, read, pathOf);
    } finally {
      for (const one of read) one.discard();
    }
  }
}

function* objectsOf(
  store: BucketStore,
  bucket: string,
  read: readonly ReadObject[],
  pathOf: (object: ListedObject) => string,
): Generator<CapturedEntry, void, undefined> {
  for (const one of read) yield objectEntry(store, bucket, one, pathOf(one.object));
}

/** The large object whose attributes the last call has written, if it is still the same. */
const describedObject = async (
  store: BucketStore,
  bucket: string,
  cursor: unknown,
): Promise<ReadObject | undefined> => {
  const { object } = positionSchema.parse(cursor);
  if (object === undefined) return undefined;
  const [read] = await readBatch(store, bucket, [object], () => undefined);
  return read;
};

/** One batch is read while the one before it is captured; a large object is opened when its turn has come. */
async function* readAhead(
  store: BucketStore,
  bucket: string,
  objects: AsyncIterable<ListedObject>,
  skip: (skipped: Skipped) => void,
): AsyncGenerator<ReadObject[], void, undefined> {
  let ahead: Promise<ReadObject[]> | undefined;
  for await (const batch of batchesOf(objects)) {
    if (ahead !== undefined && isLarge(batch)) {
      yield await ahead;
      ahead = undefined;
    }
    const next = readBatch(store, bucket, batch, skip);
    // It may fail before its turn comes; it is awaited then.
    next.catch(() => undefined);
    if (ahead !== undefined) yield await ahead;
    ahead = isLarge(batch) ? undefined : next;
    if (isLarge(batch)) yield await next;
  }
  if (ahead !== undefined) yield await ahead;
}

const isLarge = ([first]: readonly ListedObject[]): boolean => (first?.bytes ?? 0) > SMALL_BYTES;

const attributesEntry = (read: readonly ReadObject[], prefix: string, path: string): CapturedEntry => {
  const content = attributesFile(
    read.map(({ object: { key, versionId }, attributes }) => ({
      key: key.slice(prefix.length),
      versionId,
      attributes,
    })),
  );
  const newest = Math.max(...read.map(({ object }) => object.modifiedAt.getTime()));
  return { path, type: 'file', size: content.byteLength, mtime: wholeSecond(new Date(newest)), content };
};

const objectEntry = (
  store: BucketStore,
  bucket: string,
  { object, content }: ReadObject,
  path: string,
): CapturedEntry => {
  return {
    path,
    type: 'object',
    size: object.bytes,
    mtime: wholeSecond(object.modifiedAt),
    content:
      content instanceof Uint8Array
        ? content
        : (fromByte) => (fromByte === 0 ? content : reopen(store, bucket, object, fromByte)),
  };
};

/** The object that an earlier call began: the very same one, or the capture fails. */
const openEntry = (
  store: BucketStore,
  bucket: string,
  cursor: unknown,
  sink: ObjectSink,
  path: string,
): CapturedEntry => {
  const { object } = positionSchema.parse(cursor);
  const size = parseCursor(cursor).open?.entry.size;
  if (object === undefined || object.bytes !== size)
    throw new Error(`the checkpoint within ${path} does not say which object it is of`);
  sink.reached(path, object);
  return {
    path,
    type: 'object',
    size,
    mtime: wholeSecond(object.modifiedAt),
    content: (fromByte) => reopen(store, bucket, object, fromByte),
  };
};

async function* reopen(
  store: BucketStore,
  bucket: string,
  object: ListedObject,
  fromByte: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const opened = await store.open(bucket, object, fromByte);
  if ('unreadable' in opened)
    throw new HoldfastError(
      'component_failed',
      `the object ${object.key} could not be read to its end: ${opened.unreadable}; switch on the bucket's versioning, so that objects stay as they were listed`,
    );
  yield* opened.content;
}

/** Stores tell times in seconds; more would cost a pax header each. */
const wholeSecond = (date: Date): Date => new Date(Math.floor(date.getTime() / 1_000) * 1_000);
