/**
 * Archive format 1: its limits and the shapes of its JSON members. Names of members are in `member-names.ts`.
 * `docs/archive-format.md` says the same in prose, byte by byte. Frozen: a change here is a new format version.
 */
import * as z from 'zod';
import { MAX_NAME_BASE64, MAX_NAME_CHARACTERS } from './contents/contents-bounds.ts';
import { isSoundVerifyKey } from './keys/small-order.ts';
import { excessOf, MAX_SKIPPED_PATH, MAX_SKIPPED_REASON, NAMED_SKIPPED } from './manifest-bounds.ts';

export const FORMAT_VERSION = 1;

/**
 * Source bytes (tar or stream, before compression) of one segment, unless a writer has a reason for another size:
 * `holdfast.json` says the size used. Threads hold a few segments in memory; see `docs/performance.md`.
 */
export const DEFAULT_SEGMENT_BYTES = 16 * 1024 * 1024;
/** A reader refuses a segment that declares more than this. */
export const MAX_SEGMENT_BYTES = 1024 * 1024 * 1024;
/** A contents member ends after so many entries or segments, whichever comes first. */
export const MAX_CONTENTS_ENTRIES = 65_536;
export const MAX_CONTENTS_SEGMENTS = 16;
/** A reader refuses a contents member that declares more plain bytes; a writer ends one long before. */
export const MAX_CONTENTS_BYTES = 512 * 1024 * 1024;
/** JSON members and sealed keys are small; a reader refuses larger ones. */
export const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;
export const MAX_SMALL_MEMBER_BYTES = 1024 * 1024;
export const MAX_LOG_BYTES = 1024 * 1024 * 1024;

/** Ids of components and streams become member names: short, and harmless in any file system. */
export const componentIdSchema = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,62}$/,
    'a component id has 1 to 63 characters of a-z 0-9 _ - and starts with a letter or digit',
  );
export const streamNameSchema = z.string().regex(/^(?!tar$)[a-z0-9][a-z0-9._-]{0,40}$/);

const instant = z.iso.datetime({ offset: true }).max(40);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** The last base64 character of 32 bytes has its last two bits clear. */
const VERIFY_KEY_TEXT = '^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$';
/** A raw Ed25519 public key, 32 bytes, in its only base64 text; not a key that accepts signatures of everybody. */
export const verifyKeySchema = z
  .base64()
  .max(64)
  .superRefine((key, context) => {
    const fault = faultOfVerifyKey(key);
    if (fault !== undefined) context.addIssue(fault);
  })
  .meta({ minLength: 44, maxLength: 44, pattern: VERIFY_KEY_TEXT });
const faultOfVerifyKey = (key: string): string | undefined => {
  const raw = Buffer.from(key, 'base64');
  if (raw.length !== 32 || raw.toString('base64') !== key) return 'a verify key has 32 bytes, in base64';
  return isSoundVerifyKey(raw)
    ? undefined
    : 'this is not the verify key of an installation: anybody can make signatures that match it; ask for the key again';
};
const count = z.number().int().nonnegative();
/**
 * Like `z.json()`, which takes ten microseconds for each value. Values nested too deep for the stack never come here.
 */
export const jsonSchema = z.custom<z.infer<ReturnType<typeof z.json>>>((value) => isJson(value));
const isJson = (value: unknown): boolean =>
  value === null ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  Number.isFinite(value) ||
  (typeof value === 'object' && Object.values(value).every(isJson));

export const encryptionSchema = z.strictObject({
  mode: z.enum(['key', 'passphrase', 'hsm']),
  /** The backup key (mode key) or the key service's key (mode hsm). */
  keyId: z.string().max(2048).optional(),
});
export type Encryption = z.infer<typeof encryptionSchema>;

/** `holdfast.json`, the first member: what is known before the first byte is captured. Never rewritten. */
export const headSchema = z.strictObject({
  format: z.literal(FORMAT_VERSION),
  backupId: z.string().max(128),
  installation: z.string().max(128),
  createdAt: instant,
  createdBy: z.string().max(256),
  description: z.string().max(1024),
  scope: z.enum(['system', 'domain']),
  domain: z.string().max(128),
  productVersion: z.string().max(64),
  /** The age recipient all segments are encrypted to. */
  archiveKey: z.string().max(4096),
  segmentBytes: z.number().int().min(65_536).max(MAX_SEGMENT_BYTES),
});
export type Head = z.infer<typeof headSchema>;

export const skippedSchema = z.strictObject({
  /** The path, or its bytes in base64 when they are not UTF-8. */
  path: z.string().max(MAX_SKIPPED_PATH),
  reason: z.string().max(MAX_SKIPPED_REASON),
});
export type Skipped = z.infer<typeof skippedSchema>;

export const componentSummarySchema = z.strictObject({
  kind: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/),
  /** `tar`: the joined segments are one tar stream; `stream`: they are one file, named by `stream`. */
  layout: z.enum(['tar', 'stream']),
  stream: streamNameSchema.optional(),
  outcome: z.enum(['complete', 'partial']),
  /** When the capture of this component began, which is its point in time. */
  capturedAt: instant,
  /** Bytes of content captured. */
  sourceBytes: count,
  entries: count,
  skippedCount: count,
  /** The first hundred; the log names them all. */
  skipped: z.array(skippedSchema).max(NAMED_SKIPPED),
  /** What a restore needs to know of this kind: the server's version, the table's schema. */
  details: z.record(z.string(), jsonSchema),
});
export type ComponentSummary = z.infer<typeof componentSummarySchema>;

export const memberSchema = z.strictObject({
  name: z.string().max(255),
  /** Bytes of the member in the archive. */
  size: count,
  sha256,
  /** Segments and contents: bytes after decryption and decompression. A reader stops after them. */
  plainBytes: count.optional(),
  /** Contents: the number of entries, and the segments that they lie in. */
  entries: count.optional(),
  firstSegment: count.optional(),
  lastSegment: count.optional(),
});
export type Member = z.infer<typeof memberSchema>;

/** `manifest.json`: everything in the archive, except itself and its signature. */
export const manifestSchema = z.strictObject({
  ...headSchema.shape,
  completedAt: instant,
  encryption: encryptionSchema,
  /**
   * Features beyond format 1 that a reader must understand. A reader refuses an unknown name; this leaves room for
   * incremental archives.
   */
  features: z.array(z.string().max(128)).max(64),
  components: z
    .unknown()
    .superRefine((components, context) => {
      const excess = excessOf(components);
      if (excess !== undefined) context.addIssue(excess);
    })
    .pipe(z.record(componentIdSchema, componentSummarySchema)),
  sourceBytes: count,
  entries: count,
  /** In the order in which they are in the archive. */
  members: z.array(memberSchema),
});
export type Manifest = z.infer<typeof manifestSchema>;

/** A part of an entry's content within one segment. */
export const contentPieceSchema = z.strictObject({
  segment: z.number().int().positive(),
  /** Offset of the content in the segment's plain bytes. */
  offset: count,
  bytes: count,
  sha256,
});

/**
 * A line of a contents member. A path that is not UTF-8 is in `pathBase64`, and `path` shows it with U+FFFD. Content in
 * one segment has `segment`, `offset` and `sha256`; content in several has `pieces` instead.
 */
export const contentsEntrySchema = z.strictObject({
  component: componentIdSchema.optional(),
  path: z.string().max(MAX_NAME_CHARACTERS),
  pathBase64: z.string().max(MAX_NAME_BASE64).optional(),
  type: z.enum(['file', 'directory', 'symlink', 'hardlink', 'stream', 'object', 'item']),
  size: count,
  mode: z.number().int().min(0).max(0o7777).optional(),
  /** RFC 3339 with nanoseconds. */
  mtime: z.string().optional(),
  uid: count.optional(),
  gid: count.optional(),
  /** Target of a link; base64 as for the path. */
  link: z.string().max(MAX_NAME_CHARACTERS).optional(),
  linkBase64: z.string().max(MAX_NAME_BASE64).optional(),
  segment: z.number().int().positive(),
  /** Offset of the content (or of the header, where there is none) in the segment's plain bytes. */
  offset: count,
  sha256: sha256.optional(),
  pieces: z.array(contentPieceSchema).min(2).optional(),
  /** The content changed while it was read. */
  changed: z.literal(true).optional(),
});
export type ContentsEntry = z.infer<typeof contentsEntrySchema>;

/** `manifest.sig`: at most 512 bytes, so that it is always the last 2,048 bytes of an archive. */
export const signatureSchema = z.strictObject({
  format: z.literal(FORMAT_VERSION),
  algorithm: z.literal('Ed25519'),
  /** Raw public key, 32 bytes, base64. */
  verifyKey: z.base64().max(64),
  manifestBytes: count,
  manifestSha256: sha256,
  /** Signature of this very line without the key `signature`, base64. */
  signature: z.base64().max(128),
});
export type ManifestSignature = z.infer<typeof signatureSchema>;
