/** Buckets of S3 as sources and targets of backups. */
import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  GetObjectTaggingCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { compareKeys } from '../../../components/s3/object-path.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type {
  BucketStore,
  KeyRange,
  ListedObject,
  ObjectAttributes,
  OpenedObject,
  UnreadableObject,
} from '../../../ports/bucket-store.ts';
import { bodyChunks, discardBody } from '../s3/body-chunks.ts';
import { endUpload } from '../s3/multipart-join.ts';
import { failedWrite, isMissing, isRace, isTaken } from '../s3/s3-errors.ts';
import { streamFrom } from '../s3/s3-ranges.ts';
import { fromAws, isAwsError, isDenied, isPassing } from '../sdk/aws-errors.ts';
import { backOff } from '../sdk/backoff.ts';
import { objectPages, unavailable, versionPages } from './s3-listing.ts';

const MAX_BREAKS = 5;
const MAX_RACES = 6;
/** Larger objects are put in parts of at least this. */
const PART_BYTES = 16 * 1024 * 1024;
const MAX_PARTS = 10_000;

export class S3BucketStore implements BucketStore {
  readonly #client: S3Client;

  constructor({ client }: { client: S3Client }) {
    this.#client = client;
  }

  async describe(bucket: string): Promise<{ versioned: boolean }> {
    try {
      const { Status } = await this.#client.send(new GetBucketVersioningCommand({ Bucket: bucket }));
      return { versioned: Status === 'Enabled' };
    } catch (thrown) {
      throw unavailable(thrown, bucket);
    }
  }

  async *list(bucket: string, range: KeyRange): AsyncGenerator<ListedObject, void, undefined> {
    const { after, through } = range;
    const { versioned } = await this.describe(bucket);
    const pages = versioned
      ? versionPages(this.#client, bucket, range)
      : objectPages(this.#client, bucket, range);
    for await (const page of pages)
      for (const object of page) {
        if (after !== undefined && compareKeys(object.key, after) <= 0) continue;
        if (through !== undefined && compareKeys(object.key, through) > 0) return;
        yield object;
      }
  }

  async open(bucket: string, object: ListedObject, fromByte = 0): Promise<OpenedObject | UnreadableObject> {
    try {
      const first = await this.#get(bucket, object, fromByte);
      const tags = (first.TagCount ?? 0) > 0 ? await this.#tags(bucket, object) : {};
      return {
        attributes: attributesOf(first, tags),
        content: this.#contentFrom(bucket, object, fromByte, first),
        discard: () => discardBody(first.Body),
      };
    } catch (thrown) {
      const unreadable = reasonOf(thrown);
      if (unreadable !== undefined) return { unreadable };
      throw fromAws(thrown, `bucket ${bucket}`);
    }
  }

  async put(
    bucket: string,
    key: string,
    object: { bytes: number; attributes: ObjectAttributes; content: AsyncIterable<Uint8Array> },
    { overwrite, signal }: { overwrite: boolean; signal: AbortSignal },
  ): Promise<boolean> {
    const headers = { Bucket: bucket, Key: key, ...headersOf(object.attributes) };
    const condition = overwrite ? {} : { IfNoneMatch: '*' };
    try {
      if (object.bytes <= PART_BYTES) {
        const Body = Buffer.concat(await Array.fromAsync(object.content));
        await this.#whenClear(() =>
          this.#client.send(new PutObjectCommand({ ...headers, ...condition, Body }), {
            abortSignal: signal,
          }),
        );
      } else await this.#putParts(headers, condition, object, signal);
      return true;
    } catch (thrown) {
      if (isTaken(thrown)) return false;
      signal.throwIfAborted();
      throw failedWrite(thrown, { bucket, key });
    }
  }

  async digest(bucket: string, key: string): Promise<string | undefined> {
    const hash = createHash('sha256');
    try {
      for await (const chunk of streamFrom(this.#client, { bucket, key }, 0)) hash.update(chunk);
    } catch (thrown) {
      if (thrown instanceof HoldfastError && thrown.code === 'not_found') return undefined;
      throw thrown;
    }
    return hash.digest('hex');
  }

  async #putParts(
    headers: { Bucket: string; Key: string },
    condition: { IfNoneMatch?: string },
    { bytes, content }: { bytes: number; content: AsyncIterable<Uint8Array> },
    signal: AbortSignal,
  ): Promise<void> {
    const { Bucket, Key } = headers;
    const { UploadId } = await this.#client.send(new CreateMultipartUploadCommand(headers));
    const upload = { Bucket, Key, UploadId };
    try {
      const Parts: { ETag: string | undefined; PartNumber: number }[] = [];
      for await (const Body of piecesOf(content, Math.max(PART_BYTES, Math.ceil(bytes / MAX_PARTS)))) {
        const PartNumber = Parts.length + 1;
        const { ETag } = await this.#client.send(new UploadPartCommand({ ...upload, PartNumber, Body }), {
          abortSignal: signal,
        });
        Parts.push({ ETag, PartNumber });
      }
      await this.#client.send(
        new CompleteMultipartUploadCommand({ ...upload, ...condition, MultipartUpload: { Parts } }),
      );
    } catch (thrown) {
      await endUpload(this.#client, { bucket: Bucket, key: Key }, UploadId ?? '');
      throw thrown;
    }
  }

  /** Again when two conditional writes met. */
  async #whenClear(write: () => Promise<unknown>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await write();
        return;
      } catch (thrown) {
        if (!isRace(thrown) || attempt >= MAX_RACES) throw thrown;
      }
      await backOff(attempt);
    }
  }

  #get(bucket: string, object: ListedObject, fromByte: number): Promise<GetObjectCommandOutput> {
    const { key, versionId, etag } = object;
    return this.#client.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(versionId === undefined ? { IfMatch: etag } : { VersionId: versionId }),
        ...(fromByte > 0 && { Range: `bytes=${fromByte}-` }),
      }),
    );
  }

  async *#contentFrom(
    bucket: string,
    object: ListedObject,
    fromByte: number,
    first: GetObjectCommandOutput,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let answer = first;
    let at = fromByte;
    for (let breaks = 0; ; ) {
      try {
        for await (const chunk of bodyChunks(answer.Body)) {
          at += chunk.byteLength;
          breaks = 0;
          yield chunk;
        }
        if (at >= object.bytes) return;
        throw Object.assign(new Error('the connection ended early'), { name: 'NetworkingError' });
      } catch (thrown) {
        breaks += 1;
        if (breaks > MAX_BREAKS || !isPassing(thrown))
          throw fromAws(thrown, `the object ${object.key} of bucket ${bucket}`);
      }
      await backOff(breaks);
      answer = await this.#get(bucket, object, at);
    }
  }

  async #tags(bucket: string, { key, versionId }: ListedObject): Promise<Record<string, string>> {
    const { TagSet = [] } = await this.#client.send(
      new GetObjectTaggingCommand({
        Bucket: bucket,
        Key: key,
        ...(versionId !== undefined && { VersionId: versionId }),
      }),
    );
    return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
  }
}

/** Why an object can't be read; undefined for what is no fault of its own. */
const reasonOf = (thrown: unknown): string | undefined => {
  if (isAwsError(thrown, 'NoSuchBucket')) return undefined;
  if (isMissing(thrown)) return 'was deleted after it was listed';
  if (isTaken(thrown)) return 'was written anew after it was listed';
  if (isAwsError(thrown, 'InvalidObjectState'))
    return 'is archived in a storage class that must be restored before it is read';
  if (isDenied(thrown)) return `may not be read: ${Object(thrown).message}`;
  return undefined;
};

const attributesOf = (
  {
    ContentType,
    ContentEncoding,
    ContentDisposition,
    ContentLanguage,
    CacheControl,
    StorageClass,
    Metadata,
  }: GetObjectCommandOutput,
  tags: Record<string, string>,
): ObjectAttributes => ({
  contentType: ContentType,
  // What the SDK's own uploads of streams leave there is no encoding of the content.
  contentEncoding: ContentEncoding === 'aws-chunked' ? undefined : ContentEncoding || undefined,
  contentDisposition: ContentDisposition || undefined,
  contentLanguage: ContentLanguage || undefined,
  cacheControl: CacheControl || undefined,
  storageClass: StorageClass,
  metadata: Metadata ?? {},
  tags,
});

/** The storage class is not among them: an archived object comes back readable. */
const headersOf = ({
  contentType,
  contentEncoding,
  contentDisposition,
  contentLanguage,
  cacheControl,
  metadata,
  tags,
}: ObjectAttributes) => ({
  ...(contentType !== undefined && { ContentType: contentType }),
  ...(contentEncoding !== undefined && { ContentEncoding: contentEncoding }),
  ...(contentDisposition !== undefined && { ContentDisposition: contentDisposition }),
  ...(contentLanguage !== undefined && { ContentLanguage: contentLanguage }),
  ...(cacheControl !== undefined && { CacheControl: cacheControl }),
  Metadata: { ...metadata },
  ...(Object.keys(tags).length > 0 && { Tagging: new URLSearchParams(tags).toString() }),
});

/** The content in buffers of exactly that size, the last one excepted. */
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
