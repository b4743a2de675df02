/** Buckets that are backed up and restored into: the sources of kind `s3`, not where archives lie. */

import type { TextRecord } from '../../model/text/text-record.ts';

/** An object in a listing. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** Changes with the content. */
  readonly etag: string;
  /** In a bucket that keeps versions: the current one. */
  readonly versionId?: string | undefined;
}

/** What belongs to an object besides its bytes. */
export interface ObjectAttributes {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly cacheControl?: string | undefined;
  /** The text that was put, whether it is a time or not. */
  readonly expires?: string | undefined;
  /** Where this bucket's website redirects a request for the object. */
  readonly websiteRedirect?: string | undefined;
  readonly storageClass?: string | undefined;
  /** The key with which its service encrypts it, if it is not S3's own; recorded, but not applied. */
  readonly kmsKey?: string | undefined;
  readonly metadata: TextRecord;
  readonly tags: TextRecord;
}

export interface OpenedObject {
  readonly attributes: ObjectAttributes;
  /** What else belongs to the object and could not be read, and why: `its tags may not be read`. @default nothing */
  readonly lost?: readonly string[];
  /**
   * The bytes from the one asked for to the end, never more than were listed. Resumes after a broken connection.
   *
   * @throws ContentLost when the rest of this one object cannot be read, or the bytes are not the ones that S3 has.
   */
  readonly content: AsyncIterable<Uint8Array>;
  /** Closes the connection if reading has not begun; does nothing otherwise. */
  discard(): void;
}

export interface UnreadableObject {
  readonly unreadable: string;
}

/**
 * `taken`: nothing was done, because the key is taken. `without`: the object was written, but without something, and
 * why. `refused`: why the bucket does not accept this one object.
 */
export type PutOutcome = 'written' | 'taken' | { readonly without: string } | { readonly refused: string };

export interface KeyRange {
  readonly prefix: string;
  /** Keys after this one. @default from the beginning */
  readonly after?: string | undefined;
  /** Keys up to and including this one. @default to the end */
  readonly through?: string | undefined;
}

/** A page of a listing, which one request brings; it may hold no objects at all. */
export interface ListedPage {
  readonly objects: readonly ListedObject[];
  /** The last key that the page looked at: another listing goes on after it. Undefined for the last page. */
  readonly next?: string | undefined;
}

export interface BucketStore {
  /** @throws `component_unavailable` when the bucket does not exist or may not be read. */
  describe(bucket: string): Promise<{ versioned: boolean }>;
  /** Lists objects in the order of the keys' UTF-8 bytes, page by page; in a versioned bucket the current versions. */
  list(bucket: string, range: KeyRange): AsyncIterable<ListedObject>;
  /** The same objects by pages: in a bucket that keeps versions, one may hold old versions alone. */
  listPages(bucket: string, range: KeyRange): AsyncIterable<ListedPage>;
  /**
   * Opens this very object: by its version id, else by its entity tag. Or returns why it cannot be read: gone, changed,
   * archived, forbidden, or encrypted with a key that may not be used.
   *
   * @throws `component_unavailable`, `unavailable` for faults that do not concern this one object.
   */
  open(bucket: string, object: ListedObject, fromByte?: number): Promise<OpenedObject | UnreadableObject>;
  /**
   * Writes an object, which becomes visible whole and at once. Without `overwrite`, only where the key is free. After
   * an abort it may exist or not.
   *
   * @throws `place_unwritable`, `unavailable` for faults that do not concern this one object.
   */
  put(
    bucket: string,
    key: string,
    object: { bytes: number; attributes: ObjectAttributes; content: AsyncIterable<Uint8Array> },
    options: { overwrite: boolean; signal: AbortSignal },
  ): Promise<PutOutcome>;
  /** SHA-256 of an object's present content, hex, by reading all of it; undefined when it does not exist. */
  digest(bucket: string, key: string): Promise<string | undefined>;
}
