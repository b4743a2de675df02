import { closeSync, fstatSync, type Stats } from 'node:fs';
import type { PlacedPiece } from '../contents/contents-line.ts';
import { isMtimeOf } from '../threads/seen-file.ts';
import type { FilePiece, SealedPiece } from '../threads/segment-jobs.ts';
import { unreadableReason } from '../threads/unreadable-reason.ts';
import type { TreeEntry } from './tree-item.ts';

/** The state of a file that lies in several segments, at its end. */
export interface FileEnd {
  /** Why its content is not that of one moment; undefined when it is. */
  readonly change: string | undefined;
  /** Whether zeros replace content that could not be read: a restore must not present that as a good file. */
  readonly unreadable: boolean;
}

interface OpenFileOptions {
  /** Where in the file a continued capture goes on. */
  readonly from?: number;
  readonly pieces?: PlacedPiece[];
  /** Whether the entry's size was found by reading. */
  readonly measured?: boolean;
  /** Whether somebody else closes the file. */
  readonly borrowed?: boolean;
}

/** A file that lies in several segments, held open until all of its pieces are read. */
export class OpenFile {
  readonly entry: TreeEntry;
  /** -1 when a continued capture finds the file gone, or another one: then no more content comes. */
  readonly descriptor: number;
  readonly pieces: PlacedPiece[];
  readonly #measured: boolean;
  readonly #borrowed: boolean;
  /** Bytes of content handed in so far. */
  from: number;
  missingBytes = 0;
  #readError: string | undefined;

  constructor(
    entry: TreeEntry,
    descriptor: number,
    { from = 0, pieces = [], measured = false, borrowed = false }: OpenFileOptions = {},
  ) {
    this.entry = entry;
    this.descriptor = descriptor;
    this.from = from;
    this.pieces = pieces;
    this.#measured = measured;
    this.#borrowed = borrowed;
  }

  /** Takes the next `bytes` of content. */
  piece(bytes: number): FilePiece {
    const piece = { descriptor: this.descriptor, from: this.from, bytes };
    this.from += bytes;
    return piece;
  }

  placed(segment: number, piece: SealedPiece): void {
    const { offset, bytes, sha256 } = piece;
    this.missingBytes += piece.missingBytes;
    this.#readError ??= piece.readError;
    this.pieces.push({ segment, offset, bytes, sha256 });
  }

  close(): void {
    if (this.descriptor >= 0 && !this.#borrowed) closeSync(this.descriptor);
  }

  /** To be read when all pieces are placed, and before the file is closed. */
  get end(): FileEnd {
    const zeros = `zeros replace ${this.missingBytes} bytes`;
    if (this.descriptor < 0)
      return { change: `vanished while it was read: ${zeros}; a restore leaves it out`, unreadable: true };
    if (this.#readError !== undefined)
      return { change: `${this.#readError}: ${zeros}; a restore leaves it out`, unreadable: true };
    let now: Stats;
    try {
      now = fstatSync(this.descriptor);
    } catch (error) {
      const reason = unreadableReason(error);
      return this.missingBytes > 0
        ? { change: `${reason}: ${zeros}; a restore leaves it out`, unreadable: true }
        : {
            change: `was read to its end, and may have changed while it was read: its state ${reason}`,
            unreadable: false,
          };
    }
    if (this.missingBytes > 0 && now.size >= this.entry.size)
      return {
        change: `has less than the file system says: ${zeros}; a restore leaves it out`,
        unreadable: true,
      };
    return { change: this.#changeSince(now, zeros), unreadable: false };
  }

  #changeSince(now: Stats, zeros: string): string | undefined {
    if (this.missingBytes > 0) return `shrank while it was read: ${zeros}`;
    if (now.size > this.entry.size && !this.#measured)
      return 'grew while it was read: the added bytes are not in the backup';
    return isMtimeOf(this.entry, now.mtimeMs) ? undefined : 'was changed while it was read';
  }
}
