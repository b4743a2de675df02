import { fstatSync } from 'node:fs';
import type { PlacedPiece } from '../container/contents-line.ts';
import type { FilePiece, SealedPiece } from '../segments/segment-jobs.ts';
import type { TarEntry } from '../tar/tar-entry.ts';

/** A file that lies in several segments, held open until all of its pieces are read. */
export class OpenFile {
  readonly entry: TarEntry;
  readonly descriptor: number;
  readonly pieces: PlacedPiece[];
  readonly #openedMtime: bigint;
  /** Content handed in so far. */
  from: number;
  missingBytes = 0;

  constructor(entry: TarEntry, descriptor: number, from: number, pieces: PlacedPiece[]) {
    this.entry = entry;
    this.descriptor = descriptor;
    this.from = from;
    this.pieces = pieces;
    this.#openedMtime = BigInt(entry.mtimeSeconds) * 1_000_000_000n + BigInt(entry.mtimeNanoseconds);
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
    this.pieces.push({ segment, offset, bytes, sha256 });
  }

  get change(): string | undefined {
    const now = fstatSync(this.descriptor, { bigint: true });
    if (this.missingBytes > 0)
      return `shrank while it was read: zeros stand in for ${this.missingBytes} bytes`;
    if (now.size > BigInt(this.entry.size))
      return 'grew while it was read: what was added is not in the backup';
    return now.mtimeNs === this.#openedMtime ? undefined : 'was written to while it was read';
  }
}
