/** A bucket's objects in the order of their keys, read ahead in batches: small ones side by side, large ones alone. */
import { ContentLost } from '../../archive/capture/content-lost.ts';
import type { Skipped } from '../../archive/format.ts';
import { mapInOrder } from '../../archive/map-in-order.ts';
import type { BucketStore, ListedObject, ObjectAttributes } from '../../ports/sources/bucket-store.ts';

/** Size above which an object is streamed. */
export const SMALL_BYTES = 4 * 1024 * 1024;
const BATCH_BYTES = 16 * 1024 * 1024;
const BATCH_OBJECTS = 256;
const READS_AT_ONCE = 16;

export interface ReadObject {
  readonly object: ListedObject;
  readonly attributes: ObjectAttributes;
  /** The whole content, or a stream of it. */
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
  /** Closes a stream that nobody reads. */
  discard(): void;
}

/** Yields lists of objects that are read together. */
export async function* batchesOf(
  objects: AsyncIterable<ListedObject>,
): AsyncGenerator<ListedObject[], void, undefined> {
  let batch: ListedObject[] = [];
  let bytes = 0;
  for await (const object of objects) {
    const alone = object.bytes > SMALL_BYTES;
    if (batch.length > 0 && (alone || batch.length === BATCH_OBJECTS || bytes + object.bytes > BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    if (alone) yield [object];
    else {
      batch.push(object);
      bytes += object.bytes;
    }
  }
  if (batch.length > 0) yield batch;
}

/**
 * Opens a batch and reads its small objects. Objects that can't be read are reported to `skip` and left out; for other
 * things of an object that can't be read, `skip` is called and the object is kept without them.
 */
export const readBatch = async (
  store: BucketStore,
  bucket: string,
  batch: readonly ListedObject[],
  skip: (skipped: Skipped) => void,
): Promise<ReadObject[]> => {
  const read = await mapInOrder(batch, READS_AT_ONCE, async (object) => {
    const opened = await store.open(bucket, object);
    if ('unreadable' in opened) {
      skip({ path: object.key, reason: opened.unreadable });
      return undefined;
    }
    const { attributes, content, lost = [] } = opened;
    const discard = (): void => opened.discard();
    const one = { object, attributes, discard };
    const keep = (bytes: ReadObject['content']): ReadObject => {
      for (const what of lost) skip({ path: object.key, reason: `is in the backup, but ${what}` });
      return { ...one, content: bytes };
    };
    if (object.bytes > SMALL_BYTES) return keep(content);
    try {
      return keep(Buffer.concat(await Array.fromAsync(content)));
    } catch (thrown) {
      if (!(thrown instanceof ContentLost)) throw thrown;
      skip({ path: object.key, reason: thrown.message });
      return undefined;
    }
  });
  return read.filter((object) => object !== undefined);
};
