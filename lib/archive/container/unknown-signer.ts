/**
 * What is opened for a signer whose key is not here: as much as an archive of ordinary size needs. Who knows where a larger
 * one comes from imports its verify key, and has it opened as one's own.
 */
import { ArchiveError } from '../errors.ts';
import type { ManifestSignature, Member } from '../format.ts';

const MiB = 1024 * 1024;
/** Some 100,000 members: 1.5 TB of archive in segments of 16 MiB. */
export const MAX_UNKNOWN_MANIFEST_BYTES = 16 * MiB;
/** Segments of our hosts have 16 and 32 MiB; each thread holds one, sealed and plain. */
const MAX_UNKNOWN_SEGMENT_BYTES = 32 * MiB;
/** Contents members of ours have some 12 MiB, where names are as long as they may be. */
const MAX_UNKNOWN_CONTENTS_BYTES = 16 * MiB;

/** An `archive_signer_unknown` that says what is too large. */
export const tooLargeForUnknown = (what: string, { verifyKey }: ManifestSignature): ArchiveError =>
  new ArchiveError(
    'archive_signer_unknown',
    `${what}: more than is opened for an installation that is not known here (verify key ${verifyKey}); ` +
      'if you know where the archive comes from, import its verify key first, or name it with --verify-key',
  );

/** Throws `archive_signer_unknown` for a manifest that is not even read. */
export const holdManifestToBounds = (signature: ManifestSignature, isKnown: boolean): void => {
  const { manifestBytes } = signature;
  if (!isKnown && manifestBytes > MAX_UNKNOWN_MANIFEST_BYTES)
    throw tooLargeForUnknown(`the archive has a manifest of ${manifestBytes} bytes`, signature);
};

/** Of an opened archive. */
export interface SignedContent {
  readonly isKnown: boolean;
  readonly signature: ManifestSignature;
  segments(component: string): readonly Member[];
  contents(component: string): readonly Member[];
}

/** Throws `archive_signer_unknown` when something of these components is too large to be opened. */
export const holdContentToBounds = (
  { isKnown, signature, segments, contents }: SignedContent,
  components: readonly string[],
): void => {
  if (isKnown) return;
  for (const component of components) {
    const large =
      segments(component).find(({ plainBytes = 0 }) => plainBytes > MAX_UNKNOWN_SEGMENT_BYTES) ??
      contents(component).find(({ plainBytes = 0 }) => plainBytes > MAX_UNKNOWN_CONTENTS_BYTES);
    if (large !== undefined)
      throw tooLargeForUnknown(`${large.name} declares ${large.plainBytes} bytes`, signature);
  }
};
