/**
 * Where archives lie. A new archive is written as pieces of an upload, in any order and by several writers, and
 * becomes visible only when it is composed: whole, durable, and never over another unless asked.
 */
import type { Piece } from '../model/records/capture.ts';

export interface ObjectInfo {
  key: string;
  bytes: number;
}

export interface PieceOptions {
  /**
   * Where in the object to be these bytes are going to stand. Such a piece is durable when it resolves, and put again it
   * takes no more room; it may replace what was put there before, also for those who still hold that piece.
   */
  at?: number;
}

/** Takes one piece of a composed object: bytes at hand, or a range of an object in the store, copied server-side. */
export type Part =
  | { bytes: Uint8Array }
  | { piece: Piece }
  | { copy: string; offset: number; length: number };

/** Pieces that clients put straight into the store, by URLs that carry their own permission. */
export interface PieceUploads {
  /** Takes exactly `bytes` by PUT, without a token, until it expires, at most 15 minutes; again replaces what was put. */
  url(uploadId: string, name: string, options: { bytes: number; expiresInSeconds: number }): Promise<string>;
  /** The pieces of an opened upload that have come so far. */
  list(uploadId: string): Promise<Piece[]>;
}

export interface ObjectStore {
  /**
   * The key of `fileName` in `backupPath`, or in the installation's own place. Keys are opaque to callers.
   *
   * @throws `place_not_allowed` for a place outside the configured ones.
   */
  locate(fileName: string, backupPath?: string): string;
  /** The place a key lies in, as the record's `backupPath` shows it. */
  placeOf(key: string): string;
  /** Bytes that may still be written to the place a key lies in; undefined where the place does not end. */
  freeBytes?(key: string): Promise<number>;
  /** @throws `place_unwritable`, saying why. Leaves nothing behind. */
  assertWritable(key: string): Promise<void>;

  /**
   * Says where the object of an upload will lie, before its first piece; the pieces wait there. May be repeated, also
   * after a restart, but always with a key of the same place.
   *
   * @throws `place_unwritable`, `place_not_allowed`.
   */
  open(uploadId: string, key: string): Promise<void>;
  /**
   * Keeps bytes as a piece of an upload that was opened. May be repeated under the same name: the last one counts. The bytes may be
   * reused when it resolves. Pieces put in the order in which they are composed cost no second copy, so what comes
   * first in the object is best put first, as a piece.
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
   * Joins parts, in order, into one object, server-side; visible at once and whole, durable when it resolves. An
   * upload without pieces (only bytes and copies) need not be opened. When it fails, the named pieces are still there.
   *
   * @throws `file_exists` when the key is taken and `overwrite` is false; `not_found` when a piece or a copied
   * object is not there; `storage_full`.
   */
  compose(
    uploadId: string,
    key: string,
    parts: readonly Part[],
    options: { overwrite: boolean },
  ): Promise<ObjectInfo>;
  /**
   * Puts the object `from` in the place of what stands under `to`, if anything does; both in one place. Whoever reads
   * `to` meanwhile meets the old object or the new one, whole; `from` is gone, and all is durable, when it resolves.
   * After a crash `to` is the old one or the new one; aborting `uploadId` removes what else may be left.
   *
   * @throws `not_found` when there is no `from`; `to` is then as it was. `conflict` when they are of different places.
   */
  replace(uploadId: string, from: string, to: string): Promise<void>;
  /** Removes all pieces of an upload; nothing if there are none. Composing does this by itself. */
  abort(uploadId: string): Promise<void>;
  /** Uploads that still have pieces: what a crash may have left. */
  uploads(): Promise<string[]>;

  /** Where clients put the bytes of pieces themselves. Undefined where the host's API takes them and calls `putPiece`. */
  readonly pieceUploads?: PieceUploads;

  /** How much one `read` had best ask for where much is read. @default 1 MiB */
  readonly readBytes?: number;
  /** The file on this machine that an object is, where the store is a folder of such files: threads read it themselves. */
  filePath?(key: string): string;
  /** Undefined when there is no such object. */
  stat(key: string): Promise<ObjectInfo | undefined>;
  /** Exactly `length` bytes. @throws `not_found`; `archive_cut` when the object ends before. */
  read(key: string, offset: number, length: number): Promise<Uint8Array>;
  /** From `offset` to the end. */
  stream(key: string, offset?: number): AsyncIterable<Uint8Array>;
  /** Gone when it resolves; nothing if it was not there. */
  remove(key: string): Promise<void>;
  /** A URL that answers with the object's bytes without a token until it expires, at most 15 minutes; undefined where the host's API streams them itself. */
  downloadUrl(
    key: string,
    options: { fileName: string; expiresInSeconds: number },
  ): Promise<string | undefined>;
}
