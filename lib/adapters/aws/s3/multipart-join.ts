/** Joins ranges of objects and bytes in memory into one object of S3, server-side where the rules allow it. */
import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { HoldfastError } from '../../../model/errors.ts';
import { isAwsError } from '../sdk/aws-errors.ts';
import { backOff } from '../sdk/backoff.ts';
import { crc32AsS3, crc32OfWhole } from './crc32-of-whole.ts';
import {
  type Extent,
  extentBytes,
  groupParts,
  type MultipartLimits,
  type PlannedPart,
  partBytes,
  planParts,
} from './multipart-plan.ts';
import { failedRead, failedWrite, fileExists, isMissing, isRace, isTaken } from './s3-errors.ts';
import type { S3Location } from './s3-places.ts';
import { headObject, readRange } from './s3-ranges.ts';

/** Parts sent at once; each gathered part holds up to twice the least size in memory. */
export const CONCURRENCY = 8;
const MAX_RACES = 6;
/** Metadata of every joined object: the attempt that made it. */
const MADE_BY = 'holdfast-made-by';

export interface JoinOptions {
  readonly client: S3Client;
  readonly limits: MultipartLimits;
  /** Where parts are joined first when there are too many for one upload; used for nothing else. */
  readonly joined: (index: number) => S3Location;
  /** Called with each multipart upload before its first part, so that a crash leaves none that cannot be ended. */
  readonly onUpload: (object: S3Location, multipartId: string) => Promise<void>;
  /** Called with an object for which the store computed another checksum than that of its pieces. */
  readonly onOtherSum?: ((object: S3Location) => void) | undefined;
}

/**
 * Writes the object, which becomes visible whole and at once. When the CRC-32 of every extent is known, the store gets
 * that of the whole: by accepting it, it proves that it joined these bytes. A refusal is reported, and the object is
 * joined without a checksum: either the bytes are wrong, which reading the archive back will find, or the store
 * computes checksums wrongly.
 *
 * @throws HoldfastError `file_exists`, `not_found`, `archive_cut`, `place_unwritable`, `unavailable`.
 */
export const joinObject = async (
  options: JoinOptions,
  object: S3Location,
  extents: readonly Extent[],
  { overwrite }: { overwrite: boolean },
): Promise<{ bytes: number }> => {
  const bytes = extents.reduce((sum, extent) => sum + extentBytes(extent), 0);
  const parts =
    bytes <= options.limits.minPartBytes
      ? [{ gather: extents, bytes }]
      : await fewEnough(options, planParts(extents, options.limits));
  let sum = sumOf(extents);
  for (let attempt = 1; ; attempt++) {
    const madeBy = randomUUID();
    try {
      await write(options, object, parts, { overwrite, madeBy, sum });
      return { bytes };
    } catch (thrown) {
      // After a lost answer, the repeated request may be refused because the first one succeeded.
      const unclear = isTaken(thrown) || isAwsError(thrown, 'NoSuchUpload');
      if (unclear && (await headObject(options.client, object))?.metadata[MADE_BY] === madeBy)
        return { bytes };
      if (isTaken(thrown)) throw fileExists(object, thrown);
      if (attempt >= MAX_RACES) throw failedWrite(thrown, object);
      if (isOtherSum(thrown) && sum !== undefined) {
        sum = undefined;
        options.onOtherSum?.(object);
      } else if (!isRace(thrown)) throw failedWrite(thrown, object);
    }
    await backOff(attempt);
  }
};

/** Whether the store computed another checksum than the given one. */
const isOtherSum = (thrown: unknown): boolean => isAwsError(thrown, 'BadDigest');

const withoutSum = ({ ETag, PartNumber }: CompletedPart): CompletedPart => ({ ETag, PartNumber });

/** Joins groups of parts into objects of their own when there are more parts than one upload allows. */
const fewEnough = async (options: JoinOptions, parts: PlannedPart[]): Promise<PlannedPart[]> => {
  const { maxParts, maxPartBytes } = options.limits;
  if (parts.length <= maxParts) return parts;
  const groups = groupParts(parts, options.limits);
  if (groups.length > maxParts)
    throw new HoldfastError(
      'storage_full',
      `the archive is larger than S3 can join: ${maxParts} parts of ${maxPartBytes} bytes; back up fewer components at once`,
    );
  const made: PlannedPart[] = [];
  for (const [index, group] of groups.entries()) {
    const [only] = group;
    if (group.length === 1 && only !== undefined) {
      made.push(only);
      continue;
    }
    const from = options.joined(index);
    const length = group.reduce((sum, part) => sum + partBytes(part), 0);
    await write(options, from, group, { overwrite: true, madeBy: randomUUID() }).catch((thrown: unknown) => {
      throw failedWrite(thrown, from);
    });
    made.push({ copy: { from, offset: 0, length } });
  }
  return made;
};

/** The CRC-32 of the extents together, in S3's notation; undefined when that of one is unknown. */
const sumOf = (extents: readonly Extent[]): string | undefined => {
  const summed = extents.map((extent) => ({
    crc32: 'bytes' in extent ? crc32(extent.bytes) : extent.crc32,
    bytes: extentBytes(extent),
  }));
  return summed.every((one): one is { crc32: number; bytes: number } => one.crc32 !== undefined)
    ? crc32AsS3(crc32OfWhole(summed))
    : undefined;
};

interface WriteOptions {
  readonly overwrite: boolean;
  readonly madeBy: string;
  /** The CRC-32 that the whole object must have, in S3's notation. */
  readonly sum?: string | undefined;
}

const write = (
  options: JoinOptions,
  object: S3Location,
  parts: readonly PlannedPart[],
  how: WriteOptions,
): Promise<void> => {
  const [only] = parts;
  return parts.length === 1 && only !== undefined && 'gather' in only
    ? putWhole(options, object, only.gather, how)
    : uploadParts(options, object, parts, how);
};

const putWhole = async (
  { client }: JoinOptions,
  { bucket: Bucket, key: Key }: S3Location,
  extents: readonly Extent[],
  { overwrite, madeBy, sum }: WriteOptions,
): Promise<void> => {
  await client.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: await gathered(client, extents),
      ContentType: 'application/x-tar',
      Metadata: { [MADE_BY]: madeBy },
      ...(sum !== undefined && { ChecksumCRC32: sum }),
      ...(overwrite ? {} : { IfNoneMatch: '*' }),
    }),
  );
};

const uploadParts = async (
  { client, onUpload }: JoinOptions,
  object: S3Location,
  parts: readonly PlannedPart[],
  { overwrite, madeBy, sum }: WriteOptions,
): Promise<void> => {
  const { bucket: Bucket, key: Key } = object;
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({
      Bucket,
      Key,
      ContentType: 'application/x-tar',
      Metadata: { [MADE_BY]: madeBy },
      ...(sum !== undefined && { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
    }),
  );
  try {
    await onUpload(object, UploadId ?? '');
    const sent = await sendParts(client, { Bucket, Key, UploadId }, parts);
    await client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        // An upload that began without a checksum accepts none at its end.
        MultipartUpload: { Parts: sum === undefined ? sent.map(withoutSum) : sent },
        ...(sum !== undefined && { ChecksumCRC32: sum, ChecksumType: 'FULL_OBJECT' }),
        ...(overwrite ? {} : { IfNoneMatch: '*' }),
      }),
    );
  } catch (thrown) {
    // The upload was recorded: if it cannot be ended now, cleaning up ends it. The error that made it fail is thrown.
    await endUpload(client, object, UploadId ?? '').catch(() => undefined);
    throw thrown;
  }
};

/** Ends a multipart upload; does nothing if it has ended already. */
export const endUpload = async (client: S3Client, object: S3Location, multipartId: string): Promise<void> => {
  try {
    await client.send(
      new AbortMultipartUploadCommand({ Bucket: object.bucket, Key: object.key, UploadId: multipartId }),
    );
  } catch (thrown) {
    if (!isAwsError(thrown, 'NoSuchUpload', 'NoSuchBucket') && !isMissing(thrown))
      throw failedWrite(thrown, object);
  }
};

interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string | undefined;
}

/** Sends parts, several at once, and returns S3's answers in order. The first failure ends all. */
const sendParts = async (
  client: S3Client,
  upload: Upload,
  parts: readonly PlannedPart[],
): Promise<CompletedPart[]> => {
  const sent = new Array<CompletedPart>(parts.length);
  let failed = false;
  const queue = parts.entries();
  const work = async (): Promise<void> => {
    for (const [index, part] of queue) {
      if (failed) return;
      try {
        sent[index] = await sendPart(client, { ...upload, PartNumber: index + 1 }, part);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  const done = await Promise.allSettled(Array.from({ length: Math.min(CONCURRENCY, parts.length) }, work));
  for (const outcome of done) if (outcome.status === 'rejected') throw outcome.reason;
  return sent;
};

const sendPart = async (
  client: S3Client,
  target: Upload & { PartNumber: number },
  part: PlannedPart,
): Promise<CompletedPart> => {
  const { PartNumber } = target;
  if ('gather' in part) {
    const { ETag, ChecksumCRC32 } = await client.send(
      new UploadPartCommand({ ...target, Body: await gathered(client, part.gather) }),
    );
    return { PartNumber, ETag, ChecksumCRC32 };
  }
  const { from, offset, length } = part.copy;
  try {
    const { CopyPartResult } = await client.send(
      new UploadPartCopyCommand({
        ...target,
        CopySource: `${from.bucket}/${from.key.split('/').map(encodeURIComponent).join('/')}`,
        CopySourceRange: `bytes=${offset}-${offset + length - 1}`,
      }),
    );
    return { PartNumber, ETag: CopyPartResult?.ETag, ChecksumCRC32: CopyPartResult?.ChecksumCRC32 };
  } catch (thrown) {
    if (isAwsError(thrown, 'NoSuchUpload')) throw thrown;
    throw failedRead(thrown, from, offset + length);
  }
};

const gathered = async (client: S3Client, extents: readonly Extent[]): Promise<Buffer> => {
  const pieces = await Promise.all(
    extents.map((extent) =>
      'bytes' in extent ? extent.bytes : readRange(client, extent.from, extent.offset, extent.length),
    ),
  );
  return Buffer.concat(pieces);
};
