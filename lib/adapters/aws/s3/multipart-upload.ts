/** One multipart upload of S3: begun, its parts sent, completed. Whoever knows its id goes on with it: S3 lists what was sent. */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { isAwsError } from '../sdk/aws-errors.ts';
import type { Extent, PlannedPart } from './multipart-plan.ts';
import { failedRead, failedWrite, isMissing } from './s3-errors.ts';
import type { S3Location } from './s3-places.ts';
import { headObject, readRange } from './s3-ranges.ts';

/** Parts under way at once; each gathered one holds up to twice the least size in memory. */
export const CONCURRENCY = 16;
/** Metadata of every joined object: what it was made by. */
const MADE_BY = 'holdfast-made-by';

/** The object that is to be. */
export interface Joined {
  readonly object: S3Location;
  /** Tells it from what others write under the name. */
  readonly madeBy: string;
  readonly overwrite: boolean;
  /** What the CRC-32 of the whole object must be, as S3 writes it. */
  readonly sum?: string | undefined;
}

/** Whether it stands there already: by an earlier try whose answer was lost. */
export const isMade = async (client: S3Client, { object, madeBy }: Joined): Promise<boolean> =>
  (await headObject(client, object))?.metadata[MADE_BY] === madeBy;

/** What is small, in one request. */
export const putWhole = async (
  client: S3Client,
  { object, madeBy, overwrite, sum }: Joined,
  extents: readonly Extent[],
): Promise<void> => {
  await client.send(
    new PutObjectCommand({
      Bucket: object.bucket,
      Key: object.key,
      Body: await gathered(client, extents),
      ContentType: 'application/x-tar',
      Metadata: { [MADE_BY]: madeBy },
      ...(sum !== undefined && { ChecksumCRC32: sum }),
      ...(overwrite ? {} : { IfNoneMatch: '*' }),
    }),
  );
};

/** Its id. */
export const beginUpload = async (client: S3Client, { object, madeBy, sum }: Joined): Promise<string> => {
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({
      Bucket: object.bucket,
      Key: object.key,
      ContentType: 'application/x-tar',
      Metadata: { [MADE_BY]: madeBy },
      ...(sum !== undefined && { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }),
    }),
  );
  return UploadId ?? '';
};

/** The parts that S3 has, by their numbers. @throws S3's `NoSuchUpload` for one that was completed or ended */
export const partsSent = async (
  client: S3Client,
  { bucket: Bucket, key: Key }: S3Location,
  UploadId: string,
): Promise<Map<number, CompletedPart>> => {
  const sent = new Map<number, CompletedPart>();
  // The SDK's paginator would not end: the last page names a next one, too, and says only by `IsTruncated` that there is none.
  for (let PartNumberMarker: string | undefined; ; ) {
    const { Parts = [], ...page } = await client.send(
      new ListPartsCommand({ Bucket, Key, UploadId, PartNumberMarker }),
    );
    for (const { PartNumber = 0, ETag, ChecksumCRC32 } of Parts)
      sent.set(PartNumber, { PartNumber, ETag, ChecksumCRC32 });
    PartNumberMarker = page.NextPartNumberMarker;
    if (page.IsTruncated !== true || Parts.length === 0) return sent;
  }
};

/**
 * Sends the parts that are not among `sent`, several at once, and adds them to it. The first failure ends it; so does
 * `stopsNext`, but not before one part is sent. True when none is missing.
 */
export const sendMissing = async (
  client: S3Client,
  { bucket: Bucket, key: Key }: S3Location,
  UploadId: string,
  {
    parts,
    sent,
    stopsNext,
  }: {
    readonly parts: readonly PlannedPart[];
    readonly sent: Map<number, CompletedPart>;
    readonly stopsNext: () => boolean;
  },
): Promise<boolean> => {
  const missing = parts
    .map((part, index) => ({ part, PartNumber: index + 1 }))
    .filter(({ PartNumber }) => !sent.has(PartNumber));
  const queue = missing.values();
  let begun = 0;
  let ends = false;
  const work = async (): Promise<void> => {
    for (const { part, PartNumber } of queue) {
      ends ||= begun > 0 && stopsNext();
      if (ends) return;
      begun += 1;
      try {
        sent.set(PartNumber, await sendPart(client, { Bucket, Key, UploadId, PartNumber }, part));
      } catch (thrown) {
        ends = true;
        throw thrown;
      }
    }
  };
  const done = await Promise.allSettled(Array.from({ length: Math.min(CONCURRENCY, missing.length) }, work));
  for (const outcome of done) if (outcome.status === 'rejected') throw outcome.reason;
  return sent.size === parts.length;
};

/** The object is visible at once, and whole, when it resolves. */
export const completeUpload = async (
  client: S3Client,
  { object, overwrite, sum }: Joined,
  UploadId: string,
  sent: ReadonlyMap<number, CompletedPart>,
): Promise<void> => {
  const inOrder = [...sent.entries()].sort(([a], [b]) => a - b).map(([, part]) => part);
  await client.send(
    new CompleteMultipartUploadCommand({
      Bucket: object.bucket,
      Key: object.key,
      UploadId,
      // Named no checksum at its beginning, an upload takes none at its end.
      MultipartUpload: { Parts: sum === undefined ? inOrder.map(withoutSum) : inOrder },
      ...(sum !== undefined && { ChecksumCRC32: sum, ChecksumType: 'FULL_OBJECT' }),
      ...(overwrite ? {} : { IfNoneMatch: '*' }),
    }),
  );
};

const withoutSum = ({ ETag, PartNumber }: CompletedPart): CompletedPart => ({ ETag, PartNumber });

/** Ends a multipart upload; nothing if it has ended already. */
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

interface Target {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string;
  readonly PartNumber: number;
}

const sendPart = async (client: S3Client, target: Target, part: PlannedPart): Promise<CompletedPart> => {
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
