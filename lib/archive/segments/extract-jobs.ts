/** What extraction asks of a segment worker. Everything here survives structured clone. */
import type { KeyObject } from 'node:crypto';
import type { ContentsMember } from '../container/contents-lines.ts';
import type { ContentsEntry } from '../format.ts';
import type { ByteString } from '../tar/byte-string.ts';
import type { Existing } from '../target/existing.ts';
import type { LinkMakerOptions } from '../target/make-link.ts';
import type { Staging } from '../target/staging.ts';
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
}

/** Of an entry whose content lies in several segments. */
export interface ListedPieces {
  /** Which entry of the list. */
  readonly index: number;
  readonly pieces: NonNullable<ContentsEntry['pieces']>;
}

/** Consecutive entries whose headers lie in the same segment. */
export interface SegmentList {
  readonly segment: number;
  readonly run: EntryRun;
  readonly pieces: readonly ListedPieces[];
}

export interface ListContentsOutput {
  /** All entries, in their order. */
  readonly lists: readonly SegmentList[];
}

/** Content that runs on from or into another segment: it is gathered in a staging file. */
export interface StagedPiece {
  readonly stagingName: string;
  /** Where in the file. */
  readonly from: number;
  readonly bytes: number;
  /** Whether the file was selected. */
  readonly wanted: boolean;
}

export interface ExtractSegmentInput {
  readonly segment: SealedSegment;
  readonly staging: Staging;
  readonly existing: Existing;
  /** Set owners, and mode bits beyond the permissions. */
  readonly asRoot: boolean;
  /** The entries that contents list for this segment. */
  readonly listed: readonly EntryRun[];
  readonly lead: (StagedPiece & { readonly ends: boolean }) | undefined;
  readonly trail: StagedPiece | undefined;
  readonly endsTar: boolean;
  /** Paths, with all that is below each. Undefined: everything. */
  readonly select: readonly ByteString[] | undefined;
  /** Files to write under another path: of their selected hard links, where they are not selected themselves. */
  readonly renames: ReadonlyMap<ByteString, ByteString>;
  readonly abort: AbortFlag;
}

export interface ExtractSegmentOutput {
  /** Files written, those in the making excepted. */
  readonly entries: number;
  /** Of content, what went to files in the making included. */
  readonly bytes: number;
  /** Symlinks and hard links, to be made when all files are there. */
  readonly links: EntryRun;
  /** Made, to be finished when all that is in them is there. */
  readonly folders: EntryRun;
  /** Files that were there and were left as they are. */
  readonly kept: readonly ByteString[];
}

export interface MakeLinksInput extends LinkMakerOptions {
  readonly links: EntryRun;
  readonly abort: AbortFlag;
}
export interface MakeLinksOutput {
  /** Links made; neither those where something was kept, nor those without a file to link to. */
  readonly made: number;
  readonly orphans: readonly ByteString[];
}

/** Gives folders their owners, modes and times. None of them lies in another one of the same job. */
export interface FinishFoldersInput {
  readonly folders: EntryRun;
  readonly target: ByteString;
  readonly asRoot: boolean;
  /** They were made in the staging folder, the target itself excepted. */
  readonly areOurs: boolean;
  readonly abort: AbortFlag;
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
}
export interface OpenSegmentOutput {
  readonly plain: Uint8Array;
}
