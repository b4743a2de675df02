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
  /** age header and nonce. */
  readonly prefix: Uint8Array;
  readonly payloadKey: KeyObject;
  readonly level: number;
  readonly abort: AbortFlag;
  /** Laid out by `segment-buffer.ts`; the member is written from its beginning. */
  readonly buffer: SharedArrayBuffer;
  readonly framesAt: number;
}

/** Part of a file that lies in several segments. The main thread holds it open for all of them. */
export interface FilePiece {
  /** -1 when the file is not there any more. */
  readonly descriptor: number;
  /** Where in the file. */
  readonly from: number;
  readonly bytes: number;
}

/** A file that the main thread holds open for a worker, which reads it and leaves it open. */
export interface OpenedFile {
  readonly descriptor: number;
  /** Whether the entry's size was found by reading, and not by what the file system says. */
  readonly measured: boolean;
}

export interface SealFilesInput extends SealInput {
  /** Open as long as the job runs. */
  readonly root: TreeRoot;
  readonly segment: number;
  /** Content of a file whose header is in an earlier segment. */
  readonly lead: (FilePiece & { readonly ends: boolean }) | undefined;
  readonly run: EntryRun;
  /** Of the run's files; see `seen-file.ts`. */
  readonly seen: Float64Array<ArrayBuffer>;
  /** Files of the run that are open already, by path. */
  readonly opened: ReadonlyMap<ByteString, OpenedFile>;
  /** Files of earlier segments that are not in the archive after all: links to them are left out, and told. */
  readonly failed: readonly ByteString[];
  /** How many bytes the segment may have more than are planned. */
  readonly spareBytes: number;
  /** The content, as far as it lies here, of the run's last entry, which runs on into the next segment. */
  readonly trail: FilePiece | undefined;
  /** Whether this is the tar's last segment, with the end blocks. */
  readonly endsTar: boolean;
}

/** Content as it lies in one segment. */
export interface SealedPiece {
  /** In the segment's plain bytes. */
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Bytes that were no longer there to be read, zeros in their place. */
  readonly missingBytes: number;
  /** Why they could not be read, where that was an error. */
  readonly readError: string | undefined;
}

/** What was not captured, or not as it stood at one moment. */
export interface EntryProblem {
  readonly path: ByteString;
  /**
   * `again`: not captured, because something else is there by now, or what it is a link to is not captured, or it has
   * more than fits here. Whoever asked should look at it once more.
   */
  readonly kind: 'skipped' | 'changed' | 'again';
  readonly reason: string;
  /** Whether it is a file that others may be links to. */
  readonly linked?: boolean;
  /** Its size, where that was found by reading. */
  readonly size?: number;
}

export interface SealedMember {
  /** The member is the first so many bytes of the job's buffer. */
  readonly size: number;
  readonly sha256: string;
  readonly plainBytes: number;
}

export interface SealFilesOutput extends SealedMember {
  /** Contents lines of the entries that lie here as a whole. */
  readonly lines: Uint8Array<ArrayBuffer>;
  readonly entries: number;
  /** Content read, the pieces excepted. */
  readonly sourceBytes: number;
  readonly problems: readonly EntryProblem[];
  readonly lead: SealedPiece | undefined;
  readonly trail: SealedPiece | undefined;
}

/** Plain bytes at hand in the job's buffer, from `plainAt` on; the member replaces them. */
export interface SealBytesInput extends SealInput {
  readonly plainAt: number;
  readonly plainBytes: number;
  /** Pairs of offset and length: content whose SHA-256 is wanted. */
  readonly ranges: Float64Array;
}

export interface SealBytesOutput extends SealedMember {
  readonly sha256s: readonly string[];
}

/** A manifest whose signature was judged. */
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

/** An error on its way to the main thread. */
export interface JobFailure {
  readonly message: string;
  readonly name: string;
  readonly code: string | undefined;
}
export type JobReply = { readonly output: unknown } | { readonly failure: JobFailure };
