/** Reads a bucket's listing page by page, in the order of its keys. */
import {
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { HoldfastError } from '../../../../model/errors.ts';
import type { KeyRange, ListedPage } from '../../../../ports/sources/bucket-store.ts';
import { isElsewhere } from '../../s3/s3-errors.ts';
import {
  awsErrorName,
  awsStatus,
  fromAws,
  isAwsError,
  isDenied,
  refusalWords,
} from '../../sdk/aws-errors.ts';

/** @throws HoldfastError `component_unavailable` */
export async function* objectPages(
  client: S3Client,
  bucket: string,
  { prefix, after }: KeyRange,
): AsyncGenerator<ListedPage, void, undefined> {
  let token: string | undefined;
  let reached = after ?? '';
  do {
    const start =
      token === undefined ? after !== undefined && { StartAfter: after } : { ContinuationToken: token };
    const page = await listed(bucket, () =>
      client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, EncodingType: 'url', ...start }),
      ),
    );
    const objects = (page.Contents ?? []).map(({ Key, Size, LastModified, ETag }) => ({
      key: decoded(Key, page.EncodingType),
      bytes: Size ?? 0,
      modifiedAt: LastModified ?? new Date(0),
      etag: ETag ?? '',
    }));
    reached = objects.at(-1)?.key ?? reached;
    token = goesOn(page, bucket) ? (page.NextContinuationToken ?? endless(bucket)) : undefined;
    yield { objects, ...(token !== undefined && { next: reached }) };
  } while (token !== undefined);
}

/** In a bucket that keeps versions: lists the current ones. @throws HoldfastError `component_unavailable` */
export async function* versionPages(
  client: S3Client,
  bucket: string,
  { prefix, after }: KeyRange,
): AsyncGenerator<ListedPage, void, undefined> {
  let keyMarker = after;
  let versionMarker: string | undefined;
  for (;;) {
    const page: ListObjectVersionsCommandOutput = await listed(bucket, () =>
      client.send(
        new ListObjectVersionsCommand({
          Bucket: bucket,
          Prefix: prefix,
          EncodingType: 'url',
          ...(keyMarker !== undefined && { KeyMarker: keyMarker }),
          ...(versionMarker !== undefined && { VersionIdMarker: versionMarker }),
        }),
      ),
    );
    const objects = (page.Versions ?? [])
      .filter(({ IsLatest }) => IsLatest === true)
      .map(({ Key, Size, LastModified, ETag, VersionId }) => ({
        key: decoded(Key, page.EncodingType),
        bytes: Size ?? 0,
        modifiedAt: LastModified ?? new Date(0),
        etag: ETag ?? '',
        versionId: VersionId,
      }));
    const more = goesOn(page, bucket);
    if (more) {
      keyMarker = decoded(page.NextKeyMarker ?? endless(bucket), page.EncodingType);
      versionMarker = page.NextVersionIdMarker || undefined;
    }
    // A key's newest version comes first: of those that a page ends between, all that may be current was listed.
    yield { objects, ...(more && { next: keyMarker }) };
    if (!more) return;
  }
}

/**
 * Every page says whether it is the last: a page that does not was cut, or comes from a proxy, and is not the bucket's
 * end.
 *
 * @throws `unavailable`
 */
const goesOn = ({ IsTruncated }: { IsTruncated?: boolean | undefined }, bucket: string): boolean =>
  IsTruncated ?? endless(bucket);

const endless = (bucket: string): never => {
  throw new HoldfastError(
    'unavailable',
    `the bucket ${bucket} answers with a listing that does not say where it continues; try again`,
  );
};

const listed = async <T>(bucket: string, list: () => Promise<T>): Promise<T> => {
  try {
    return await list();
  } catch (thrown) {
    throw unavailable(thrown, bucket);
  }
};

/** Listings are requested in URL form, since XML can't hold every key. */
const decoded = (key = '', encoding: string | undefined): string =>
  encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key;

/** The error for a bucket that can't be listed. */
export const unavailable = (thrown: unknown, bucket: string): unknown => {
  if (isAwsError(thrown, 'NoSuchBucket') || (awsStatus(thrown) === 404 && !isMissingKey(thrown)))
    return new HoldfastError(
      'component_unavailable',
      `there is no bucket ${bucket}; check the name in the component`,
      {
        cause: thrown,
      },
    );
  if (isElsewhere(thrown))
    return new HoldfastError(
      'component_unavailable',
      `the bucket ${bucket} lies in another region than this installation (${awsErrorName(thrown)}); back it up by an installation in its own region`,
      { cause: thrown },
    );
  if (isDenied(thrown))
    return new HoldfastError(
      'component_unavailable',
      `the bucket ${bucket} may not be read: grant Holdfast's functions s3:ListBucket, s3:ListBucketVersions, s3:GetBucketVersioning and s3:GetObject* on it`,
      { cause: thrown },
    );
  const ours = fromAws(thrown, `bucket ${bucket}`);
  const words = ours === thrown ? refusalWords(thrown) : undefined;
  return words === undefined
    ? ours
    : new HoldfastError(
        'component_unavailable',
        `the bucket ${bucket} cannot be read (${words}); fix what S3 reports, and try again`,
        {
          cause: thrown,
        },
      );
};

const isMissingKey = (thrown: unknown): boolean => isAwsError(thrown, 'NoSuchKey', 'NoSuchVersion');
