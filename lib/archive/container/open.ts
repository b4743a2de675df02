import { createHash } from 'node:crypto';
import { ArchiveError } from '../errors.ts';
import type { Manifest, ManifestSignature } from '../format.ts';
import { type ArchiveEnd, readEnd } from './archive-end.ts';
import type { PlacedMember } from './archive-layout.ts';
import type { ByteSource } from './byte-source.ts';
import { placeOf } from './manifest-rules.ts';
import { BLOCK_BYTES, checkFrame, framedBytes } from './outer-tar.ts';

/**
 * Whether an archive by that verify key (raw, base64), with a manifest of that SHA-256 (hex), may be opened. Asked once its
 * signature was found valid, and before its manifest is parsed.
 */
export type Trust = (verifyKey: string, manifestSha256: string) => boolean;

/** An archive whose manifest is signed by somebody trusted. Its members are not checked until they are read. */
export interface OpenedArchive {
  readonly source: ByteSource;
  readonly manifest: Manifest;
  readonly signature: ManifestSignature;
  /** In their order; all of the manifest's, none of them read yet. */
  readonly members: readonly PlacedMember[];
  /** The time in all tar headers. */
  readonly time: number;
  readonly archiveBytes: number;
  /** Segments of a component in their order. Throws `not_in_archive`. */
  segments(component: string): readonly PlacedMember[];
  /** Contents members of a component in their order. Throws `not_in_archive`. */
  contents(component: string): readonly PlacedMember[];
  /** Throws `not_in_archive`. */
  member(name: string): PlacedMember;
  /**
   * A whole member, checked by size and SHA-256 before it is handed out; its header and padding too.
   * Throws `not_in_archive`, `archive_cut`, `archive_damaged`.
   */
  readMember(name: string): Promise<Buffer>;
}

/**
 * Opens an archive by two small reads from its end; no key is needed.
 *
 * Throws `archive_not_recognised`, `archive_cut`, `archive_damaged`, `archive_format_unsupported`, `archive_bomb`,
 * `archive_signature_invalid`, `archive_signer_unknown`; nothing of an archive is used before all these have passed.
 */
export const openArchive = async (
  source: ByteSource,
  { trust }: { readonly trust: Trust },
): Promise<OpenedArchive> => {
  const end = await readEnd(source);
  if (!end.signatureIsValid) throw signatureInvalid();
  if (!trust(end.signature.verifyKey, end.signature.manifestSha256)) {
    throw new ArchiveError(
      'archive_signer_unknown',
      `the archive is signed by an installation that is not trusted here (verify key ${end.signature.verifyKey}); ` +
        'import its verify key if you know where the archive comes from',
    );
  }
  return openEnd(source, end);
};

export const signatureInvalid = (): ArchiveError =>
  new ArchiveError(
    'archive_signature_invalid',
    'the signature does not fit the manifest: the archive was changed or forged; take another copy of it',
  );

/** For callers that have judged the signature themselves. */
export const openEnd = (source: ByteSource, end: ArchiveEnd): OpenedArchive => {
  const { manifest, layout } = end.parse();
  const member = (name: string): PlacedMember => {
    const placed = layout.byName.get(name);
    if (placed === undefined) throw new ArchiveError('not_in_archive', `the archive has no member ${name}`);
    return placed;
  };
  const grouped = groupByComponent(layout.members);
  const of = (component: string, kind: 'segment' | 'contents'): readonly PlacedMember[] => {
    if (!Object.hasOwn(manifest.components, component)) {
      throw new ArchiveError(
        'not_in_archive',
        `the archive has no component ${component}; it has ${Object.keys(manifest.components).join(', ') || 'none'}`,
      );
    }
    return grouped.get(`${kind} ${component}`) ?? [];
  };
  return {
    source,
    manifest,
    signature: end.signature,
    members: layout.members,
    time: layout.time,
    archiveBytes: layout.archiveBytes,
    member,
    segments: (component) => of(component, 'segment'),
    contents: (component) => of(component, 'contents'),
    readMember: async (name) => readChecked(source, member(name), layout.time),
  };
};

const groupByComponent = (members: readonly PlacedMember[]): Map<string, PlacedMember[]> => {
  const grouped = new Map<string, PlacedMember[]>();
  for (const member of members) {
    const place = placeOf(member.name);
    if (place?.kind !== 'segment' && place?.kind !== 'contents') continue;
    const key = `${place.kind} ${place.component}`;
    const group = grouped.get(key);
    if (group === undefined) grouped.set(key, [member]);
    else group.push(member);
  }
  return grouped;
};

const readChecked = async (source: ByteSource, member: PlacedMember, time: number): Promise<Buffer> => {
  const framed = await source.read(member.offset - BLOCK_BYTES, framedBytes(member.size));
  const bytes = Buffer.from(framed.buffer, framed.byteOffset + BLOCK_BYTES, member.size);
  checkFrame(member, time, framed.subarray(0, BLOCK_BYTES), framed.subarray(BLOCK_BYTES + member.size));
  checkHash(member, createHash('sha256').update(bytes).digest('hex'));
  return bytes;
};

/** Throws `archive_damaged`. */
export const checkHash = (
  member: { readonly name: string; readonly sha256: string },
  found: string,
): void => {
  if (found === member.sha256) return;
  throw new ArchiveError(
    'archive_damaged',
    `${member.name} is not what the signed manifest says: it was changed, or the copy is bad; take another copy of the archive`,
  );
};
