/** Buckets that are backed up and restored into: the sources of kind `s3`, not where archives lie. */

import type { TextRecord } from '../../model/text/text-record.ts';

/** An object as a listing names it. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** Changes with the content. */
  readonly etag: string;
  /** Where the bucket keeps versions: the one that is current. */
  readonly versionId?: string | undefined;
}

/** What belongs to an object beside its bytes. */
export interface ObjectAttributes {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentLanguage?: string | undefined;
  readonly cacheControl?: string | undefined;
  /** The text that was put, a time or not. */
  readonly expires?: string | undefined;
  /** Where a website of this bucket sends who asks for the object. */
  readonly websiteRedirect?: string | undefined;
  readonly storageClass?: string | undefined;
  /** The key that its service encrypts it with, where it is not S3's own; recorded, not applied. */
  readonly kmsKey?: string | undefined;
  readonly metadata: TextRecord;
  readonly tags: TextRecord;
}

export interface OpenedObject {
  readonly attributes: ObjectAttributes;
  /** What else belongs to the object and could not be had, and why: `its tags may not be read`. @default nothing */
  readonly lost?: readonly string[];
  /**
   * From the byte asked for to the end, never more than was listed. A connection that breaks is taken up again.
   *
   * @throws ContentLost when the rest of this one object cannot be had, or what was given is not what S3 has.
   */
  readonly content: AsyncIterable<Uint8Array>;
  /** Lets go of the connection, for who has not begun to read. Nothing otherwise. */
  discard(): void;
}

export interface UnreadableObject {
  readonly unreadable: string;
}

/**
 * `taken`: nothing was done, since the key is. `without`: it is there, but what of it is not, and why. `refused`: why the
 * bucket does not take this one object.
 */
export type PutOutcome = 'written' | 'taken' | { readonly without: string } | { readonly refused: string };

export interface KeyRange {
  readonly prefix: string;
  /** Keys after this one. @default from the beginning */
  readonly after?: string | undefined;
  /** To this one, it included. @default to the end */
  readonly through?: string | undefined;
}

export interface BucketStore {
  /** @throws `component_unavailable` when the bucket is not there or may not be read. */
  describe(bucket: string): Promise<{ versioned: boolean }>;
  /** In the order of the keys' UTF-8 bytes, page by page; of a versioned bucket the current versions. */
  list(bucket: string, range: KeyRange): AsyncIterable<ListedObject>;
  /**
   * This very object: by its version id, else by its entity tag. Or why it cannot be read: gone, changed, archived,
   * forbidden, under a key that is not at hand.
   *
   * @throws `component_unavailable`, `unavailable` for what is no fault of this one object.
   */
  open(bucket: string, object: ListedObject, fromByte?: number): Promise<OpenedObject | UnreadableObject>;
  /**
   * Writes an object; visible at once and whole. Without `overwrite` only where the key is free. After an abort it is
   * there, or not.
   *
   * @throws `place_unwritable`, `unavailable` for what is no fault of this one object.
   */
  put(
    bucket: string,
    key: string,
    object: { bytes: number; attributes: ObjectAttributes; content: AsyncIterable<Uint8Array> },
    options: { overwrite: boolean; signal: AbortSignal },
  ): Promise<PutOutcome>;
  /** SHA-256 of an object's content as it is now, hex, by reading all of it; undefined when there is none. */
  digest(bucket: string, key: string): Promise<string | undefined>;
}
