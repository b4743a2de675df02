/**
 * What is opened for a signer whose key is not here: as much as an archive of ordinary size needs. Who knows where a larger
 * one comes from imports its verify key, and has it opened as one's own.
 */
import { ArchiveError } from '../errors.ts';
import type { ManifestSignature, Member } from '../format.ts';
import { placeOf } from '../member-names.ts';

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

/** @throws `archive_signer_unknown` for a manifest that is not even read */
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

const isTooLarge = ({ name, plainBytes = 0 }: Member): boolean =>
  plainBytes > (placeOf(name)?.kind === 'contents' ? MAX_UNKNOWN_CONTENTS_BYTES : MAX_UNKNOWN_SEGMENT_BYTES);

/** @throws `archive_signer_unknown` when it is too large to be opened: asked before any member is */
export const holdMemberToBounds = (
  { isKnown, signature }: Pick<SignedContent, 'isKnown' | 'signature'>,
  member: Member,
): void => {
  if (!isKnown && isTooLarge(member))
    throw tooLargeForUnknown(`${member.name} declares ${member.plainBytes} bytes`, signature);
};

/** The same, before anything is begun, for all of these components. */
export const holdContentToBounds = (archive: SignedContent, components: readonly string[]): void => {
  for (const component of components)
    for (const member of [...archive.contents(component), ...archive.segments(component)])
      holdMemberToBounds(archive, member);
};
