/** Captures a range of a bucket's keys: each object as it was listed, with its attributes in a file before it. */
import * as z from 'zod';
import { captureEntries } from '../../archive/capture/capture-entries.ts';
import { parseCursor } from '../../archive/capture/capture-sink.ts';
import type { CapturedEntry } from '../../archive/capture/captured-entry.ts';
import { ContentLost } from '../../archive/capture/content-lost.ts';
import type { Skipped } from '../../archive/format.ts';
import type { S3Settings } from '../../model/components/s3.ts';
import type { BucketStore, ListedObject } from '../../ports/sources/bucket-store.ts';
import { captureOptions } from '../capture-options.ts';
import type { CaptureTask } from '../component-kind.ts';
import { cursorOfShard, isLastShard } from '../shard-cursor.ts';
import { attributesFile, attributesPath, parseAttributesPath } from './object-attributes.ts';
import { batchesOf, type ReadObject, readBatch, SMALL_BYTES } from './object-batches.ts';
import { keyOfPath, pathOfKey } from './object-path.ts';
import { ObjectSink, positionSchema, type Tally } from './object-sink.ts';

/** Why a bucket without objects is named: its backup is never a plain success. */
export const NOTHING_THERE = 'there are no objects: check that the bucket and the prefix are the right ones';

const shardSchema = z.object({ after: z.string().optional(), through: z.string().optional() });

export const captureObjects = async (
  task: CaptureTask<S3Settings>,
  store: BucketStore,
): Promise<{ done: boolean; tally: Tally }> => {
  const { shard } = task;
  const cursor = cursorOfShard(shard, task.cursor);
  const sink = new ObjectSink(task);
  const { done } = await captureEntries({
    ...captureOptions(task),
    sink,
    cursor,
    endsTar: isLastShard(shard),
    entries: (from) => entriesFrom(task, store, sink, from),
  });
  return { done, tally: sink.tally };
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
  const content: OpenContent = (object, fromByte) =>
    namingLoss(reopen(store, bucket, object, fromByte), object, sink);
  if (from.open !== undefined) yield openEntry(cursor, sink, from.open, content);
  // The last call stopped between a batch's attributes and its objects: a large object continues by itself, another
  // batch begins again with its first object.
  const begun = parseAttributesPath(from.after);
  const described = begun && (await describedObject(store, bucket, cursor));
  if (described !== undefined) {
    sink.reached(pathOf(described.object), described.object);
    try {
      yield* objectsOf([described], { pathOf, sink, content });
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
  let found = 0;
  const counted = async function* (
    objects: AsyncIterable<ListedObject>,
  ): AsyncGenerator<ListedObject, void, undefined> {
    for await (const object of objects) {
      found += 1;
      yield object;
    }
  };
  const batches = readAhead(store, bucket, counted(listed()), (skipped) => sink.skip(skipped));
  yield* entriesOf(batches, again ? begun.attempt + 1 : 0, prefix, { pathOf, sink, content });
  if (found === 0 && from.after === '' && shard.shards === 1)
    sink.skip({
      path: `s3://${bucket}/${prefix}`,
      reason: NOTHING_THERE,
    });
}

type OpenContent = (object: ListedObject, fromByte: number) => AsyncIterable<Uint8Array>;

interface EntriesFor {
  readonly pathOf: (object: ListedObject) => string;
  readonly sink: ObjectSink;
  readonly content: OpenContent;
}

/**
 * The entries of each batch: its attributes, then its objects.
 *
 * @param attempt how many times the first batch was begun before
 */
async function* entriesOf(
  batches: AsyncIterable<readonly ReadObject[]>,
  attempt: number,
  prefix: string,
  { pathOf, sink, content }: EntriesFor,
): AsyncGenerator<CapturedEntry, void, undefined> {
  let before = attempt;
  for await (const read of batches) {
    const [first] = read;
    if (first === undefined) continue;
    const path = attributesPath(pathOf(first.object), before);
    if (first.object.bytes > SMALL_BYTES)
      for (const at of [path, pathOf(first.object)]) sink.reached(at, first.object);
    before = 0;
    try {
      yield attributesEntry(read, prefix, path);
      yield* objectsOf(read, { pathOf, sink, content });
    } finally {
      for (const one of read) one.discard();
    }
  }
}

function* objectsOf(
  read: readonly ReadObject[],
  { pathOf, sink, content: opened }: EntriesFor,
): Generator<CapturedEntry, void, undefined> {
  for (const { object, content } of read)
    yield {
      path: pathOf(object),
      type: 'object',
      size: object.bytes,
      mtime: wholeSecond(object.modifiedAt),
      content:
        content instanceof Uint8Array
          ? content
          : (fromByte) => (fromByte === 0 ? namingLoss(content, object, sink) : opened(object, fromByte)),
    };
}

/** Yields a content. An object whose end could not be read is named; the engine keeps what it got. */
async function* namingLoss(
  content: AsyncIterable<Uint8Array>,
  { key }: ListedObject,
  sink: ObjectSink,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* content;
  } catch (thrown) {
    if (thrown instanceof ContentLost)
      sink.skip({
        path: key,
        reason: `was not read to its end, and will not be restored: it ${thrown.message}`,
      });
    throw thrown;
  }
}

/** The large object whose attributes the last call wrote, if it is still the same. */
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

/** One batch is read while the one before it is captured; a large object is opened at its turn. */
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
    // Marks the rejection as handled: it may come before its turn, when it is awaited.
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

/** The object that an earlier call began. */
const openEntry = (cursor: unknown, sink: ObjectSink, path: string, content: OpenContent): CapturedEntry => {
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
    content: (fromByte) => content(object, fromByte),
  };
};

/** Opens the object that an earlier call began: the very same object, or none. */
async function* reopen(
  store: BucketStore,
  bucket: string,
  object: ListedObject,
  fromByte: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const opened = await store.open(bucket, object, fromByte);
  if ('unreadable' in opened) throw new ContentLost(opened.unreadable);
  yield* opened.content;
}

/** Stores give times in seconds; fractions would cost a pax header for each object. */
const wholeSecond = (date: Date): Date => new Date(Math.floor(date.getTime() / 1_000) * 1_000);
