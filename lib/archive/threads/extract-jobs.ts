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

/** A segment or contents member as it stands in the archive, with what the signed manifest says of it. */
export interface SealedSegment {
  readonly name: string;
  /** Bytes are used up by opening them. */
  readonly sealed: Uint8Array<ArrayBuffer> | FileRange;
  readonly sha256: string;
  readonly plainBytes: number;
  /** What its age header gave: where the payload begins, and its key. */
  readonly prefixBytes: number;
  readonly payloadKey: KeyObject;
}

export interface ListContentsInput {
  readonly member: SealedSegment;
  readonly contents: ContentsMember;
  /** Whether the hashes of contents are wanted, too. */
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

/** Entries that follow each other in one segment. */
export interface SegmentList extends ListedSpan {
  readonly run: EntryRun;
  /** If they were wanted: 32 bytes for each entry, zeros for those that have no SHA-256 of their own. */
  readonly sha256s: Uint8Array<ArrayBuffer> | undefined;
}

export interface ListContentsOutput {
  /** All entries, in their order. */
  readonly lists: readonly SegmentList[];
  /** Whether some of them are objects of a store, or items of a table. */
  readonly hasObjects: boolean;
}

/** Content that runs on from or into another segment. */
export interface ListedPiece {
  readonly bytes: number;
  readonly sha256: string;
}

/** What a segment of a tar has to be, as contents tell. */
export interface ListedSegment {
  readonly listed: readonly EntryRun[];
  /** A list for each run. Undefined: hashes of contents are not looked at. */
  readonly sha256s: readonly Uint8Array[] | undefined;
  /** The end of a content, with the zeros behind it; or the middle of one, and nothing else. */
  readonly lead: (ListedPiece & { readonly padding: number }) | undefined;
  /** Of the last entry. */
  readonly trail: ListedPiece | undefined;
  readonly endsTar: boolean;
}

/** A piece of a file that is gathered in the staging folder. */
export interface StagedPiece extends ListedPiece {
  readonly stagingName: string;
  /** Where the file is going to lie. */
  readonly path: ByteString;
  /** Where in the file. */
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
  /** Paths, with all that is below each. Undefined: everything. */
  readonly select: readonly ByteString[] | undefined;
  /** Folders in the target; what would be in them is left out. */
  readonly without: readonly ByteString[];
  /** Files to write under another path: of their selected hard links, where they are not selected themselves. */
  readonly renames: ReadonlyMap<ByteString, ByteString>;
  readonly abort: AbortFlag;
}

export interface ExtractSegmentOutput {
  /** Files written, those in the making excepted. */
  readonly entries: number;
  /** Of the content of these files. */
  readonly bytes: number;
  /** What went to files in the making, by their staging names. */
  readonly gathered: readonly { readonly stagingName: string; readonly bytes: number }[];
  /** Files in the making that a piece could not be written of, by the paths they were going to have. */
  readonly lostPieces: readonly NamedEntry[];
  /** Symlinks and hard links, to be made when all files are there. */
  readonly links: EntryRun;
  /** Made, to be finished when all that is in them is there. */
  readonly folders: EntryRun;
  /** Files that were not written, be it that one was there and was left as it is: what is in their places is not of this restore. */
  readonly kept: readonly ByteString[];
  /** Of the files that were written. */
  readonly bitsLeftOut: BitsLeftOut;
  readonly failures: EntryFailures;
  /** What ended it before its end, and the restore with it: a full disk. All else here is of what was done by then. */
  readonly stopped: { readonly message: string; readonly code: string } | undefined;
}

export interface MakeLinksInput extends LinkMakerOptions {
  readonly links: EntryRun;
  readonly abort: AbortFlag;
}
export interface MakeLinksOutput {
  /** Links made; neither those where something was kept, nor those without a file to link to. */
  readonly made: number;
  readonly orphans: readonly ByteString[];
  readonly failures: EntryFailures;
}

/** Gives folders their owners, modes and times. None of them lies in another one of the same job. */
export interface FinishFoldersInput extends Rights {
  readonly folders: EntryRun;
  readonly target: ByteString;
  /** They were made in the staging folder, the target itself excepted. */
  readonly areOurs: boolean;
  readonly abort: AbortFlag;
}
export interface FinishFoldersOutput {
  /** Folders that are not there are lost. */
  readonly failures: EntryFailures;
}

/** Hashes what is to be verified where nothing has to be opened. */
export interface HashRangeInput {
  readonly range: FileRange;
  readonly abort: AbortFlag;
}
export interface HashRangeOutput {
  readonly sha256: string;
}

/** Reads a segment, checked, into memory: for streams and single entries. */
export interface OpenSegmentInput {
  readonly segment: SealedSegment;
  /** Of all its plain bytes, where that is to be checked, too. */
  readonly plainSha256?: string | undefined;
  readonly abort?: AbortFlag | undefined;
}
export interface OpenSegmentOutput {
  readonly plain: Uint8Array;
}

/** Opens a segment, and looks whether it is what contents say, hashes included. */
export interface VerifySegmentInput {
  readonly segment: SealedSegment;
  /** Of a tar; or of a stream, whose content it is as a whole. */
  readonly expected: ListedSegment | { readonly plainSha256: string };
  readonly abort: AbortFlag;
}
