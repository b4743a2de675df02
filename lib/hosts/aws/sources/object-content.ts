/** The bytes of one object of S3, across broken connections and answers that arrive damaged. */
import { crc32 } from 'node:zlib';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { ContentLost } from '../../../archive/capture/content-lost.ts';
import type { ListedObject } from '../../../ports/bucket-store.ts';
import { bodyChunks, discardBody, keepBody } from '../s3/body-chunks.ts';
import { cutOff } from '../s3/s3-ranges.ts';
import { fromAws, isPassing } from '../sdk/aws-errors.ts';
import { backOff } from '../sdk/backoff.ts';
import { reasonOf } from './object-refusals.ts';

/** Breaks in a row, without a byte between them, after which a read fails. */
const MAX_BREAKS = 5;
/** Up to here an object is held until its checksum has been looked at, so that a damaged answer is asked for again. */
const HELD_BYTES = 4 * 1024 * 1024;

export interface ObjectOfBucket {
  readonly client: S3Client;
  readonly bucket: string;
  readonly object: ListedObject;
}

/** An answer, and its headers as they came. */
export interface ObjectAnswer {
  readonly answer: GetObjectCommandOutput;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** This very object, from that byte on. Throws what the SDK throws. */
export const getObject = async (
  { client, bucket, object: { key, versionId, etag } }: ObjectOfBucket,
  fromByte: number,
): Promise<ObjectAnswer> => {
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(versionId === undefined ? { IfMatch: etag } : { VersionId: versionId }),
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
  const answer = await client.send(command);
  keepBody(answer.Body);
  return { answer, headers };
};

/** Of the whole object, base64; composite ones of multipart uploads end with their number of parts. */
const CHECKSUM = 'x-amz-checksum-crc32';
const WHOLE_CHECKSUM = /^[A-Za-z0-9+/]{6}==$/;

const isSumOf = (expected: unknown, sum: number): boolean =>
  typeof expected !== 'string' ||
  !WHOLE_CHECKSUM.test(expected) ||
  Buffer.from(expected, 'base64').readUInt32BE() === sum;

/** The SDK's own word of it, which has no name. */
const MISMATCH = 'Checksum mismatch';
const isDamaged = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.message.startsWith(MISMATCH);
const damaged = (cause: unknown = new Error(MISMATCH)): ContentLost =>
  new ContentLost('arrived damaged: it is not what its checksum says', { cause });

/**
 * All from `fromByte` to the length that was listed.
 *
 * @throws ContentLost when the rest of this one object cannot be had; `unavailable` when S3 does not answer.
 */
export async function* objectContent(
  source: ObjectOfBucket,
  fromByte: number,
  first: ObjectAnswer,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (source.object.bytes > HELD_BYTES) yield* streamed(source, fromByte, first);
  else yield await held(source, fromByte, first);
}

/** The whole of it at once, read anew when it arrived damaged. */
const held = async (source: ObjectOfBucket, fromByte: number, first: ObjectAnswer): Promise<Uint8Array> => {
  let answer: ObjectAnswer | undefined = first;
  for (let attempt = 1; ; attempt++) {
    try {
      return Buffer.concat(await Array.fromAsync(streamed(source, fromByte, answer)));
    } catch (thrown) {
      if (!(thrown instanceof ContentLost && isDamaged(thrown.cause)) || attempt >= MAX_BREAKS) throw thrown;
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
  const { bucket, object } = source;
  let next = first;
  let at = fromByte;
  // The SDK looks at the checksum of an answer, and parts of an object have none: what came in several is summed here.
  let expected = fromByte === 0 ? first?.headers[CHECKSUM] : undefined;
  let sum = 0;
  for (let breaks = 0; ; ) {
    let broken: unknown;
    try {
      const { answer, headers } = next ?? (await getObject(source, at));
      if (at === 0) expected = headers[CHECKSUM];
      next = undefined;
      for await (const chunk of bytesFrom(answer, at)) {
        const wanted = chunk.subarray(0, object.bytes - at);
        at += wanted.byteLength;
        breaks = 0;
        sum = crc32(wanted, sum);
        if (wanted.byteLength > 0) yield wanted;
        if (wanted.byteLength < chunk.byteLength)
          throw new ContentLost('is longer than it was listed: what is beyond that is not in the backup');
      }
      if (at >= object.bytes) {
        if (isSumOf(expected, sum)) return;
        throw damaged();
      }
      broken = cutOff();
    } catch (thrown) {
      broken = brokenBy(thrown, `the object ${object.key} of bucket ${bucket}`);
    }
    breaks += 1;
    if (breaks > MAX_BREAKS) throw fromAws(broken, `the object ${object.key} of bucket ${bucket}`);
    await backOff(breaks);
  }
}

/** A range may be answered with the whole: some that speak S3 do so for versions. */
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

/** What a failed read is tried again for. @throws what another try does not mend */
const brokenBy = (thrown: unknown, what: string): unknown => {
  if (thrown instanceof ContentLost || thrown instanceof TypeError) throw thrown;
  if (isDamaged(thrown)) throw damaged(thrown);
  const reason = reasonOf(thrown);
  if (reason !== undefined) throw new ContentLost(reason, { cause: thrown });
  if (isPassing(thrown)) return thrown;
  // What a body throws whose connection has ended is no answer.
  if (thrown instanceof Error && !('$metadata' in thrown)) return cutOff(thrown);
  throw fromAws(thrown, what);
};
