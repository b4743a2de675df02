import { canonicalJson, parseCanonicalJson } from '../canonical-json.ts';
import {
  type ComponentSummary,
  type Encryption,
  type Head,
  headSchema,
  MAX_MANIFEST_BYTES,
  type Manifest,
  type Member,
  manifestSchema,
  signatureSchema,
} from '../format.ts';
import { isValidSignature, signManifest } from '../keys/signature.ts';
import { checkManifest } from '../layout/manifest-rules.ts';
import { BLOCK_BYTES, END_BYTES, framedBytes, frameMember } from '../layout/outer-tar.ts';
import { cutText, MAX_SKIPPED_PATH, MAX_SKIPPED_REASON } from '../manifest-bounds.ts';
import { KEY_NAME, KMS_KEY_NAME, MANIFEST_NAME, SIGNATURE_NAME } from '../member-names.ts';
import { describeMember } from './head.ts';

/** Signs for the installation: the key service, or a key in memory. */
export interface ArchiveSigner {
  /** Raw Ed25519 public key, base64. */
  readonly verifyKey: string;
  /** An Ed25519 signature, 64 bytes, over the message itself, which has some 200 bytes. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

export interface TailInput {
  /** May hold more than the head: pass a manifest to seal its archive anew. */
  readonly head: Head;
  readonly completedAt: string;
  readonly encryption: Encryption;
  readonly components: Readonly<Record<string, ComponentSummary>>;
  /** All members before the key, in order: head, recovery, segments and contents, log. */
  readonly members: readonly Member[];
  /** The bytes of `key.age`, or of `key.kms` in mode hsm. */
  readonly sealedKey: Uint8Array;
}

export interface ArchiveTail {
  readonly manifest: Manifest;
  /** SHA-256 of the bytes of manifest.json, hex. */
  readonly manifestSha256: string;
  /** From the key's header to the last byte of the archive. */
  readonly bytes: Buffer;
  /** Where the tail begins: the number of bytes before it. */
  readonly offset: number;
  /** Size of the whole archive. */
  readonly archiveBytes: number;
}

/**
 * Makes the end of an archive: key, manifest, signature. With another key and a manifest's own members (the last one,
 * its key, left out) it seals an existing archive anew, and nothing before the tail changes.
 *
 * @throws `ArchiveError` when a reader would refuse the result, `ZodError` when the parts do not fit the format,
 * `Error` when the signer's signature does not fit its own key: so no archive is sealed that could not be opened.
 */
export const makeTail = async (input: TailInput, signer: ArchiveSigner): Promise<ArchiveTail> => {
  const manifest = manifestOf(input);
  checkManifest(manifest);
  const json = canonicalJson(manifestSchema, manifest);
  if (json.length > MAX_MANIFEST_BYTES) {
    throw new RangeError(`the manifest has ${json.length} bytes, which is too many; use larger segments`);
  }
  const signature = await signManifest(json, signer.verifyKey, (message) => signer.sign(message));
  if (signature.length > BLOCK_BYTES) throw new RangeError('the signature does not fit its block');
  const said = parseCanonicalJson(signatureSchema, signature, SIGNATURE_NAME);
  if (!isValidSignature(json, said)) {
    throw new Error('the signing key and the verify key of this installation are not of one pair');
  }
  const { createdAt } = manifest;
  const keyName = manifest.members.at(-1)?.name ?? KEY_NAME;
  const bytes = Buffer.concat([
    ...frameMember(keyName, [input.sealedKey], createdAt),
    ...frameMember(MANIFEST_NAME, [json], createdAt),
    ...frameMember(SIGNATURE_NAME, [signature], createdAt),
    Buffer.alloc(END_BYTES),
  ]);
  const offset = input.members.reduce((sum, { size }) => sum + framedBytes(size), 0);
  return {
    manifest,
    manifestSha256: said.manifestSha256,
    bytes,
    offset,
    archiveBytes: offset + bytes.length,
  };
};

const manifestOf = ({
  head,
  completedAt,
  encryption,
  components,
  members,
  sealedKey,
}: TailInput): Manifest => {
  const sum = (pick: (summary: ComponentSummary) => number): number =>
    Object.values(components).reduce((total, summary) => total + pick(summary), 0);
  const keyName = encryption.mode === 'hsm' ? KMS_KEY_NAME : KEY_NAME;
  return {
    ...headSchema.strip().parse(head),
    completedAt,
    encryption,
    features: [],
    components: Object.fromEntries(Object.entries(components).map(([id, summary]) => [id, bounded(summary)])),
    sourceBytes: sum((summary) => summary.sourceBytes),
    entries: sum((summary) => summary.entries),
    members: [...members, describeMember(keyName, sealedKey)],
  };
};

/** Names of skipped things are cut to the limits of the format, however long a name or a reason is. */
const bounded = (summary: ComponentSummary): ComponentSummary => ({
  ...summary,
  skipped: summary.skipped.map(({ path, reason }) => ({
    path: cutText(path, MAX_SKIPPED_PATH),
    reason: cutText(reason, MAX_SKIPPED_REASON),
  })),
});
