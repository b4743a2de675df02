import type { PlacedMember } from '../container/archive-layout.ts';
import type { OpenedArchive } from '../container/open.ts';
import type { SealedSegment } from './extract-jobs.ts';

/**
 * Reads a segment as it stands, unchecked, in memory of its own that can be handed to a worker, which checks it.
 * Throws `archive_cut` and what the source throws.
 */
export const readSealedSegment = async (
  { source }: OpenedArchive,
  { name, offset, size, sha256, plainBytes = 0 }: PlacedMember,
  identity: string,
): Promise<SealedSegment & { readonly sealed: Uint8Array<ArrayBuffer> }> => {
  const read = await source.read(offset, size);
  const { buffer } = read;
  const own = buffer instanceof ArrayBuffer && buffer.byteLength === size;
  const sealed = own ? new Uint8Array(buffer) : new Uint8Array(read);
  return { name, sealed, sha256, plainBytes, identity };
};
