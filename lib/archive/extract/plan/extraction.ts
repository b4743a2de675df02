/** What a planned extraction will do. */
import type { RightsCount } from '../../destination/rights.ts';
import type { ByteString } from '../../tar/byte-string.ts';
import type { TarEntry } from '../../tar/tar-entry.ts';
import type { EntryRun } from '../../threads/entry-run.ts';
import type { ExtractSegmentInput } from '../../threads/extract-jobs.ts';
import type { PlanAction, PlannedEntry } from './plan-list.ts';

/** Why entries are left out that would lie in a folder of `own`. */
export const OWN_DATA_REASON =
  'would be restored into a folder where Holdfast keeps its own data or archives';

export interface ExtractionPlan {
  readonly counts: Readonly<Record<PlanAction, number>>;
  /** The first ten thousand, or fewer where names are long; refused entries come first. */
  readonly entries: readonly PlannedEntry[];
  /** Counts the entries that will be created or overwritten. */
  readonly rights: RightsCount;
  /**
   * Whether the target itself gets the mode, owner and time of the archive's root; undefined when the root is not
   * restored.
   */
  readonly rootAttributes: boolean | undefined;
}

/** A file whose content lies in several segments. */
export interface LargeFile {
  readonly entry: TarEntry;
  readonly stagingName: string;
}

export interface PlannedSegment {
  /** The entries that the segment must hold. */
  readonly listed: EntryRun[];
  /** Hashes for each run, where they are checked. */
  readonly sha256s: Uint8Array<ArrayBuffer>[];
  wanted: boolean;
  /** Content of a file that began in an earlier segment, and of one that runs on into the next. */
  lead: ExtractSegmentInput['lead'];
  trail: ExtractSegmentInput['trail'];
}

export interface Extraction {
  readonly plan: ExtractionPlan;
  /** Segments by number. */
  readonly segments: ReadonlyMap<number, PlannedSegment>;
  /** Wanted files, which move to their places when all segments have been found good. */
  readonly largeFiles: readonly LargeFile[];
  readonly renames: ReadonlyMap<ByteString, ByteString>;
  /** Whether the target is empty, and the staging folder first has room for all that comes there. */
  readonly isFresh: boolean;
  /** Whether the target's own path is too long for what is made in it, but a path by an open folder is not. */
  readonly needsShortName: boolean;
  /** Folders in the target that other file systems are mounted on, the longest path first. */
  readonly mounts: readonly ByteString[];
  /**
   * Files that were not read to their end when they were backed up, and whether each is selected; what exists in their
   * places stays.
   */
  readonly leftOut: ReadonlyMap<ByteString, boolean>;
  /** Paths of folders that exist in the target and keep their mode and time. */
  readonly keptFolders: ReadonlySet<ByteString>;
  /** Folders in the target that nothing is restored into, and the entries that are left out because of them. */
  readonly ownFolders: readonly ByteString[];
  readonly ownLeftOut: readonly ByteString[];
}
