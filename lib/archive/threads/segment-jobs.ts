/** What the main thread asks of a segment worker, and what it gets back. Everything here survives structured clone. */
import type { KeyObject } from 'node:crypto';
import type { ParsedManifest } from '../layout/manifest-parse.ts';
import type { ByteString } from '../tar/byte-string.ts';
import type { AbortFlag } from './abort-flag.ts';
import type { EntryRun } from './entry-run.ts';
import type {
  ExtractSegmentInput,
  ExtractSegmentOutput,
  FinishFoldersInput,
  FinishFoldersOutput,
  HashRangeInput,
  HashRangeOutput,
  ListContentsInput,
  ListContentsOutput,
  MakeLinksInput,
  MakeLinksOutput,
  OpenSegmentInput,
  OpenSegmentOutput,
  ReadContentsInput,
  ReadContentsOutput,
  VerifySegmentInput,
} from './extract-jobs.ts';
import type { TreeRoot } from './sealing/open-folders.ts';

/** What every sealed segment needs. */
export interface SealInput {
  /** The age file's header and nonce. */
  readonly prefix: Uint8Array;
  readonly payloadKey: KeyObject;
  readonly level: number;
  readonly abort: AbortFlag;
  /** Laid out by `segment-buffer.ts`; the member is written from its beginning. */
  readonly buffer: SharedArrayBuffer;
  readonly framesAt: number;
}

/** Part of a file that lies in several segments. The main thread holds the file open for all of them. */
export interface FilePiece {
  /** -1 when the file is gone. */
  readonly descriptor: number;
  /** Offset in the file. */
  readonly from: number;
  readonly bytes: number;
}

/** A file that the main thread holds open for a worker, which reads it and leaves it open. */
export interface OpenedFile {
  readonly descriptor: number;
  /** Whether the entry's size was found by reading, not from the file system. */
  readonly measured: boolean;
}

export interface SealFilesInput extends SealInput {
  /** Stays open while the job runs. */
  readonly root: TreeRoot;
  readonly segment: number;
  /** Content of a file whose header is in an earlier segment. */
  readonly lead: (FilePiece & { readonly ends: boolean }) | undefined;
  readonly run: EntryRun;
  /** What the walk saw of the run's files; see `seen-file.ts`. */
  readonly seen: Float64Array<ArrayBuffer>;
  /** Files of the run that are already open, by path. */
  readonly opened: ReadonlyMap<ByteString, OpenedFile>;
  /** Files of earlier segments that are not in the archive after all: links to them are left out and reported. */
  readonly failed: readonly ByteString[];
  /** Bytes that the segment may have beyond the planned ones. */
  readonly spareBytes: number;
  /** The part of the content of the run's last entry that lies here, when it runs on into the next segment. */
  readonly trail: FilePiece | undefined;
  /** Whether this is the tar's last segment, which holds the end blocks. */
  readonly endsTar: boolean;
}

/** Content that lies in one segment. */
export interface SealedPiece {
  /** Offset in the segment's plain bytes. */
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Bytes that could not be read, replaced by zeros. */
  readonly missingBytes: number;
  /** The error that made them unreadable, if one did. */
  readonly readError: string | undefined;
}

/** An entry that was not captured, or not as it was at one moment. */
export interface EntryProblem {
  readonly path: ByteString;
  /**
   * `again`: not captured, because something else is there by now, or the file that it links to is not captured, or it
   * has more bytes than fit here. The caller should look at it once more.
   */
  readonly kind: 'skipped' | 'changed' | 'again';
  readonly reason: string;
  /** Whether it is a file that hard links may name. */
  readonly linked?: boolean;
  /** Its size, when it was found by reading. */
  readonly size?: number;
}

export interface SealedMember {
  /** Length of the member, which is at the beginning of the job's buffer. */
  readonly size: number;
  readonly sha256: string;
  readonly plainBytes: number;
}

export interface SealFilesOutput extends SealedMember {
  /** Contents lines of the entries that lie here as a whole. */
  readonly lines: Uint8Array<ArrayBuffer>;
  readonly entries: number;
  /** Bytes of content read, without the pieces. */
  readonly sourceBytes: number;
  readonly problems: readonly EntryProblem[];
  readonly lead: SealedPiece | undefined;
  readonly trail: SealedPiece | undefined;
}

/** Plain bytes in the job's buffer, from `plainAt` on; the member replaces them. */
export interface SealBytesInput extends SealInput {
  readonly plainAt: number;
  readonly plainBytes: number;
  /** Pairs of offset and length of the contents whose SHA-256 is wanted. */
  readonly ranges: Float64Array;
}

export interface SealBytesOutput extends SealedMember {
  readonly sha256s: readonly string[];
}

/** A manifest whose signature was checked. */
export interface ParseManifestInput {
  readonly json: Uint8Array<ArrayBuffer>;
}

export interface SegmentJobs {
  'parse-manifest': { readonly input: ParseManifestInput; readonly output: ParsedManifest };
  'seal-files': { readonly input: SealFilesInput; readonly output: SealFilesOutput };
  'seal-bytes': { readonly input: SealBytesInput; readonly output: SealBytesOutput };
  'list-contents': { readonly input: ListContentsInput; readonly output: ListContentsOutput };
  'read-contents': { readonly input: ReadContentsInput; readonly output: ReadContentsOutput };
  'hash-range': { readonly input: HashRangeInput; readonly output: HashRangeOutput };
  'open-segment': { readonly input: OpenSegmentInput; readonly output: OpenSegmentOutput };
  'verify-segment': { readonly input: VerifySegmentInput; readonly output: undefined };
  'extract-segment': { readonly input: ExtractSegmentInput; readonly output: ExtractSegmentOutput };
  'make-links': { readonly input: MakeLinksInput; readonly output: MakeLinksOutput };
  'finish-folders': { readonly input: FinishFoldersInput; readonly output: FinishFoldersOutput };
}
export type SegmentJobKind = keyof SegmentJobs;
export type SegmentJob = {
  [K in SegmentJobKind]: { readonly kind: K; readonly input: SegmentJobs[K]['input'] };
}[SegmentJobKind];

/** An error, in the form in which it is sent to the main thread. */
export interface JobFailure {
  readonly message: string;
  readonly name: string;
  readonly code: string | undefined;
}
export type JobReply = { readonly output: unknown } | { readonly failure: JobFailure };
