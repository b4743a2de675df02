/** Buckets of S3 as sources and targets of backups. */
import { createHash } from 'node:crypto';
import {
  GetBucketVersioningCommand,
  type GetObjectCommandOutput,
  GetObjectTaggingCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { compareKeys } from '../../../../components/s3/object-path.ts';
import { HoldfastError } from '../../../../model/errors.ts';
import { type TextRecord, textRecord } from '../../../../model/text/text-record.ts';
import type {
  BucketStore,
  KeyRange,
  ListedObject,
  ListedPage,
  ObjectAttributes,
  OpenedObject,
  PutOutcome,
  UnreadableObject,
} from '../../../../ports/sources/bucket-store.ts';
import { discardBody } from '../../s3/body-chunks.ts';
import { isDamaged } from '../../s3/s3-errors.ts';
import { streamFrom } from '../../s3/s3-ranges.ts';
import { isAwsError } from '../../sdk/aws-errors.ts';
import { backOff } from '../../sdk/backoff.ts';
import { objectContent, openObject, untilAnswered } from './object-content.ts';
import { attributesOf, metadataOf } from './object-headers.ts';
import { putObject } from './object-put.ts';
import { reasonOf } from './object-refusals.ts';
import { objectPages, unavailable, versionPages } from './s3-listing.ts';
import { SilentObjects } from './silent-objects.ts';

/** How often a digest is computed again when the content arrives damaged. */
const MAX_READS = 3;

export class S3BucketStore implements BucketStore {
  readonly #client: S3Client;
  readonly #tagsMayBeRead = new Set<string>();
  readonly #silent: SilentObjects;

  constructor({ client }: { client: S3Client }) {
    this.#client = client;
    this.#silent = new SilentObjects(client);
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
    for await (const { objects } of this.listPages(bucket, range)) yield* objects;
  }

  async *listPages(bucket: string, range: KeyRange): AsyncGenerator<ListedPage, void, undefined> {
    const { after, through } = range;
    const { versioned } = await this.describe(bucket);
    const pages = versioned
      ? versionPages(this.#client, bucket, range)
      : objectPages(this.#client, bucket, range);
    for await (const { objects, next } of pages) {
      const wanted = objects.filter(({ key }) => after === undefined || compareKeys(key, after) > 0);
      const end = wanted.findIndex(({ key }) => through !== undefined && compareKeys(key, through) > 0);
      if (end >= 0) {
        yield { objects: wanted.slice(0, end) };
        return;
      }
      yield { objects: wanted, next };
    }
  }

  async open(bucket: string, object: ListedObject, fromByte = 0): Promise<OpenedObject | UnreadableObject> {
    const source = { client: this.#client, bucket, object, silent: this.#silent };
    try {
      const first = await openObject(source, fromByte);
      this.#silent.answered(bucket);
      const { answer, headers } = first;
      const discard = (): void => discardBody(answer.Body);
      const content = objectContent(source, fromByte, first);
      // The attributes were requested together with its first byte.
      const { tags, lost } =
        fromByte > 0
          ? { tags: textRecord(), lost: [] }
          : await this.#tagsOf(bucket, object, answer).catch((thrown: unknown) => {
              discard();
              throw thrown;
            });
      if ((answer.MissingMeta ?? 0) > 0)
        lost.push(`S3 withholds ${answer.MissingMeta} of its metadata, which cannot be sent in a header`);
      return {
        attributes: attributesOf(answer, { metadata: metadataOf(headers), tags }),
        lost,
        content,
        discard,
      };
    } catch (thrown) {
      const unreadable = reasonOf(thrown);
      if (unreadable !== undefined) return { unreadable };
      const silent = await this.#silent.reasonFor(bucket, object.key, thrown);
      if (silent !== undefined) return { unreadable: `cannot be read: ${silent}` };
      throw unavailable(thrown, bucket);
    }
  }

  put(
    bucket: string,
    key: string,
    object: { bytes: number; attributes: ObjectAttributes; content: AsyncIterable<Uint8Array> },
    options: { overwrite: boolean; signal: AbortSignal },
  ): Promise<PutOutcome> {
    const digest = (): Promise<string | undefined> => this.digest(bucket, key);
    return putObject({ client: this.#client, bucket, key, ...object, ...options, digest });
  }

  async digest(bucket: string, key: string): Promise<string | undefined> {
    for (let attempt = 1; ; attempt++) {
      const hash = createHash('sha256');
      try {
        for await (const chunk of streamFrom(this.#client, { bucket, key }, 0)) hash.update(chunk);
        return hash.digest('hex');
      } catch (thrown) {
        if (thrown instanceof HoldfastError && thrown.code === 'not_found') return undefined;
        if (!isDamaged(thrown) || attempt >= MAX_READS) throw thrown;
      }
      await backOff(attempt);
    }
  }

  /**
   * An object comes with a count of its tags only for callers that may read tags. Until a count has come, the tags are
   * requested, so that a missing right is not taken for missing tags.
   */
  async #tagsOf(
    bucket: string,
    object: ListedObject,
    { TagCount }: GetObjectCommandOutput,
  ): Promise<{ tags: TextRecord; lost: string[] }> {
    if ((TagCount ?? 0) === 0 && this.#tagsMayBeRead.has(bucket)) return { tags: textRecord(), lost: [] };
    try {
      const tags = await untilAnswered(() => this.#tags(bucket, object));
      this.#tagsMayBeRead.add(bucket);
      return { tags, lost: [] };
    } catch (thrown) {
      const none = (TagCount ?? 0) === 0 && isAwsError(thrown, 'NoSuchTagSet', 'NotImplemented');
      if (none) return { tags: textRecord(), lost: [] };
      const reason = reasonOf(thrown);
      const why =
        reason === undefined ? await this.#silent.reasonFor(bucket, object.key, thrown) : `it ${reason}`;
      if (why === undefined) throw thrown;
      return { tags: textRecord(), lost: [`its tags could not be read: ${why}`] };
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
