/** What all ways to capture have in common: where members go, how a capture goes on, what it tells. */
import * as z from 'zod';
import type { Member, Skipped } from '../format.ts';
import type { ByteString } from '../tar/byte-string.ts';
import { contentsNameOf } from '../tar/byte-string.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import type { SeenFile } from '../threads/seen-file.ts';
import type { SegmentPool } from '../threads/segment-pool.ts';

/** Chosen by measurement: see `docs/performance.md`. */
export const DEFAULT_COMPRESSION_LEVEL = 1;

/** A finished member on its way into the archive. The bytes may be reused once `emit` has resolved. */
export interface CapturedMember {
  readonly member: Member;
  readonly bytes: readonly Uint8Array[];
}

/** Since the checkpoint before. */
export interface CapturedGroup {
  readonly sourceBytes: number;
  readonly entries: number;
  /** A hundred at most; `skippedCount` counts them all. What changed while it was read is among them. */
  readonly skipped: readonly Skipped[];
  readonly skippedCount: number;
  /** To go on from here in another call. JSON. */
  readonly cursor: CaptureCursor;
}

/** Where a capture's members go: one call at a time, in the order of the archive. */
export interface CaptureSink {
  emit(member: CapturedMember): Promise<void>;
  /** After a group of members that hold whole segments, listed by contents. `stop` ends the capture there. */
  checkpoint(group: CapturedGroup): Promise<'continue' | 'stop'>;
  /** True when the next checkpoint is going to say `stop`: the group then ends as soon as it can. @default never */
  stopsNext?(): boolean;
  /** Since the capture's beginning. */
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
  /** What the last checkpoint gave, when this is not the first call. */
  readonly cursor?: unknown;
}

export interface CaptureOutcome {
  /** False when a checkpoint said `stop`. */
  readonly done: boolean;
  /** Of this call. */
  readonly sourceBytes: number;
  readonly entries: number;
  readonly skippedCount: number;
  /**
   * Files of several segments that are in the archive with zeros for what could not be read: no restore should put one
   * in the place of a good file. Of all calls; bytes as latin1.
   */
  readonly unreadable?: readonly ByteString[];
  /** Of a tree, and of all calls: what could not be read, as long as nothing but folders was captured; else undefined. */
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

/** A file that is captured in part: its header is written, so it goes on with the size it had then. */
const openFileSchema = z.object({
  entry: tarEntrySchema.extend({ seen: seenFileSchema.optional() }),
  /** Bytes of content captured so far. */
  from: count,
  pieces: z.array(z.object({ segment: count, offset: count, bytes: count, sha256: z.string() })),
  /** The rest of it cannot be had: zeros stand in for it. */
  lost: z.boolean().optional(),
});
export type OpenFileCursor = z.infer<typeof openFileSchema>;

const cursorSchema = z.object({
  /** How many segments and contents members there are, and the last segment that contents speak of. */
  segments: count,
  contents: count,
  listedSegments: count,
  /** The last entry of the last segment; bytes as latin1. Empty at the beginning. */
  after: z.string(),
  open: openFileSchema.optional(),
  /** What is to be looked at once more when the walk has ended; bytes as latin1. */
  again: z.array(z.string()).optional(),
  /** As in `CaptureOutcome`, up to here. */
  unreadable: z.array(z.string()).optional(),
  /** As in `CaptureOutcome`, up to here. */
  unread: unreadSchema.optional(),
});
export type CaptureCursor = z.infer<typeof cursorSchema>;

export const startOfCapture: CaptureCursor = { segments: 0, contents: 0, listedSegments: 0, after: '' };

/** Reads a cursor that came back from outside. @throws `ZodError` for what is none */
export const parseCursor = (cursor: unknown): CaptureCursor =>
  cursor === undefined || cursor === null ? startOfCapture : cursorSchema.parse(cursor);

/** A thing left out, as records and logs show it. */
export const skippedOf = (path: ByteString, reason: string): Skipped => {
  const { text, base64 } = contentsNameOf(path);
  return { path: base64 ?? text, reason };
};
