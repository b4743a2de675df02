import type { ByteSource } from '../../archive/container/byte-source.ts';
import { requireWithin } from '../../archive/container/byte-source.ts';
import type { Piece } from '../../model/records.ts';
import type { Host } from '../../ports/host.ts';

/** How many pieces are in memory: a member may reach over the edge of one, and members are read in their order. */
const PIECES_KEPT = 3;

/** Pieces of an upload, in their order, read as the one file they are going to be. */
export const stagedSource = (host: Host, uploadId: string, pieces: readonly Piece[]): ByteSource => {
  const starts: number[] = [];
  let size = 0;
  for (const { bytes } of pieces) {
    starts.push(size);
    size += bytes;
  }
  const kept = new Map<number, Promise<Uint8Array>>();
  const load = (index: number, piece: Piece): Promise<Uint8Array> => {
    const known = kept.get(index);
    if (known !== undefined) return known;
    const loading = host.objects.readPiece(uploadId, piece);
    loading.catch(() => kept.delete(index));
    kept.set(index, loading);
    const [oldest] = kept.keys();
    if (kept.size > PIECES_KEPT && oldest !== undefined) kept.delete(oldest);
    return loading;
  };
  return {
    size,
    read: async (offset, length) => {
      requireWithin({ size }, offset, length);
      const bytes = new Uint8Array(length);
      for (const [index, piece] of pieces.entries()) {
        const start = starts[index] ?? 0;
        const [from, to] = [Math.max(offset, start), Math.min(offset + length, start + piece.bytes)];
        if (from < to)
          bytes.set((await load(index, piece)).subarray(from - start, to - start), from - offset);
      }
      return bytes;
    },
  };
};
