/**
 * Limits for archives of a signer whose key is not here: as much as an archive of ordinary size needs. To open a larger
 * one, a person who knows where it comes from imports its verify key.
 */
import { ArchiveError } from '../errors.ts';
import type { ManifestSignature, Member } from '../format.ts';
import { placeOf } from '../member-names.ts';

const MiB = 1024 * 1024;
/** Room for some 100,000 members: 1.5 TB of archive in segments of 16 MiB. */
export const MAX_UNKNOWN_MANIFEST_BYTES = 16 * MiB;
/** Our hosts write segments of 16 and 32 MiB; each thread holds one, sealed and plain. */
const MAX_UNKNOWN_SEGMENT_BYTES = 32 * MiB;
/** Our contents members have some 12 MiB when names are as long as they may be. */
const MAX_UNKNOWN_CONTENTS_BYTES = 16 * MiB;

/** An `archive_signer_unknown` that names the part that is too large. */
export const tooLargeForUnknown = (what: string, { verifyKey }: ManifestSignature): ArchiveError =>
  new ArchiveError(
    'archive_signer_unknown',
    `${what}, which is more than Holdfast opens for an unknown installation (verify key ${verifyKey}); ` +
      'if you know where the archive comes from, import its verify key first, or name it with --verify-key',
  );

/** @throws `archive_signer_unknown` for a manifest too large to be read */
export const holdManifestToBounds = (signature: ManifestSignature, isKnown: boolean): void => {
  const { manifestBytes } = signature;
  if (!isKnown && manifestBytes > MAX_UNKNOWN_MANIFEST_BYTES)
    throw tooLargeForUnknown(`the archive has a manifest of ${manifestBytes} bytes`, signature);
};

/** The limits of an opened archive's members. */
export interface SignedContent {
  readonly isKnown: boolean;
  readonly signature: ManifestSignature;
  segments(component: string): readonly Member[];
  contents(component: string): readonly Member[];
}

const isTooLarge = ({ name, plainBytes = 0 }: Member): boolean =>
  plainBytes > (placeOf(name)?.kind === 'contents' ? MAX_UNKNOWN_CONTENTS_BYTES : MAX_UNKNOWN_SEGMENT_BYTES);

/** @throws `archive_signer_unknown` for a member too large to be opened; called before any member is opened */
export const holdMemberToBounds = (
  { isKnown, signature }: Pick<SignedContent, 'isKnown' | 'signature'>,
  member: Member,
): void => {
  if (!isKnown && isTooLarge(member))
    throw tooLargeForUnknown(`${member.name} declares ${member.plainBytes} bytes`, signature);
};

/** Checks all segments and contents of these components in the same way, before any work begins. */
export const holdContentToBounds = (archive: SignedContent, components: readonly string[]): void => {
  for (const component of components)
    for (const member of [...archive.contents(component), ...archive.segments(component)])
      holdMemberToBounds(archive, member);
};
