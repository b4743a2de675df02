/** Reads objects of S3 by ranges. */
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { isPassing } from '../sdk/aws-errors.ts';
import { backOff } from '../sdk/backoff.ts';
import { bodyChunks } from './body-chunks.ts';
import { cutShort, failedRead, isBeyondEnd, isMissing } from './s3-errors.ts';
import type { S3Location } from './s3-places.ts';

/** Breaks in a row, without a byte between them, after which a stream fails. */
const MAX_BREAKS = 5;

export interface ObjectHead {
  readonly bytes: number;
  readonly etag: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Undefined when the object does not exist. */
export const headObject = async (client: S3Client, object: S3Location): Promise<ObjectHead | undefined> => {
  try {
    const { ContentLength, ETag, Metadata } = await client.send(
      new HeadObjectCommand({ Bucket: object.bucket, Key: object.key }),
    );
    return { bytes: ContentLength ?? 0, etag: ETag, metadata: Metadata ?? {} };
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw failedRead(thrown, object, 0);
  }
};

/** Reads exactly these bytes. @throws HoldfastError `not_found`, `archive_cut` */
export const readRange = async (
  client: S3Client,
  object: S3Location,
  offset: number,
  length: number,
): Promise<Uint8Array> => {
  if (length === 0) return new Uint8Array();
  const end = offset + length;
  for (let attempt = 1; ; attempt++) {
    try {
      const { Body } = await client.send(
        new GetObjectCommand({
          Bucket: object.bucket,
          Key: object.key,
          Range: `bytes=${offset}-${end - 1}`,
        }),
      );
      const bytes = await Body?.transformToByteArray();
      if (bytes === undefined || bytes.byteLength < length) throw cutShort(object, end);
      return bytes;
    } catch (thrown) {
      // The SDK repeats requests, but not for a body that breaks off.
      if (attempt >= MAX_BREAKS || !isPassing(thrown)) throw failedRead(thrown, object, end);
    }
    await backOff(attempt);
  }
};

/** Reads to the object's end. After a broken connection it resumes at the same byte, in the same object. */
export async function* streamFrom(
  client: S3Client,
  object: S3Location,
  offset: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { bucket: Bucket, key: Key } = object;
  let at = offset;
  let etag: string | undefined;
  for (let breaks = 0; ; ) {
    try {
      const { Body, ETag } = await client.send(
        new GetObjectCommand({
          Bucket,
          Key,
          ...(at > 0 && { Range: `bytes=${at}-` }),
          ...(etag !== undefined && { IfMatch: etag }),
        }),
      );
      etag = ETag;
      for await (const chunk of bodyChunks(Body)) {
        at += chunk.byteLength;
        breaks = 0;
        yield chunk;
      }
      return;
    } catch (thrown) {
      if (isBeyondEnd(thrown) && (await headObject(client, object))?.bytes === at) return;
      breaks += 1;
      if (breaks > MAX_BREAKS || !(isPassing(thrown) || isCut(thrown))) throw failedRead(thrown, object, at);
    }
    await backOff(breaks);
  }
}

/** The SDK's error, without a name, when the connection of a body with a checksum ends early. */
const isCut = (thrown: unknown): boolean =>
  thrown instanceof Error && thrown.message.startsWith('Connection lost');

/** A temporary error, in the form in which the SDK names them. */
export const cutOff = (cause?: unknown): Error =>
  Object.assign(new Error('the connection ended early', { cause }), { name: 'NetworkingError' });
