/**
 * Stores archives. A new archive is written as pieces of an upload, in any order and by several writers, and becomes
 * visible only when it is composed: whole, durable, and never replacing another one unless asked to.
 */
import type { Piece } from '../model/records/capture.ts';

export interface ObjectInfo {
  key: string;
  bytes: number;
}

export interface PieceOptions {
  /**
   * Where these bytes will be in the finished object. Such a piece is durable when the call resolves, and takes no more
   * room when it is put again; it may replace an earlier piece of the same place, also for callers who still hold that
   * one.
   */
  at?: number;
}

/**
 * One part of a composed object: bytes in memory, a piece, or a range of an object in the store, copied server-side.
 */
export type Part =
  | { bytes: Uint8Array }
  | { piece: Piece }
  | { copy: string; offset: number; length: number };

/** How a joining goes on over several calls, and how the caller keeps where it is. */
export interface JoinSteps {
  /** What was kept last, of a joining of the same parts; null at the beginning. The store’s own: nobody else reads it. */
  readonly cursor: unknown;
  /** Keeps where the joining is. Once it throws, nothing more is written. */
  keep(cursor: unknown): Promise<void>;
  /** Whether this call is to end, at the next place where another can go on. */
  stopsNext(): boolean;
}

/** Steps of a joining that is done in one call. */
export const inOneCall: JoinSteps = { cursor: null, keep: async () => undefined, stopsNext: () => false };

/** Pieces that clients put straight into the store, by URLs that carry their own permission. */
export interface PieceUploads {
  /**
   * A URL that accepts exactly `bytes` by PUT, without a token, until it expires, at most 15 minutes. Another PUT
   * replaces the first.
   */
  url(uploadId: string, name: string, options: { bytes: number; expiresInSeconds: number }): Promise<string>;
  /** The pieces of an opened upload that have arrived so far. */
  list(uploadId: string): Promise<Piece[]>;
}

export interface ObjectStore {
  /**
   * Returns the key of `fileName` in `backupPath`, or in the installation's own place. Keys are opaque to callers.
   *
   * @throws `place_not_allowed` for a place outside the configured ones.
   */
  locate(fileName: string, backupPath?: string): string;
  /** The place of a key, as the record's `backupPath` shows it. */
  placeOf(key: string): string;
  /** Bytes that may still be written to the place of a key; undefined for a store without a limit. */
  freeBytes?(key: string): Promise<number>;
  /** @throws `place_unwritable`, saying why. Leaves nothing behind. */
  assertWritable(key: string): Promise<void>;

  /**
   * Sets where an upload's object will be, before its first piece; the pieces wait there. May be repeated, also after a
   * restart, but only with a key of the same place.
   *
   * @throws `place_unwritable`, `place_not_allowed`.
   */
  open(uploadId: string, key: string): Promise<void>;
  /**
   * Stores bytes as a piece of an opened upload. May be repeated under the same name: the last piece counts. The bytes
   * may be reused when it resolves. Pieces put in the order in which they are composed need no second copy, so put
   * first what comes first in the object, as a piece.
   *
   * @throws `storage_full`.
   */
  putPiece(
    uploadId: string,
    name: string,
    bytes: readonly Uint8Array[],
    options?: PieceOptions,
  ): Promise<Piece>;
  /** Reads a piece back, or a range of it. @throws `not_found` */
  readPiece(uploadId: string, piece: Piece, range?: { offset: number; length: number }): Promise<Uint8Array>;
  /**
   * Joins parts, in order, into one object, server-side. The object becomes visible whole and at once, and is durable
   * when the call resolves. An upload without pieces (only bytes and copies) need not be opened. After a failure the
   * pieces still exist.
   *
   * @throws `file_exists` when the key is taken and `overwrite` is false; `not_found` when a piece or a copied object
   * is missing; `storage_full`.
   */
  compose(
    uploadId: string,
    key: string,
    parts: readonly Part[],
    options: { overwrite: boolean },
  ): Promise<ObjectInfo>;
  /**
   * As `compose`, in as many calls as it takes: each with the same parts, and the cursor that was kept last. It may be
   * repeated after a crash anywhere, and after it was done; the pieces are still there whenever it fails.
   *
   * @returns undefined when it is to be called again
   */
  composeInSteps(
    uploadId: string,
    key: string,
    parts: readonly Part[],
    options: { overwrite: boolean; steps: JoinSteps },
  ): Promise<ObjectInfo | undefined>;
  /**
   * Puts the object `from` in the place of what stands under `to`, if anything does; both in one place. Whoever reads
   * `to` meanwhile meets the old object or the new one, whole; `from` is gone, and all is durable, when it resolves.
   * After a crash `to` is the old one or the new one; aborting `uploadId` removes what else may be left.
   *
   * @throws `not_found` when `from` does not exist, with `to` unchanged; `conflict` when they are in different places.
   */
  replace(uploadId: string, from: string, to: string): Promise<void>;
  /** As `replace`, in as many calls as it takes. @returns false when it is to be called again */
  replaceInSteps(uploadId: string, from: string, to: string, steps: JoinSteps): Promise<boolean>;
  /** Removes all pieces of an upload; nothing if there are none. Composing does this by itself. */
  abort(uploadId: string): Promise<void>;
  /** The uploads that still have pieces: a crash may have left them. */
  uploads(): Promise<string[]>;

  /**
   * For stores in which clients put pieces themselves. Undefined where the host's API takes the bytes and calls
   * `putPiece`.
   */
  readonly pieceUploads?: PieceUploads;

  /** How many bytes one `read` should ask for when much is read. @default 1 MiB */
  readonly readBytes?: number;
  /** An object's file on this machine, for a store that is a folder of files: threads read it themselves. */
  filePath?(key: string): string;
  /** Undefined when the object does not exist. */
  stat(key: string): Promise<ObjectInfo | undefined>;
  /** Reads exactly `length` bytes. @throws `not_found`; `archive_cut` when the object ends before them */
  read(key: string, offset: number, length: number): Promise<Uint8Array>;
  /** Reads from `offset` to the end. */
  stream(key: string, offset?: number): AsyncIterable<Uint8Array>;
  /** Removes an object, which is gone when it resolves; does nothing if it does not exist. */
  remove(key: string): Promise<void>;
  /**
   * A URL that returns the object's bytes without a token until it expires, at most 15 minutes; undefined where the
   * host's API streams them itself.
   */
  downloadUrl(
    key: string,
    options: { fileName: string; expiresInSeconds: number },
  ): Promise<string | undefined>;
}
