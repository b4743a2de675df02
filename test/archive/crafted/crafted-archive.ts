/**
 * Validly signed archives that are small but expensive to read: the manifest and members may have any text.
 */
import { createHash } from 'node:crypto';
import { encryptBytes, generateArchiveKey } from '../../../lib/archive/age/age-header.ts';
import { contentsLine } from '../../../lib/archive/contents/contents-line.ts';
import type { Head, Manifest, Member } from '../../../lib/archive/format.ts';
import { sealArchiveKey } from '../../../lib/archive/keys/archive-key.ts';
import {
  generateSigningKey,
  type SigningKeyPair,
  signBytes,
  signManifest,
} from '../../../lib/archive/keys/signature.ts';
import { frameMember } from '../../../lib/archive/layout/outer-tar.ts';
import { contentsName, segmentName } from '../../../lib/archive/member-names.ts';
import { TAR_END_BYTES, type TarEntry } from '../../../lib/archive/tar/tar-entry.ts';
import { tarHeaderBytes, writeTarHeader } from '../../../lib/archive/tar/tar-writer.ts';
import { describeMember, makeHead } from '../../../lib/archive/writer/head.ts';
import { compressFrame } from '../../../lib/archive/zstd/zstd-frames.ts';

const createdAt = '2026-11-20T03:00:00.000Z';

/** A member to pack: its plain bytes, or other bytes in their place. */
export interface CraftedMember {
  readonly plain: Buffer;
  /** The packed bytes, as zstd frames. @default one frame of `plain` */
  readonly packed?: Buffer;
  /** The plain size in the manifest. @default the length of `plain` */
  readonly plainBytes?: number;
}

export interface CraftedOptions {
  readonly segments?: readonly CraftedMember[];
  /** Contents members, one for each segment in order, with the number of lines that the manifest claims. */
  readonly contents?: readonly (CraftedMember & { readonly entries: number })[];
  readonly kind?: string;
  readonly passphrase?: string;
  readonly signing?: SigningKeyPair;
  readonly head?: Partial<Head>;
  /** Makes the manifest's text from the correct one; the archive is signed with this text. */
  readonly manifest?: (right: string) => string;
}

export interface CraftedArchive {
  readonly bytes: Buffer;
  readonly identity: string;
  readonly signing: SigningKeyPair;
  readonly backupId: string;
}

/** Makes an archive with one component, `files`, in the tar layout. */
export const craftArchive = async (options: CraftedOptions = {}): Promise<CraftedArchive> => {
  const {
    segments = [],
    contents = [],
    kind = 'directory',
    passphrase,
    signing = generateSigningKey(),
  } = options;
  const key = await generateArchiveKey();
  const head: Head = {
    format: 1,
    backupId: 'nightly-6f9619ff-8b86-4011-b42d-00c04fc964ff',
    installation: 'acme',
    createdAt,
    createdBy: 'somebody',
    description: '',
    scope: 'system',
    domain: 'root',
    productVersion: '0.1.0',
    archiveKey: key.recipient,
    segmentBytes: 16 * 1024 * 1024,
    ...options.head,
  };
  const { bytes: first, members: firstMembers } = makeHead(head, { components: [] });
  const members: Member[] = [...firstMembers];
  const frames: Uint8Array[] = [first];
  const add = async (
    name: string,
    { plain, packed, plainBytes }: CraftedMember,
    counts: object,
  ): Promise<void> => {
    const sealed = await encryptBytes(packed ?? compressFrame(plain, 3), { recipients: [key.recipient] });
    frames.push(...frameMember(name, [sealed], createdAt));
    members.push({ ...describeMember(name, sealed), plainBytes: plainBytes ?? plain.length, ...counts });
  };
  for (const [index, segment] of segments.entries()) {
    await add(segmentName('files', index + 1), segment, {});
    const listed = contents[index];
    if (listed === undefined) continue;
    const range = { entries: listed.entries, firstSegment: index + 1, lastSegment: index + 1 };
    await add(contentsName('files', index + 1), listed, range);
  }
  const sealedKey = await sealArchiveKey(
    key.identity,
    passphrase === undefined ? { recipients: [key.recipient] } : { passphrase, logN: 10 },
  );
  frames.push(...frameMember('key.age', [sealedKey], createdAt));
  members.push(describeMember('key.age', sealedKey));
  const entries = contents.reduce((sum, { entries }) => sum + entries, 0);
  const right: Manifest = {
    ...head,
    completedAt: createdAt,
    encryption: passphrase === undefined ? { mode: 'key', keyId: 'k' } : { mode: 'passphrase' },
    features: [],
    components: {
      files: {
        kind,
        layout: 'tar',
        outcome: 'complete',
        capturedAt: createdAt,
        sourceBytes: 0,
        entries,
        skippedCount: 0,
        skipped: [],
        details: {},
      },
    },
    sourceBytes: 0,
    entries,
    members,
  };
  const text = `${JSON.stringify(right)}\n`;
  const json = Buffer.from(options.manifest?.(text) ?? text);
  const signature = await signManifest(json, signing.verifyKey, async (message) =>
    signBytes(message, signing.signingKey),
  );
  const tail = [
    ...frameMember('manifest.json', [json], createdAt),
    ...frameMember('manifest.sig', [signature], createdAt),
    Buffer.alloc(1024),
  ];
  return {
    bytes: Buffer.concat([...frames, ...tail]),
    identity: key.identity,
    signing,
    backupId: head.backupId,
  };
};

/** The contents line of an empty file, changed by `fields`. */
export const contentsLineOf = (path: string, fields: object = {}): string =>
  `${JSON.stringify({
    path,
    type: 'file',
    size: 0,
    mode: 0o644,
    mtime: '2023-11-14T22:13:20.000000000Z',
    uid: 0,
    gid: 0,
    segment: 1,
    offset: 512,
    sha256: createHash('sha256').digest('hex'),
    ...fields,
  })}\n`;

/**
 * Entries without content in a tree, with a fixed number of entries in each segment, listed as our writer
 * lists them.
 */
export const craftTree = (
  entries: readonly (Partial<TarEntry> & { readonly path: string })[],
  entriesPerSegment = entries.length,
): Required<Pick<CraftedOptions, 'segments' | 'contents'>> => {
  const segments: CraftedMember[] = [];
  const contents: (CraftedMember & { entries: number })[] = [];
  for (let from = 0; from < entries.length; from += entriesPerSegment) {
    const part = entries.slice(from, from + entriesPerSegment).map(entryOf);
    const endsTar = from + entriesPerSegment >= entries.length;
    const bytes = part.reduce((sum, entry) => sum + tarHeaderBytes(entry), 0);
    const plain = Buffer.alloc(bytes + (endsTar ? TAR_END_BYTES : 0));
    const segment = segments.length + 1;
    let at = 0;
    const lines: string[] = [];
    for (const entry of part) {
      const start = at;
      at = writeTarHeader(entry, plain, at);
      const placement =
        entry.type === 'file' ? { segment, offset: at, sha256: EMPTY_SHA256 } : { segment, offset: start };
      lines.push(contentsLine(entry, entry.type, placement));
    }
    segments.push({ plain });
    contents.push({ plain: Buffer.from(lines.join('')), entries: part.length });
  }
  return { segments, contents };
};

const EMPTY_SHA256 = createHash('sha256').digest('hex');

const entryOf = (entry: Partial<TarEntry> & { readonly path: string }): TarEntry => ({
  type: 'file',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  mtimeSeconds: 1_700_000_000,
  mtimeNanoseconds: 0,
  link: '',
  ...entry,
});
