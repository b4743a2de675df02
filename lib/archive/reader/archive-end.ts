/** The end of an archive: signature, then manifest, found by two reads from the last byte. */

import { createHash } from 'node:crypto';
import { parseCanonicalJson } from '../canonical-json.ts';
import { ArchiveError } from '../errors.ts';
import { MAX_MANIFEST_BYTES, type ManifestSignature, signatureSchema } from '../format.ts';
import { isSignedStatement } from '../keys/signature.ts';
import { manifestFrame, SIGNATURE_END_BYTES, signatureFrame } from '../layout/archive-layout.ts';
import { BLOCK_BYTES, checkFrame, framedBytes, outerNameOf } from '../layout/outer-tar.ts';
import { HEAD_NAME, SIGNATURE_NAME } from '../member-names.ts';
import type { ByteSource } from './byte-source.ts';

/** What the last bytes say. The manifest is not read yet: it may be large, and nobody has judged its signer. */
export interface ArchiveEnd {
  readonly signature: ManifestSignature;
  /** Whether the signature was made by the key that it names; whose key that is, is another question. */
  readonly isSigned: boolean;
  /** Reads the manifest, but parses nothing. @throws `archive_cut` */
  readManifest(): Promise<UnreadManifest>;
}

export interface UnreadManifest {
  /** The manifest's bytes, in memory of their own. */
  readonly json: Buffer<ArrayBuffer>;
  /** Whether this is the manifest that the signature names. */
  readonly isTheSigned: boolean;
  /** Compares the frames of the two last members, once the time that they carry is known. @throws `archive_damaged` */
  checkFrames(time: number): void;
}

/** @throws `archive_not_recognised`, `archive_cut`, `archive_damaged`, `archive_format_unsupported`, `archive_bomb` */
export const readEnd = async (source: ByteSource): Promise<ArchiveEnd> => {
  const last = await readLast(source);
  const { bytes, padding } = signatureBytes(last);
  const signature = parseCanonicalJson(signatureSchema, bytes, SIGNATURE_NAME);
  const { manifestBytes, manifestSha256 } = signature;
  const start = source.size - SIGNATURE_END_BYTES - framedBytes(manifestBytes);
  if (manifestBytes > MAX_MANIFEST_BYTES || start < 0) {
    throw new ArchiveError(
      start < 0 ? 'archive_cut' : 'archive_bomb',
      `the archive declares a manifest of ${manifestBytes} bytes, which is more than ${start < 0 ? 'the archive has' : 'is allowed'}`,
    );
  }
  const readManifest = async (): Promise<UnreadManifest> => {
    const { framed, sha256 } = await readHashed(source, start, manifestBytes);
    const json = framed.subarray(BLOCK_BYTES, BLOCK_BYTES + manifestBytes);
    // Copied, because the memory of the rest may go to a thread.
    const header = Buffer.from(framed.subarray(0, BLOCK_BYTES));
    const rest = Buffer.from(framed.subarray(BLOCK_BYTES + manifestBytes));
    const checkFrames = (time: number): void => {
      checkFrame(manifestFrame(manifestBytes), time, header, rest);
      checkFrame(signatureFrame(bytes.length), time, last.subarray(0, BLOCK_BYTES), padding);
    };
    return { json, isTheSigned: sha256 === manifestSha256, checkFrames };
  };
  return { signature, isSigned: isSignedStatement(signature), readManifest };
};

/** Takes a few milliseconds to hash. */
const READ_BYTES = 4 * 1024 * 1024;

/** Reads a member with its frame, which begins at `start`, and the member's SHA-256. */
const readHashed = async (
  source: ByteSource,
  start: number,
  memberBytes: number,
): Promise<{ readonly framed: Buffer<ArrayBuffer>; readonly sha256: string }> => {
  const framed = Buffer.allocUnsafeSlow(framedBytes(memberBytes));
  const end = BLOCK_BYTES + memberBytes;
  const hash = createHash('sha256');
  for (let at = 0; at < framed.length; at += READ_BYTES) {
    const piece = await source.read(start + at, Math.min(READ_BYTES, framed.length - at));
    framed.set(piece, at);
    hash.update(framed.subarray(Math.max(at, BLOCK_BYTES), Math.min(at + piece.length, end)));
  }
  return { framed, sha256: hash.digest('hex') };
};

export const readLast = async (source: ByteSource): Promise<Uint8Array> => {
  if (source.size >= SIGNATURE_END_BYTES) {
    const last = await source.read(source.size - SIGNATURE_END_BYTES, SIGNATURE_END_BYTES);
    if (outerNameOf(last.subarray(0, BLOCK_BYTES)) === SIGNATURE_NAME) return last;
  }
  const first = await source.read(0, Math.min(BLOCK_BYTES, source.size));
  if (outerNameOf(first) !== HEAD_NAME) {
    throw new ArchiveError(
      'archive_not_recognised',
      'this is not a Holdfast archive: neither its first nor its last bytes are those of an archive; check that it is the right file',
    );
  }
  throw new ArchiveError(
    'archive_cut',
    'the archive does not end with its signature: it was cut, something was added, or its end was changed; take another copy of it',
  );
};

/** The signature has as many bytes as its header says; the rest of the block, and the end blocks, are zeros. */
export const signatureBytes = (
  last: Uint8Array,
): { readonly bytes: Uint8Array; readonly padding: Uint8Array } => {
  const size = Number.parseInt(Buffer.from(last.subarray(124, 135)).toString('latin1'), 8);
  if (!(size > 0 && size <= BLOCK_BYTES)) {
    throw new ArchiveError(
      'archive_damaged',
      `${SIGNATURE_NAME} has an impossible size; take another copy of the archive`,
    );
  }
  return {
    bytes: last.subarray(BLOCK_BYTES, BLOCK_BYTES + size),
    padding: last.subarray(BLOCK_BYTES + size),
  };
};
