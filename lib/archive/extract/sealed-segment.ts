/** Reads segments and contents members as they stand, for the pool's threads to check and open. */
import { hash } from 'node:crypto';
import { readAgePrefix } from '../age/age-header.ts';
import type { PlacedMember } from '../container/archive-layout.ts';
import { checkHash, type OpenedArchive } from '../container/open.ts';
import type { SealedSegment } from '../segments/extract-jobs.ts';

/**
 * A member in memory of its own that can be handed to a thread, which checks it before it uses a byte. Its age header
 * is read here: the private key, and the libraries that know it, stay on this thread.
 *
 * Throws `archive_cut`, `archive_damaged`, `wrong_key`, and what the source throws.
 */
export const readSealedSegment = async (
  { source }: OpenedArchive,
  member: PlacedMember,
  identity: string,
): Promise<SealedSegment & { readonly sealed: Uint8Array<ArrayBuffer> }> => {
  const { name, offset, size, sha256, plainBytes = 0 } = member;
  const read = await source.read(offset, size);
  const { buffer } = read;
  const own = buffer instanceof ArrayBuffer && buffer.byteLength === size;
  const sealed = own ? new Uint8Array(buffer) : new Uint8Array(read);
  try {
    const { payloadKey, prefixBytes } = await readAgePrefix(sealed, { identities: [identity] });
    return { name, sealed, sha256, plainBytes, prefixBytes, payloadKey };
  } catch (error) {
    // Nobody has looked at the bytes yet: when they are not the signed ones, that is what is wrong.
    checkHash(member, hash('sha256', sealed));
    throw error;
  }
};
