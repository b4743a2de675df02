import type { ByteSource } from '../../archive/reader/byte-source.ts';
import { requireWithin } from '../../archive/reader/byte-source.ts';
import type { Piece } from '../../model/records/capture.ts';
import type { Host } from '../../ports/host.ts';

/** A store into which clients put pieces is slow to answer, so each request asks for more. */
const FAR_READ_BYTES = 8 * 1024 * 1024;

/**
 * Reads the pieces of an upload, in their order, as the one file that they will be: by ranges, since a piece may be
 * larger than memory. All except the last have the size of the first.
 */
export const stagedSource = (host: Host, uploadId: string, pieces: readonly Piece[]): ByteSource => {
  const size = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  const pieceBytes = pieces[0]?.bytes ?? 1;
  return {
    size,
    ...(host.objects.pieceUploads === undefined ? {} : { readBytes: FAR_READ_BYTES }),
    read: async (offset, length) => {
      requireWithin({ size }, offset, length);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const index = Math.floor((offset + done) / pieceBytes);
        const piece = pieces[index];
        if (piece === undefined) throw new RangeError(`upload ${uploadId} has no part ${index}`);
        const from = offset + done - index * pieceBytes;
        const range = { offset: from, length: Math.min(length - done, piece.bytes - from) };
        bytes.set(await host.objects.readPiece(uploadId, piece, range), done);
        done += range.length;
      }
      return bytes;
    },
  };
};
