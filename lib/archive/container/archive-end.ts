/** The end of an archive: signature, then manifest, found by two reads from the last byte. */

import { parseCanonicalJson } from '../canonical-json.ts';
import { ArchiveError } from '../errors.ts';
import {
  HEAD_NAME,
  MANIFEST_NAME,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type ManifestSignature,
  manifestSchema,
  SIGNATURE_NAME,
  signatureSchema,
} from '../format.ts';
import { isValidSignature } from '../keys/signature.ts';
import {
  type ArchiveLayout,
  layOut,
  manifestFrame,
  SIGNATURE_END_BYTES,
  signatureFrame,
} from './archive-layout.ts';
import type { ByteSource } from './byte-source.ts';
import { checkManifest } from './manifest-rules.ts';
import { BLOCK_BYTES, checkFrame, framedBytes, outerNameOf } from './outer-tar.ts';

export interface ArchiveEnd {
  readonly signature: ManifestSignature;
  /** Whether the manifest's bytes were signed by the key that the signature names; whose key that is, is another question. */
  readonly signatureIsValid: boolean;
  /** Reads and checks the manifest: to be called once the signature was judged. Throws as `openArchive` does. */
  parse(): { readonly manifest: Manifest; readonly layout: ArchiveLayout };
}

/** Throws `archive_not_recognised`, `archive_cut`, `archive_damaged`, `archive_format_unsupported`. */
export const readEnd = async (source: ByteSource): Promise<ArchiveEnd> => {
  const last = await readLast(source);
  const { bytes, padding } = signatureBytes(last);
  const signature = parseCanonicalJson(signatureSchema, bytes, SIGNATURE_NAME);
  const { manifestBytes } = signature;
  const start = source.size - SIGNATURE_END_BYTES - framedBytes(manifestBytes);
  if (manifestBytes > MAX_MANIFEST_BYTES || start < 0) {
    throw new ArchiveError(
      start < 0 ? 'archive_cut' : 'archive_bomb',
      `the archive declares a manifest of ${manifestBytes} bytes, more than ${start < 0 ? 'there are' : 'are allowed'}`,
    );
  }
  const framed = await source.read(start, framedBytes(manifestBytes));
  const json = framed.subarray(BLOCK_BYTES, BLOCK_BYTES + manifestBytes);
  const parse = () => {
    const manifest = parseCanonicalJson(manifestSchema, json, MANIFEST_NAME);
    checkManifest(manifest);
    const layout = layOut(manifest, manifestBytes);
    if (layout.archiveBytes !== source.size) throw wrongSize(layout.archiveBytes, source.size);
    const { time } = layout;
    checkFrame(
      manifestFrame(manifestBytes),
      time,
      framed.subarray(0, BLOCK_BYTES),
      framed.subarray(BLOCK_BYTES + manifestBytes),
    );
    checkFrame(signatureFrame(bytes.length), time, last.subarray(0, BLOCK_BYTES), padding);
    return { manifest, layout };
  };
  return { signature, signatureIsValid: isValidSignature(json, signature), parse };
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
      'this is not a Holdfast archive: it neither begins nor ends as one does; check that it is the right file',
    );
  }
  throw new ArchiveError(
    'archive_cut',
    'the archive does not end with its signature: it was cut, lengthened, or its end was changed; take another copy of it',
  );
};

/** The signature's bytes are as many as its header says; the rest of the block, and the end blocks, are zeros. */
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

const wrongSize = (declared: number, found: number): ArchiveError =>
  new ArchiveError(
    found < declared ? 'archive_cut' : 'archive_damaged',
    `the archive has ${found} bytes where its manifest counts ${declared}; take another copy of it`,
  );
