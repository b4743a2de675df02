/** Writes one object into a bucket, whole or not at all; attributes that the bucket refuses are left out and named. */
import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { HoldfastError } from '../../../../model/errors.ts';
import { textRecord } from '../../../../model/text/text-record.ts';
import type { ObjectAttributes, PutOutcome } from '../../../../ports/sources/bucket-store.ts';
import { endUpload } from '../../s3/multipart-upload.ts';
import { failedWrite, isRace, isTaken } from '../../s3/s3-errors.ts';
import { isAwsError, isPassing } from '../../sdk/aws-errors.ts';
import { backOff } from '../../sdk/backoff.ts';
import { headersOf, rawHeadersOf, withHeaders } from './object-headers.ts';
import { writeRefusal } from './object-refusals.ts';

const MAX_TRIES = 6;
/** Larger objects are put in parts, of at least this size. */
const PART_BYTES = 16 * 1024 * 1024;
const MAX_PARTS = 10_000;

export interface ObjectPut {
  readonly client: S3Client;
  readonly bucket: string;
  readonly key: string;
  readonly bytes: number;
  readonly attributes: ObjectAttributes;
  readonly content: AsyncIterable<Uint8Array>;
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
  /** SHA-256 of the object that is there now, hex. */
  readonly digest: () => Promise<string | undefined>;
}

/** @throws `place_unwritable`, `unavailable` for faults that do not concern this one object */
export const putObject = async (put: ObjectPut): Promise<PutOutcome> => {
  const { bucket, key, bytes, signal } = put;
  try {
    return await (bytes <= PART_BYTES ? putWhole(put) : putParts(put));
  } catch (thrown) {
    if (isTaken(thrown)) return 'taken';
    signal.throwIfAborted();
    const refused = writeRefusal(thrown);
    if (refused !== undefined) return { refused };
    throw failedWrite(thrown, { bucket, key });
  }
};

const putWhole = async (put: ObjectPut): Promise<PutOutcome> => {
  const { client, content, signal } = put;
  const Body = Buffer.concat(await Array.fromAsync(content));
  return described(put, (headers, raw) =>
    whenClear(put, sha256Of(Body), () =>
      client.send(withHeaders(new PutObjectCommand({ ...headers, ...conditionOf(put), Body }), raw), {
        abortSignal: signal,
      }),
    ),
  );
};

const putParts = async (put: ObjectPut): Promise<PutOutcome> => {
  const { client, bucket: Bucket, key: Key, bytes, content, signal } = put;
  let UploadId: string | undefined;
  const outcome = await described(put, async (headers, raw) => {
    ({ UploadId } = await client.send(withHeaders(new CreateMultipartUploadCommand(headers), raw)));
  });
  const upload = { Bucket, Key, UploadId };
  const hash = createHash('sha256');
  try {
    const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
    for await (const Body of piecesOf(content, Math.max(PART_BYTES, Math.ceil(bytes / MAX_PARTS)))) {
      hash.update(Body);
      const PartNumber = Parts.length + 1;
      const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }), {
        abortSignal: signal,
      });
      Parts.push({ ETag, PartNumber });
    }
    await whenClear(put, hash.digest('hex'), () =>
      client.send(
        new CompleteMultipartUploadCommand({ ...upload, ...conditionOf(put), MultipartUpload: { Parts } }),
      ),
    );
    return outcome;
  } catch (thrown) {
    // The first failure is thrown, however ending the upload goes.
    await endUpload(client, { bucket: Bucket, key: Key }, UploadId ?? '').catch(() => undefined);
    throw thrown;
  }
};

const conditionOf = ({ overwrite }: ObjectPut): { IfNoneMatch?: string } =>
  overwrite ? {} : { IfNoneMatch: '*' };

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Writes again after a conflict of two writes, or without an answer. When a repeat is refused, the first attempt may
 * have succeeded.
 */
const whenClear = async (put: ObjectPut, sha256: string, write: () => Promise<unknown>): Promise<void> => {
  const { bucket, key } = put;
  for (let attempt = 1; ; attempt++) {
    try {
      await write();
      return;
    } catch (thrown) {
      const lost = isAwsError(thrown, 'NoSuchUpload');
      const repeated = attempt > 1 || attemptsOf(thrown) > 1;
      if (lost || (isTaken(thrown) && repeated)) {
        if ((await put.digest()) === sha256) return;
        if (lost)
          throw new HoldfastError(
            'unavailable',
            `the upload of s3://${bucket}/${key} was lost before it was complete; try again`,
            { cause: thrown },
          );
      }
      if (!(isRace(thrown) || isPassing(thrown)) || attempt >= MAX_TRIES) throw thrown;
    }
    await backOff(attempt);
  }
};

/** How often the SDK has sent the request. */
const attemptsOf = (thrown: unknown): number => Number(Object(Object(thrown).$metadata).attempts ?? 1);

/** Sends with all that belongs to the object, or without what the bucket refuses. */
const described = async (
  { bucket, key, attributes }: ObjectPut,
  send: (
    headers: ReturnType<typeof headersOf> & { Bucket: string; Key: string },
    raw: Readonly<Record<string, string>>,
  ) => Promise<void>,
): Promise<PutOutcome> => {
  const names = { Bucket: bucket, Key: key };
  const variants: { of: ObjectAttributes; without: string | undefined }[] = [
    { of: attributes, without: undefined },
  ];
  if (Object.keys(attributes.tags).length > 0)
    variants.push({ of: { ...attributes, tags: textRecord() }, without: 'its tags' });
  variants.push({
    of: { metadata: textRecord(), tags: textRecord() },
    without: 'its tags, its metadata and everything else except its content',
  });
  let first: string | undefined;
  for (const { of, without } of variants) {
    try {
      await send({ ...names, ...headersOf(of) }, rawHeadersOf(of));
      return without === undefined ? 'written' : { without: `${without}: ${first}` };
    } catch (thrown) {
      const reason =
        isTaken(thrown) || isAwsError(thrown, 'KeyTooLongError') ? undefined : writeRefusal(thrown);
      if (reason === undefined || without?.startsWith('its tags,') === true) throw thrown;
      first ??= reason;
    }
  }
  throw new Error('a variant is written or throws');
};

/** Yields the content in buffers of exactly that size, except the last one. */
async function* piecesOf(
  content: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Buffer, void, undefined> {
  let buffer = Buffer.alloc(size);
  let used = 0;
  for await (const chunk of content)
    for (let at = 0; at < chunk.byteLength; ) {
      const taken = Math.min(size - used, chunk.byteLength - at);
      buffer.set(chunk.subarray(at, at + taken), used);
      used += taken;
      at += taken;
      if (used < size) continue;
      yield buffer;
      buffer = Buffer.alloc(size);
      used = 0;
    }
  if (used > 0) yield buffer.subarray(0, used);
}
