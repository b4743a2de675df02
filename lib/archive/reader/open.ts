import { createHash } from 'node:crypto';
import { ArchiveError } from '../errors.ts';
import type { Manifest, ManifestSignature } from '../format.ts';
import type { PlacedMember } from '../layout/archive-layout.ts';
import { BLOCK_BYTES, checkFrame, framedBytes } from '../layout/outer-tar.ts';
import { cutText } from '../manifest-bounds.ts';
import { Turns } from '../turns.ts';
import { type ArchiveEnd, readEnd } from './archive-end.ts';
import type { ByteSource } from './byte-source.ts';
import { type ManifestThreads, openManifest } from './open-manifest.ts';
import { holdManifestToBounds } from './unknown-signer.ts';

/**
 * Whether an archive signed by this verify key (raw, base64), with a manifest of this SHA-256 (hex), may be opened.
 * Called once its signature was found valid, and before its manifest is parsed.
 */
export type Trust = (verifyKey: string, manifestSha256: string) => boolean;

export interface OpenOptions {
  /** Whose archives may be opened. */
  readonly trust: Trust;
  /** Whose archives may be large; archives of others have narrower limits. @default `trust` */
  readonly known?: Trust;
  /** Where a large manifest is parsed, on a host where others wait for this thread. @default this thread */
  readonly threads?: ManifestThreads | undefined;
}

/** An archive whose manifest is signed by somebody trusted. Its members are not checked until they are read. */
export interface OpenedArchive {
  readonly source: ByteSource;
  readonly manifest: Manifest;
  readonly signature: ManifestSignature;
  /** Whether its signer is one whose archives may be large. */
  readonly isKnown: boolean;
  /** All members of the manifest, in order; none of them is read yet. */
  readonly members: readonly PlacedMember[];
  /** The time in all tar headers. */
  readonly time: number;
  readonly archiveBytes: number;
  /** Segments of a component in their order. @throws `not_in_archive` */
  segments(component: string): readonly PlacedMember[];
  /** Contents members of a component in their order. @throws `not_in_archive` */
  contents(component: string): readonly PlacedMember[];
  /** @throws `not_in_archive` */
  member(name: string): PlacedMember;
  /**
   * A whole member, checked by size and SHA-256 before it is handed out; its header and padding too.
   *
   * @throws `not_in_archive`, `archive_cut`, `archive_damaged`.
   */
  readMember(name: string): Promise<Buffer>;
}

/**
 * Opens an archive by two small reads from its end; no key is needed.
 *
 * @throws `archive_not_recognised`, `archive_cut`, `archive_damaged`, `archive_format_unsupported`, `archive_bomb`,
 * `archive_signature_invalid`, `archive_signer_unknown`; nothing in an archive is used before all these checks.
 */
export const openArchive = async (source: ByteSource, options: OpenOptions): Promise<OpenedArchive> => {
  const end = await readEnd(source);
  const { signature, isSigned } = end;
  if (!isSigned) throw signatureInvalid();
  if (!options.trust(signature.verifyKey, signature.manifestSha256)) {
    throw new ArchiveError(
      'archive_signer_unknown',
      `the archive is signed by an installation that is not trusted here (verify key ${signature.verifyKey}); ` +
        'if you know where the archive comes from, import the verify key',
    );
  }
  return openEnd(source, end, options);
};

export const signatureInvalid = (): ArchiveError =>
  new ArchiveError(
    'archive_signature_invalid',
    'the signature does not fit the manifest: the archive was changed or forged; take another copy of it',
  );

/** For callers that have judged the signature themselves. @throws as `openArchive` */
export const openEnd = async (
  source: ByteSource,
  { signature, readManifest }: ArchiveEnd,
  { trust, known = trust, threads }: OpenOptions,
): Promise<OpenedArchive> => {
  const isKnown = known(signature.verifyKey, signature.manifestSha256);
  holdManifestToBounds(signature, isKnown);
  const read = await readManifest();
  if (!read.isTheSigned) throw signatureInvalid();
  const { manifest, places, time } = await openManifest(read, source.size, threads);
  const member = (name: string): PlacedMember => {
    const placed = places.byName.get(name);
    if (placed === undefined) throw new ArchiveError('not_in_archive', `the archive has no member ${name}`);
    return placed;
  };
  const of = (component: string, kind: 'segments' | 'contents'): readonly PlacedMember[] => {
    if (!Object.hasOwn(manifest.components, component)) {
      const there = cutText(Object.keys(manifest.components).join(', '), 300);
      throw new ArchiveError(
        'not_in_archive',
        `the archive has no component ${component}; it has ${there || 'none'}`,
      );
    }
    return places[kind].get(component) ?? [];
  };
  return {
    source,
    manifest,
    signature,
    isKnown,
    members: places.all,
    time,
    archiveBytes: source.size,
    member,
    segments: (component) => of(component, 'segments'),
    contents: (component) => of(component, 'contents'),
    readMember: async (name) => readChecked(source, member(name), time),
  };
};

const readChecked = async (source: ByteSource, member: PlacedMember, time: number): Promise<Buffer> => {
  const framed = await source.read(member.offset - BLOCK_BYTES, framedBytes(member.size));
  const bytes = Buffer.from(framed.buffer, framed.byteOffset + BLOCK_BYTES, member.size);
  checkFrame(member, time, framed.subarray(0, BLOCK_BYTES), framed.subarray(BLOCK_BYTES + member.size));
  checkHash(member, await hashInTurns(bytes));
  return bytes;
};

/** SHA-256, hex, computed in turns so that others get this thread in between. */
export const hashInTurns = async (bytes: Uint8Array): Promise<string> => {
  const hash = createHash('sha256');
  const turns = new Turns();
  for (let at = 0; at < bytes.length; at += HASH_BYTES) {
    hash.update(bytes.subarray(at, at + HASH_BYTES));
    await turns.step();
  }
  return hash.digest('hex');
};

/** Takes a millisecond or two to hash. */
const HASH_BYTES = 2 * 1024 * 1024;

/** @throws `archive_damaged` */
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
