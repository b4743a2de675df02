/** What an extraction is going to do, once it has been planned. */
import type { RightsCount } from '../../destination/rights.ts';
import type { ByteString } from '../../tar/byte-string.ts';
import type { TarEntry } from '../../tar/tar-entry.ts';
import type { EntryRun } from '../../threads/entry-run.ts';
import type { ExtractSegmentInput } from '../../threads/extract-jobs.ts';
import type { PlanAction, PlannedEntry } from './plan-list.ts';

/** Why entries are left out that would lie in a folder of `own`. */
export const OWN_DATA_REASON =
  'would lie where Holdfast keeps its own data or archives, and nothing is restored there';

export interface ExtractionPlan {
  readonly counts: Readonly<Record<PlanAction, number>>;
  /** The first ten thousand, or fewer where names are long; what is refused comes first. */
  readonly entries: readonly PlannedEntry[];
  /** Of the entries that are to be created or overwritten. */
  readonly rights: RightsCount;
  /** Whether the target itself gets the mode, owner and time of the archive's root; undefined where that is not restored. */
  readonly rootAttributes: boolean | undefined;
}

/** A file whose content lies in several segments. */
export interface LargeFile {
  readonly entry: TarEntry;
  readonly stagingName: string;
}

export interface PlannedSegment {
  /** The entries that it must hold. */
  readonly listed: EntryRun[];
  /** For each run, where they are checked. */
  readonly sha256s: Uint8Array<ArrayBuffer>[];
  wanted: boolean;
  /** Content of a file that began in an earlier segment, and of one that runs on into the next. */
  lead: ExtractSegmentInput['lead'];
  trail: ExtractSegmentInput['trail'];
}

export interface Extraction {
  readonly plan: ExtractionPlan;
  /** By number. */
  readonly segments: ReadonlyMap<number, PlannedSegment>;
  /** Those that are wanted, to be put in place when all segments have been found good. */
  readonly largeFiles: readonly LargeFile[];
  readonly renames: ReadonlyMap<ByteString, ByteString>;
  /** Whether nothing is in the target, and all that comes there has room in the staging folder first. */
  readonly isFresh: boolean;
  /** Whether the target's path is too long for what is made in it, and one by an open folder is not. */
  readonly needsShortName: boolean;
  /** Folders in the target that other file systems are mounted on, the longest path first. */
  readonly mounts: readonly ByteString[];
  /** Files that were not read to their end when they were backed up, and whether they are selected: what is in their places stays. */
  readonly leftOut: ReadonlyMap<ByteString, boolean>;
  /** Paths of folders that are in the target already and keep their mode and time. */
  readonly keptFolders: ReadonlySet<ByteString>;
  /** Folders in the target that nothing is restored into, and the entries that are left out for that. */
  readonly ownFolders: readonly ByteString[];
  readonly ownLeftOut: readonly ByteString[];
}
