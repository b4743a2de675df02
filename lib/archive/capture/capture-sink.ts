/** What all ways to capture have in common: where members go, how a capture goes on, what it reports. */
import * as z from 'zod';
import type { Member, Skipped } from '../format.ts';
import type { ByteString } from '../tar/byte-string.ts';
import { contentsNameOf } from '../tar/byte-string.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import type { SeenFile } from '../threads/seen-file.ts';
import type { SegmentPool } from '../threads/segment-pool.ts';

/** This default was chosen by measurement: see `docs/performance.md`. */
export const DEFAULT_COMPRESSION_LEVEL = 1;

/** A finished member on its way into the archive. The bytes may be reused once `emit` has resolved. */
export interface CapturedMember {
  readonly member: Member;
  readonly bytes: readonly Uint8Array[];
}

/** What was captured since the checkpoint before. */
export interface CapturedGroup {
  readonly sourceBytes: number;
  readonly entries: number;
  /** At most a hundred; `skippedCount` counts them all. Files that changed while they were read are among them. */
  readonly skipped: readonly Skipped[];
  readonly skippedCount: number;
  /** Lets another call go on from here. JSON. */
  readonly cursor: CaptureCursor;
}

/** Where a capture's members go: one call at a time, in the order of the archive. */
export interface CaptureSink {
  emit(member: CapturedMember): Promise<void>;
  /**
   * Called after a group of members: whole segments and the contents that list them. Answering `stop` ends the capture
   * there.
   */
  checkpoint(group: CapturedGroup): Promise<'continue' | 'stop'>;
  /** True when the next checkpoint will answer `stop`: the group then ends as soon as it can. @default never */
  stopsNext?(): boolean;
  /** Reports totals since the capture's beginning. */
  progress(done: { readonly sourceBytes: number; readonly entries: number; readonly path?: string }): void;
}

export interface CaptureOptions {
  readonly component: string;
  /** The age recipient of the archive. */
  readonly recipient: string;
  readonly segmentBytes: number;
  /** zstd, 1 to 19. @default DEFAULT_COMPRESSION_LEVEL */
  readonly level?: number;
  readonly pool: SegmentPool;
  readonly sink: CaptureSink;
  readonly signal?: AbortSignal;
  /** The cursor of the last checkpoint, when an earlier call began this capture. */
  readonly cursor?: unknown;
}

export interface CaptureOutcome {
  /** False when a checkpoint said `stop`. */
  readonly done: boolean;
  /** Bytes captured by this call. */
  readonly sourceBytes: number;
  readonly entries: number;
  readonly skippedCount: number;
  /**
   * Files of several segments that are in the archive with zeros for what could not be read: a restore should not put
   * one in the place of a good file. Counts all calls; paths are bytes as latin1.
   */
  readonly unreadable?: readonly ByteString[];
  /** For a tree: what could not be read in all calls, as long as nothing but folders was captured; else undefined. */
  readonly unread?: Unread | undefined;
}

const count = z.number().int().nonnegative();
const unreadSchema = z.object({
  count,
  first: z.object({ path: z.string(), reason: z.string() }).optional(),
});
export type Unread = z.infer<typeof unreadSchema>;
const tarEntrySchema = z.object({
  path: z.string(),
  type: z.enum(['file', 'directory', 'symlink', 'hardlink']),
  mode: count,
  uid: count,
  gid: count,
  size: count,
  mtimeSeconds: z.number().int(),
  mtimeNanoseconds: count,
  link: z.string(),
}) satisfies z.ZodType<TarEntry>;

const seenFileSchema = z.object({
  device: z.number(),
  inode: z.number(),
  changeMilliseconds: z.number(),
  birthMilliseconds: z.number(),
  linked: z.boolean(),
  guarded: z.boolean().optional(),
}) satisfies z.ZodType<SeenFile>;

/** A file that is captured in part: its header is written, so it keeps the size that it had then. */
const openFileSchema = z.object({
  entry: tarEntrySchema.extend({ seen: seenFileSchema.optional() }),
  /** Bytes of content captured so far. */
  from: count,
  pieces: z.array(z.object({ segment: count, offset: count, bytes: count, sha256: z.string() })),
  /** The rest of the content cannot be read: zeros replace it. */
  lost: z.boolean().optional(),
});
export type OpenFileCursor = z.infer<typeof openFileSchema>;

const cursorSchema = z.object({
  /** How many segments and contents members there are, and the last segment that contents list. */
  segments: count,
  contents: count,
  listedSegments: count,
  /** Path of the last entry in the last segment; bytes as latin1. Empty at the beginning. */
  after: z.string(),
  open: openFileSchema.optional(),
  /** Paths to look at once more when the walk has ended; bytes as latin1. */
  again: z.array(z.string()).optional(),
  /** As in `CaptureOutcome`, for all calls until now. */
  unreadable: z.array(z.string()).optional(),
  /** As in `CaptureOutcome`, for all calls until now. */
  unread: unreadSchema.optional(),
});
export type CaptureCursor = z.infer<typeof cursorSchema>;

export const startOfCapture: CaptureCursor = { segments: 0, contents: 0, listedSegments: 0, after: '' };

/** Reads a cursor that was stored elsewhere. @throws `ZodError` for a value that is no cursor */
export const parseCursor = (cursor: unknown): CaptureCursor =>
  cursor === undefined || cursor === null ? startOfCapture : cursorSchema.parse(cursor);

/** A skipped thing, as records and logs show it. */
export const skippedOf = (path: ByteString, reason: string): Skipped => {
  const { text, base64 } = contentsNameOf(path);
  return { path: base64 ?? text, reason };
};
