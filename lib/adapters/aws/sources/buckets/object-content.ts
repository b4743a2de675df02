/** Reads the bytes of one object of S3, in spite of broken connections and answers that arrive damaged. */
import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { ContentLost } from '../../../../archive/capture/content-lost.ts';
import { mapInOrder } from '../../../../archive/map-in-order.ts';
import type { ListedObject } from '../../../../ports/sources/bucket-store.ts';
import { bodyChunks, discardBody, keepBody } from '../../s3/body-chunks.ts';
import { isDamaged, MISMATCH } from '../../s3/s3-errors.ts';
import { cutOff } from '../../s3/s3-ranges.ts';
import { fromAws, isPassing } from '../../sdk/aws-errors.ts';
import { backOff } from '../../sdk/backoff.ts';
import { ContentCheck } from './content-check.ts';
import { reasonOf } from './object-refusals.ts';
import { unavailable } from './s3-listing.ts';
import type { SilentObjects } from './silent-objects.ts';

/** Breaks in a row, without a byte between them, after which a read fails. */
const MAX_BREAKS = 5;
/** Largest object that is held back until its checksum is known to match, so that a damaged answer is read again. */
const HELD_BYTES = 4 * 1024 * 1024;
const PARTS_AT_ONCE = 8;

export interface ObjectOfBucket {
  readonly client: S3Client;
  readonly bucket: string;
  readonly object: ListedObject;
  readonly silent: SilentObjects;
}

/** An answer, with its original headers. */
export interface ObjectAnswer {
  readonly answer: GetObjectCommandOutput;
  readonly headers: Readonly<Record<string, unknown>>;
}

const namesOf = ({ bucket, object: { key, versionId, etag } }: ObjectOfBucket) => ({
  Bucket: bucket,
  Key: key,
  ...(versionId === undefined ? { IfMatch: etag } : { VersionId: versionId }),
});

/** Requests this very object, from that byte on. @throws what the SDK throws */
const getObject = async (source: ObjectOfBucket, fromByte: number): Promise<ObjectAnswer> => {
  const command = new GetObjectCommand({
    ...namesOf(source),
    ...(fromByte > 0 && { Range: `bytes=${fromByte}-` }),
  });
  let headers: Readonly<Record<string, unknown>> = {};
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      headers = Object(Object(result.response).headers);
      return result;
    },
    { step: 'initialize' },
  );
  const answer = await source.client.send(command);
  keepBody(answer.Body);
  return { answer, headers };
};

/** Like `getObject`, but repeats it after temporary errors. */
export const openObject = (source: ObjectOfBucket, fromByte: number): Promise<ObjectAnswer> =>
  untilAnswered(() => getObject(source, fromByte));

/** Repeats a call after temporary errors, a few times. @throws what the SDK throws */
export const untilAnswered = async <T>(ask: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (thrown) {
      if (!isPassing(thrown) || attempt >= MAX_BREAKS) throw thrown;
    }
    await backOff(attempt);
  }
};

/** The size of each part in which the object was put. */
const partsOf = (source: ObjectOfBucket, count: number): Promise<number[]> => {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return mapInOrder(numbers, PARTS_AT_ONCE, async (PartNumber) => {
    const { ContentLength } = await source.client.send(
      new HeadObjectCommand({ ...namesOf(source), PartNumber }),
    );
    return ContentLength ?? 0;
  });
};

const damaged = (cause: unknown = new Error(MISMATCH)): ContentLost =>
  new ContentLost('arrived damaged: it does not match its checksum', { cause });

/**
 * Yields the bytes from `fromByte` to the listed length.
 *
 * @throws ContentLost when the rest of this one object cannot be read; `unavailable` when S3 does not answer.
 */
export async function* objectContent(
  source: ObjectOfBucket,
  fromByte: number,
  first: ObjectAnswer,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (source.object.bytes > HELD_BYTES) yield* streamed(source, fromByte, first);
  else yield await held(source, fromByte, first);
}

/** Reads the whole object at once, and again when it arrived damaged. */
const held = async (source: ObjectOfBucket, fromByte: number, first: ObjectAnswer): Promise<Uint8Array> => {
  let answer: ObjectAnswer | undefined = first;
  for (let attempt = 1; ; attempt++) {
    try {
      return Buffer.concat(await Array.fromAsync(streamed(source, fromByte, answer)));
    } catch (thrown) {
      if (!(thrown instanceof ContentLost && isDamaged(thrown)) || attempt >= MAX_BREAKS) throw thrown;
      answer = undefined;
    }
    await backOff(attempt);
  }
};

async function* streamed(
  source: ObjectOfBucket,
  fromByte: number,
  first: ObjectAnswer | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { object } = source;
  let next = first;
  let at = fromByte;
  // The SDK checks the checksum of the whole only within one answer, not across several.
  let check: ContentCheck | undefined;
  for (let breaks = 0; ; ) {
    let broken: unknown;
    try {
      const { answer, headers } = next ?? (await getObject(source, at));
      next = undefined;
      if (at === 0) check = await checkOf(source, answer, headers);
      for await (const chunk of bytesFrom(answer, at)) {
        const wanted = chunk.subarray(0, object.bytes - at);
        at += wanted.byteLength;
        breaks = 0;
        await check?.add(wanted);
        if (wanted.byteLength > 0) yield wanted;
        if (wanted.byteLength < chunk.byteLength)
          throw new ContentLost(
            'is longer than the listing says: the additional bytes are not in the backup',
          );
      }
      if (at >= object.bytes) {
        if ((await check?.matches()) === false) throw damaged();
        return;
      }
      broken = cutOff();
    } catch (thrown) {
      broken = brokenBy(thrown, source.bucket);
    }
    breaks += 1;
    if (breaks > MAX_BREAKS) throw await givenUp(source, broken);
    await backOff(breaks);
  }
}

const nameOf = ({ bucket, object: { key } }: ObjectOfBucket): string =>
  `the object ${key} of bucket ${bucket}`;

const checkOf = async (
  source: ObjectOfBucket,
  { Body }: GetObjectCommandOutput,
  headers: ObjectAnswer['headers'],
): Promise<ContentCheck | undefined> => {
  try {
    return await ContentCheck.of(headers, source.object.bytes, (count) => partsOf(source, count));
  } catch (thrown) {
    discardBody(Body);
    throw thrown;
  }
};

/** The error after the last attempt: the object is lost, or unavailable for now. */
const givenUp = async (source: ObjectOfBucket, broken: unknown): Promise<unknown> => {
  const reason = await source.silent.reasonFor(source.bucket, source.object.key, broken);
  return reason === undefined
    ? fromAws(broken, nameOf(source))
    : new ContentLost(`cannot be read: ${reason}`, { cause: broken });
};

/** Some services that speak S3 answer a range of a version with the whole. */
async function* bytesFrom(
  { Body, ContentRange }: GetObjectCommandOutput,
  at: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const [, start] = /^bytes (\d+)-/.exec(ContentRange ?? '') ?? [];
  let before = at - Number(start ?? 0);
  try {
    for await (const chunk of bodyChunks(Body)) {
      const skipped = Math.min(before, chunk.byteLength);
      before -= skipped;
      if (skipped < chunk.byteLength) yield chunk.subarray(skipped);
    }
  } finally {
    discardBody(Body);
  }
}

/** The reason for another attempt after a failed read. @throws an error that another attempt does not help */
const brokenBy = (thrown: unknown, bucket: string): unknown => {
  if (thrown instanceof ContentLost || thrown instanceof TypeError) throw thrown;
  if (isDamaged(thrown)) throw damaged(thrown);
  const reason = reasonOf(thrown);
  if (reason !== undefined) throw new ContentLost(reason, { cause: thrown });
  if (isPassing(thrown)) return thrown;
  // An error of a body whose connection has ended is no answer of S3.
  if (thrown instanceof Error && !('$metadata' in thrown)) return cutOff(thrown);
  throw unavailable(thrown, bucket);
};
