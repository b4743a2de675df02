/** Buckets of S3 as sources and targets of backups. */
import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetBucketVersioningCommand,
  type GetObjectCommandOutput,
  GetObjectTaggingCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { compareKeys } from '../../../components/s3/object-path.ts';
import { HoldfastError } from '../../../model/errors.ts';
import { type TextRecord, textRecord } from '../../../model/text-record.ts';
import type {
  BucketStore,
  KeyRange,
  ListedObject,
  ObjectAttributes,
  OpenedObject,
  UnreadableObject,
} from '../../../ports/bucket-store.ts';
import { discardBody } from '../s3/body-chunks.ts';
import { endUpload } from '../s3/multipart-join.ts';
import { failedWrite, isRace, isTaken } from '../s3/s3-errors.ts';
import { streamFrom } from '../s3/s3-ranges.ts';
import { isAwsError } from '../sdk/aws-errors.ts';
import { backOff } from '../sdk/backoff.ts';
import { getObject, objectContent } from './object-content.ts';
import { attributesOf, headersOf, metadataOf, rawHeadersOf, withHeaders } from './object-headers.ts';
import { reasonOf } from './object-refusals.ts';
import { objectPages, unavailable, versionPages } from './s3-listing.ts';

const MAX_RACES = 6;
/** Larger objects are put in parts of at least this. */
const PART_BYTES = 16 * 1024 * 1024;
const MAX_PARTS = 10_000;

export class S3BucketStore implements BucketStore {
  readonly #client: S3Client;
  readonly #tagsMayBeRead = new Set<string>();

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
    const source = { client: this.#client, bucket, object };
    try {
      const first = await getObject(source, fromByte);
      const { answer, headers } = first;
      const discard = (): void => discardBody(answer.Body);
      const content = objectContent(source, fromByte, first);
      // What belongs to it was asked for when its first byte was.
      const { tags, lost } =
        fromByte > 0
          ? { tags: textRecord(), lost: [] }
          : await this.#tagsOf(bucket, object, answer).catch((thrown: unknown) => {
              discard();
              throw thrown;
            });
      if ((answer.MissingMeta ?? 0) > 0)
        lost.push(`S3 withholds ${answer.MissingMeta} of its metadata, which no header can say`);
      return {
        attributes: attributesOf(answer, { metadata: metadataOf(headers), tags }),
        lost,
        content,
        discard,
      };
    } catch (thrown) {
      const unreadable = reasonOf(thrown);
      if (unreadable !== undefined) return { unreadable };
      throw unavailable(thrown, bucket);
    }
  }

  async put(
    bucket: string,
    key: string,
    object: { bytes: number; attributes: ObjectAttributes; content: AsyncIterable<Uint8Array> },
    { overwrite, signal }: { overwrite: boolean; signal: AbortSignal },
  ): Promise<boolean> {
    const headers = { Bucket: bucket, Key: key, ...headersOf(object.attributes) };
    const raw = rawHeadersOf(object.attributes);
    const condition = overwrite ? {} : { IfNoneMatch: '*' };
    try {
      if (object.bytes <= PART_BYTES) {
        const Body = Buffer.concat(await Array.fromAsync(object.content));
        await this.#whenClear(() =>
          this.#client.send(withHeaders(new PutObjectCommand({ ...headers, ...condition, Body }), raw), {
            abortSignal: signal,
          }),
        );
      } else await this.#putParts({ ...headers, raw }, condition, object, signal);
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
    { raw, ...headers }: { Bucket: string; Key: string; raw: Readonly<Record<string, string>> },
    condition: { IfNoneMatch?: string },
    { bytes, content }: { bytes: number; content: AsyncIterable<Uint8Array> },
    signal: AbortSignal,
  ): Promise<void> {
    const { Bucket, Key } = headers;
    const { UploadId } = await this.#client.send(withHeaders(new CreateMultipartUploadCommand(headers), raw));
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

  /**
   * A count of tags comes with an object only to who may read them: where none has come yet, they are asked for, so that
   * a missing right is not taken for a want of tags.
   */
  async #tagsOf(
    bucket: string,
    object: ListedObject,
    { TagCount }: GetObjectCommandOutput,
  ): Promise<{ tags: TextRecord; lost: string[] }> {
    if ((TagCount ?? 0) === 0 && this.#tagsMayBeRead.has(bucket)) return { tags: textRecord(), lost: [] };
    try {
      const tags = await this.#tags(bucket, object);
      this.#tagsMayBeRead.add(bucket);
      return { tags, lost: [] };
    } catch (thrown) {
      if (isAwsError(thrown, 'NoSuchTagSet', 'NotImplemented')) return { tags: textRecord(), lost: [] };
      const reason = reasonOf(thrown);
      if (reason === undefined) throw thrown;
      return { tags: textRecord(), lost: [`its tags could not be had: it ${reason}`] };
    }
  }

  async #tags(bucket: string, { key, versionId }: ListedObject): Promise<TextRecord> {
    const { TagSet = [] } = await this.#client.send(
      new GetObjectTaggingCommand({
        Bucket: bucket,
        Key: key,
        ...(versionId !== undefined && { VersionId: versionId }),
      }),
    );
    return textRecord(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
  }
}

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
