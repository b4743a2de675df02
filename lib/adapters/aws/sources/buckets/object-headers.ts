/** What belongs to an object of S3 besides its bytes, in our own form and as the headers of a put. */
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { type TextRecord, textRecord } from '../../../../model/text/text-record.ts';
import type { ObjectAttributes } from '../../../../ports/sources/bucket-store.ts';

const METADATA = 'x-amz-meta-';

/** Read from the headers, because the SDK's own record of metadata cannot hold `__proto__`. */
export const metadataOf = (headers: Readonly<Record<string, unknown>>): TextRecord =>
  textRecord(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(METADATA))
      .map(([name, value]) => [name.slice(METADATA.length), String(value)]),
  );

/** The SDK records `aws-chunked` for streamed uploads. It is no encoding of the content, and is left out. */
const contentEncodingOf = (text: string | undefined): string | undefined => {
  const encodings = (text ?? '').split(',').map((one) => one.trim());
  const real = encodings.filter((one) => one.toLowerCase() !== 'aws-chunked');
  return (real.length === encodings.length ? text : real.join(',')) || undefined;
};

export const attributesOf = (
  answer: GetObjectCommandOutput,
  { metadata, tags }: Pick<ObjectAttributes, 'metadata' | 'tags'>,
): ObjectAttributes => ({
  contentType: answer.ContentType || undefined,
  contentEncoding: contentEncodingOf(answer.ContentEncoding),
  contentDisposition: answer.ContentDisposition || undefined,
  contentLanguage: answer.ContentLanguage || undefined,
  cacheControl: answer.CacheControl || undefined,
  expires: answer.ExpiresString || undefined,
  websiteRedirect: answer.WebsiteRedirectLocation || undefined,
  storageClass: answer.StorageClass,
  kmsKey: answer.SSEKMSKeyId,
  metadata,
  tags,
});

/**
 * The storage class and the key are not among them: a restored object is readable, and encrypted with the bucket's own
 * key.
 */
export const headersOf = ({
  contentType,
  contentEncoding,
  contentDisposition,
  contentLanguage,
  cacheControl,
  websiteRedirect,
  metadata,
  tags,
}: ObjectAttributes) => ({
  ...(contentType !== undefined && { ContentType: contentType }),
  ...(contentEncoding !== undefined && { ContentEncoding: contentEncoding }),
  ...(contentDisposition !== undefined && { ContentDisposition: contentDisposition }),
  ...(contentLanguage !== undefined && { ContentLanguage: contentLanguage }),
  ...(cacheControl !== undefined && { CacheControl: cacheControl }),
  ...(websiteRedirect !== undefined && { WebsiteRedirectLocation: websiteRedirect }),
  Metadata: { ...metadata },
  ...(Object.keys(tags).length > 0 && {
    Tagging: new URLSearchParams(Object.entries(tags)).toString(),
  }),
});

interface Command {
  readonly middlewareStack: {
    add(
      middleware: <A extends object, R>(next: (args: A) => Promise<R>) => (args: A) => Promise<R>,
      options: { readonly step: 'build' },
    ): void;
  };
}

/** Returns the command, which then sends these headers unchanged, too: the SDK writes `Expires` only for a `Date`. */
export const withHeaders = <C extends Command>(command: C, headers: Readonly<Record<string, string>>): C => {
  command.middlewareStack.add(
    (next) => (args) => {
      const { request } = { request: undefined, ...args };
      Object.assign(Object(Object(request).headers), headers);
      return next(args);
    },
    { step: 'build' },
  );
  return command;
};

/** Headers for which a command has no field. */
export const rawHeadersOf = ({ expires }: ObjectAttributes): Readonly<Record<string, string>> =>
  expires === undefined ? {} : { expires };
