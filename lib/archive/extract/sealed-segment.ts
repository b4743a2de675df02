/** Segments and contents members as sealed bytes, for the pool's threads to check and open. */
import type { KeyObject } from 'node:crypto';
import { readAgePrefix } from '../age/age-header.ts';
import type { PlacedMember } from '../layout/archive-layout.ts';
import { checkHash, hashInTurns, type OpenedArchive } from '../reader/open.ts';
import { holdMemberToBounds } from '../reader/unknown-signer.ts';
import type { SealedSegment } from '../threads/extract-jobs.ts';

/** An age header for one recipient takes 200 bytes, a post-quantum one 1,700. */
const HEADER_BYTES = 4096;

/**
 * Returns a member for a thread; hand it over together with `transferOf` it. The thread checks it before it uses a
 * byte. Its age header is read here: the private key, and the libraries that use it, stay on this thread.
 *
 * @throws `archive_signer_unknown` for a member larger than is opened for an unknown signer; `archive_cut`,
 * `archive_damaged`, `age_malformed`, `wrong_key`, and what the source throws.
 */
export const sealedSegment = async (
  archive: OpenedArchive,
  member: PlacedMember,
  identity: string,
): Promise<SealedSegment> => {
  holdMemberToBounds(archive, member);
  const { source } = archive;
  const { name, offset, size, sha256, plainBytes = 0 } = member;
  const described = { name, sha256, plainBytes };
  if (source.path !== undefined) {
    const opened = await opensWith(await source.read(offset, Math.min(size, HEADER_BYTES)), identity);
    if (opened !== undefined)
      return { ...described, ...opened, sealed: { path: source.path, offset, bytes: size } };
  }
  const sealed = ownBytes(await source.read(offset, size));
  const opened = await opensWith(sealed, identity);
  if (opened !== undefined) return { ...described, ...opened, sealed };
  // The bytes are not checked yet: if they are not the signed ones, that is reported instead.
  checkHash(member, await hashInTurns(sealed));
  return { ...described, ...(await readAgePrefix(sealed, { identities: [identity] })), sealed };
};

/** The memory to transfer with a segment by `SegmentPool.run`. */
export const transferOf = ({ sealed }: SealedSegment): readonly ArrayBuffer[] =>
  sealed instanceof Uint8Array ? [sealed.buffer] : [];

const opensWith = async (
  bytes: Uint8Array,
  identity: string,
): Promise<{ readonly payloadKey: KeyObject; readonly prefixBytes: number } | undefined> => {
  try {
    return await readAgePrefix(bytes, { identities: [identity] });
  } catch {
    return undefined;
  }
};

/** The bytes are copied into memory of their own. */
const ownBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer && bytes.buffer.byteLength === bytes.length
    ? new Uint8Array(bytes.buffer)
    : new Uint8Array(bytes);
