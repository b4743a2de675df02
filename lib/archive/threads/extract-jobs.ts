/** What extraction asks of a segment worker. Everything here survives structured clone. */
import type { KeyObject } from 'node:crypto';
import type { ContentsMember } from '../contents/contents-lines.ts';
import type { ContentsRange, ListedEntry } from '../contents/contents-range.ts';
import type { ListedSpan } from '../contents/segment-tiling.ts';
import type { EntryFailures, NamedEntry } from '../destination/entry-failures.ts';
import type { Existing } from '../destination/existing.ts';
import type { LinkMakerOptions } from '../destination/make-link.ts';
import type { BitsLeftOut, Rights } from '../destination/rights.ts';
import type { Staging } from '../destination/staging.ts';
import type { ByteString } from '../tar/byte-string.ts';
import type { AbortFlag } from './abort-flag.ts';
import type { EntryRun } from './entry-run.ts';

/** Bytes that lie in a file on this machine. */
export interface FileRange {
  readonly path: string;
  readonly offset: number;
  readonly bytes: number;
}

/** A segment or contents member as it is in the archive, with what the signed manifest says of it. */
export interface SealedSegment {
  readonly name: string;
  /** Opening the member uses the bytes up. */
  readonly sealed: Uint8Array<ArrayBuffer> | FileRange;
  readonly sha256: string;
  readonly plainBytes: number;
  /** From its age header: where the payload begins, and its key. */
  readonly prefixBytes: number;
  readonly payloadKey: KeyObject;
}

export interface ListContentsInput {
  readonly member: SealedSegment;
  readonly contents: ContentsMember;
  /** Whether the hashes of contents are wanted. */
  readonly withHashes: boolean;
  readonly abort?: AbortFlag | undefined;
}

export interface ReadContentsInput {
  readonly member: SealedSegment;
  readonly contents: ContentsMember;
  readonly range: ContentsRange;
}
export interface ReadContentsOutput {
  readonly entries: readonly ListedEntry[];
}

/** Consecutive entries of one segment. */
export interface SegmentList extends ListedSpan {
  readonly run: EntryRun;
  /** When wanted: 32 bytes for each entry, zeros for those without a SHA-256 of their own. */
  readonly sha256s: Uint8Array<ArrayBuffer> | undefined;
}

export interface ListContentsOutput {
  /** All entries, in order. */
  readonly lists: readonly SegmentList[];
  /** Whether some entries are objects of a store, or items of a table. */
  readonly hasObjects: boolean;
}

/** Content that runs on from or into another segment. */
export interface ListedPiece {
  readonly bytes: number;
  readonly sha256: string;
}

/** What a tar segment must hold, as contents say. */
export interface ListedSegment {
  readonly listed: readonly EntryRun[];
  /** A list for each run. Undefined: hashes of contents are not checked. */
  readonly sha256s: readonly Uint8Array[] | undefined;
  /** The end of a content, with the zeros after it; or the middle of one, and nothing else. */
  readonly lead: (ListedPiece & { readonly padding: number }) | undefined;
  /** Content of the last entry, which runs on. */
  readonly trail: ListedPiece | undefined;
  readonly endsTar: boolean;
}

/** A piece of a file that is put together in the staging folder. */
export interface StagedPiece extends ListedPiece {
  readonly stagingName: string;
  /** The file's final path. */
  readonly path: ByteString;
  /** Offset of the piece in the file. */
  readonly from: number;
  /** Whether the file was selected. */
  readonly wanted: boolean;
}

export interface ExtractSegmentInput extends ListedSegment, Rights {
  readonly segment: SealedSegment;
  readonly staging: Staging;
  readonly existing: Existing;
  readonly lead: (StagedPiece & { readonly padding: number }) | undefined;
  readonly trail: StagedPiece | undefined;
  /** Selected paths, each with all that is below it. Undefined: everything. */
  readonly select: readonly ByteString[] | undefined;
  /** Folders in the target; entries that would be in them are left out. */
  readonly without: readonly ByteString[];
  /** Files to write under another path: that of a selected hard link, when they are not selected themselves. */
  readonly renames: ReadonlyMap<ByteString, ByteString>;
  readonly abort: AbortFlag;
}

export interface ExtractSegmentOutput {
  /** Files written, without unfinished ones. */
  readonly entries: number;
  /** Bytes of the content of these files. */
  readonly bytes: number;
  /** Bytes written to unfinished files, by their staging names. */
  readonly gathered: readonly { readonly stagingName: string; readonly bytes: number }[];
  /** Unfinished files of which a piece could not be written, by their final paths. */
  readonly lostPieces: readonly NamedEntry[];
  /** Symlinks and hard links, to be made when all files exist. */
  readonly links: EntryRun;
  /** Folders made, to be finished when they are full. */
  readonly folders: EntryRun;
  /**
   * Files that were not written, also because one existed and was kept: what is in their places is not of this restore.
   */
  readonly kept: readonly ByteString[];
  /** Among the files that were written. */
  readonly bitsLeftOut: BitsLeftOut;
  readonly failures: EntryFailures;
  /**
   * The error that ended the job early, and the restore with it, such as a full disk. The other fields tell what was
   * done by then.
   */
  readonly stopped: { readonly message: string; readonly code: string } | undefined;
}

export interface MakeLinksInput extends LinkMakerOptions {
  readonly links: EntryRun;
  readonly abort: AbortFlag;
}
export interface MakeLinksOutput {
  /** Links made, without kept ones and ones that had no file to link to. */
  readonly made: number;
  readonly orphans: readonly ByteString[];
  readonly failures: EntryFailures;
}

/** Gives folders their owners, modes and times. No folder lies in another one of the same job. */
export interface FinishFoldersInput extends Rights {
  readonly folders: EntryRun;
  readonly target: ByteString;
  /** Whether they were made in the staging folder, except for the target itself. */
  readonly areOurs: boolean;
  readonly abort: AbortFlag;
}
export interface FinishFoldersOutput {
  /** Missing folders count as lost. */
  readonly failures: EntryFailures;
}

/** Hashes a range for a verification that opens nothing. */
export interface HashRangeInput {
  readonly range: FileRange;
  readonly abort: AbortFlag;
}
export interface HashRangeOutput {
  readonly sha256: string;
}

/** Reads and checks a segment into memory: for streams and single entries. */
export interface OpenSegmentInput {
  readonly segment: SealedSegment;
  /** SHA-256 of all its plain bytes, where that is checked, too. */
  readonly plainSha256?: string | undefined;
  readonly abort?: AbortFlag | undefined;
}
export interface OpenSegmentOutput {
  readonly plain: Uint8Array;
}

/** Opens a segment, and checks that it is what contents say, hashes included. */
export interface VerifySegmentInput {
  readonly segment: SealedSegment;
  /** Expected segment of a tar; or the hash of a stream's segment, which is all content. */
  readonly expected: ListedSegment | { readonly plainSha256: string };
  readonly abort: AbortFlag;
}
