/**
 * What an extraction would do: read from contents and from the target as it is. Also the list of which segments are
 * needed, what each must hold, and which files lie in several.
 */

import { placeOf } from '../container/manifest-rules.ts';
import type { OpenedArchive } from '../container/open.ts';
import { contentsWrong } from '../container/tree-entry.ts';
import { DecodedRun, type EntryRun } from '../segments/entry-run.ts';
import type { ListedPieces, SegmentList, StagedPiece } from '../segments/extract-jobs.ts';
import type { SegmentPool } from '../segments/segment-pool.ts';
import { type ByteString, contentsNameOf } from '../tar/byte-string.ts';
import type { TarEntry, TarType } from '../tar/tar-entry.ts';
import type { Existing } from '../target/existing.ts';
import { isSelected } from '../target/selection.ts';
import { listedContents } from './listed-contents.ts';
import { PathRules } from './path-rules.ts';
import { TargetSurvey } from './target-survey.ts';

export type PlanAction = 'create' | 'overwrite' | 'skip' | 'refuse';

export interface PlannedEntry {
  /** As text: for people. */
  readonly path: string;
  readonly action: PlanAction;
  readonly reason?: string;
}

export interface ExtractionPlan {
  readonly counts: Readonly<Record<PlanAction, number>>;
  /** The first thousand; what is refused comes first. */
  readonly entries: readonly PlannedEntry[];
}

/** A file whose content lies in several segments. */
export interface LargeFile {
  readonly entry: TarEntry;
  readonly stagingName: string;
}

export interface PlannedSegment {
  /** The entries that it must hold. */
  readonly listed: EntryRun[];
  wanted: boolean;
  /** Content of a file that began in an earlier segment, and of one that runs on into the next. */
  lead: (StagedPiece & { readonly ends: boolean }) | undefined;
  trail: StagedPiece | undefined;
}

export interface Extraction {
  readonly plan: ExtractionPlan;
  /** By number. */
  readonly segments: ReadonlyMap<number, PlannedSegment>;
  /** Those that are wanted, to be put in place when all segments have been found good. */
  readonly largeFiles: readonly LargeFile[];
  readonly renames: ReadonlyMap<ByteString, ByteString>;
  /** Whether nothing is in the target. */
  readonly isFresh: boolean;
  /** Folders in the target that other file systems are mounted on, the longest path first. */
  readonly mounts: readonly ByteString[];
  /** Paths of folders that are in the target already and keep their mode and time. */
  readonly keptFolders: ReadonlySet<ByteString>;
}

export interface PlanOptions {
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key. */
  readonly identity: string;
  readonly pool: SegmentPool;
  readonly target: ByteString;
  readonly existing: Existing;
  /** Paths to extract, each with all below it. @default everything */
  readonly select?: readonly ByteString[] | undefined;
  /** Files that are written under another path, since no file system can have their own. @default none */
  readonly renamed?: ReadonlyMap<ByteString, ByteString> | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LISTED_ENTRIES = 1_000;

class Planner {
  readonly #options: PlanOptions;
  readonly #survey: TargetSurvey;
  readonly #segments = new Map<number, PlannedSegment>();
  readonly #rules: PathRules;
  readonly #renames: Map<ByteString, ByteString>;
  readonly #counts: Record<PlanAction, number> = { create: 0, overwrite: 0, skip: 0, refuse: 0 };
  readonly #listed: PlannedEntry[] = [];
  readonly #refused: PlannedEntry[] = [];
  readonly #keptFolders = new Set<ByteString>();
  /** Hard links that are selected while their file is not: the file's path, the first such link's. */
  readonly #orphans = new Map<ByteString, ByteString>();
  readonly #largeFiles = new Map<ByteString, LargeFile>();
  #large = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
    this.#rules = new PathRules(options.renamed);
    this.#renames = new Map(options.renamed);
    this.#survey = new TargetSurvey(options.target);
    for (const { name } of options.archive.segments(options.component)) {
      this.#segments.set(segmentNumber(name), {
        listed: [],
        wanted: false,
        lead: undefined,
        trail: undefined,
      });
    }
  }

  async run(): Promise<Extraction> {
    for await (const { lists } of listedContents(this.#options)) for (const list of lists) this.#take(list);
    this.#rules.end();
    if (this.#orphans.size > 0)
      for await (const { lists } of listedContents(this.#options))
        for (const list of lists) this.#adopt(list);
    return {
      plan: {
        counts: this.#counts,
        entries: [...this.#refused, ...this.#listed].slice(0, LISTED_ENTRIES),
      },
      segments: this.#segments,
      largeFiles: [...this.#largeFiles.values()],
      renames: this.#renames,
      keptFolders: this.#keptFolders,
      isFresh: this.#survey.isEmpty,
      mounts: this.#survey.mounts,
    };
  }

  #segment(number: number): PlannedSegment {
    const segment = this.#segments.get(number);
    if (segment === undefined) throw contentsWrong(`speak of segment ${number}, which is not there`);
    return segment;
  }

  #take({ segment: number, run, pieces }: SegmentList): void {
    const segment = this.#segment(number);
    segment.listed.push(run);
    const listed = new DecodedRun(run);
    this.#rules.take(run, listed);
    const large = new Map(pieces.map((one) => [one.index, one.pieces]));
    for (let index = 0; index < listed.count; index += 1) {
      const path = listed.path(index);
      const type = listed.type(index);
      const selected = this.#isSelected(path, type);
      const parts = large.size === 0 ? undefined : large.get(index);
      if (parts !== undefined) this.#takePieces(number, parts, listed.entry(index), selected);
      if (type === 'hardlink') this.#takeLink(path, listed.link(index), selected);
      if (!selected) continue;
      segment.wanted = true;
      this.#decide(path, type);
    }
  }

  #isSelected(path: ByteString, type: TarType): boolean {
    const { select } = this.#options;
    return select === undefined || isSelected({ path, type }, select);
  }

  #takeLink(path: ByteString, link: ByteString, selected: boolean): void {
    if (!selected || this.#isSelected(link, 'file')) return;
    if (!this.#orphans.has(link)) this.#orphans.set(link, path);
  }

  /** Files that are wanted only for the sake of a link to them. */
  #adopt({ segment, run, pieces }: SegmentList): void {
    const listed = new DecodedRun(run);
    const large = new Map(pieces.map((one) => [one.index, one.pieces]));
    for (let index = 0; index < listed.count; index += 1) {
      const link = this.#orphans.get(listed.path(index));
      if (link === undefined || listed.type(index) !== 'file') continue;
      this.#renames.set(listed.path(index), link);
      this.#segment(segment).wanted = true;
      const parts = large.get(index);
      if (parts !== undefined) this.#adoptPieces(listed.entry(index), parts);
    }
  }

  #adoptPieces(entry: TarEntry, parts: ListedPieces['pieces']): void {
    for (const [index, { segment }] of parts.entries()) {
      const planned = this.#segment(segment);
      planned.wanted = true;
      const { lead, trail } = planned;
      if (index > 0 && lead !== undefined) planned.lead = { ...lead, wanted: true };
      if (index > 0 || trail === undefined) continue;
      planned.trail = { ...trail, wanted: true };
      this.#largeFiles.set(entry.path, { entry, stagingName: trail.stagingName });
    }
  }

  #takePieces(first: number, parts: ListedPieces['pieces'], entry: TarEntry, wanted: boolean): void {
    if (entry.type !== 'file') throw contentsWrong('give content to what has none');
    this.#large += 1;
    const stagingName = `large-${this.#large}`;
    if (wanted) this.#largeFiles.set(entry.path, { entry, stagingName });
    let from = 0;
    for (const [index, { segment: number, offset, bytes }] of parts.entries()) {
      if (number !== first + index) throw contentsWrong('list pieces that do not follow each other');
      const segment = this.#segment(number);
      segment.wanted ||= wanted;
      const piece = { stagingName, from, bytes, wanted };
      from += bytes;
      if (index === 0) {
        if (segment.trail !== undefined) throw contentsWrong('have two files run on from one segment');
        segment.trail = piece;
      } else {
        if (segment.lead !== undefined || offset !== 0)
          throw contentsWrong('have two files run on into one segment');
        segment.lead = { ...piece, ends: index === parts.length - 1 };
      }
    }
    if (from !== entry.size) throw contentsWrong('list pieces that are not the whole of their file');
  }

  #decide(path: ByteString, type: TarType): void {
    const name = this.#options.renamed?.get(path);
    const { action, reason = renamedTo(name) } = this.#survey.decide(
      name ?? path,
      type,
      this.#options.existing,
    );
    this.#counts[action] += 1;
    const kept = action === 'skip' || (action === 'overwrite' && this.#options.select !== undefined);
    if (type === 'directory' && kept) this.#keptFolders.add(path);
    const list = action === 'refuse' ? this.#refused : this.#listed;
    if (list.length >= LISTED_ENTRIES) return;
    const { text } = contentsNameOf(path);
    list.push(reason === undefined ? { path: text, action } : { path: text, action, reason });
  }
}

const renamedTo = (name: ByteString | undefined): string | undefined =>
  name === undefined
    ? undefined
    : `is written as ${JSON.stringify(contentsNameOf(name).text)}, since no file can have its own name here`;

/** Which segment a member of this name is. Throws `TypeError` for the name of anything else. */
export const segmentNumber = (segmentName: string): number => {
  const place = placeOf(segmentName);
  if (place?.kind !== 'segment') throw new TypeError(`${segmentName} is no segment`);
  return place.number;
};

/** Plans an extraction. Touches nothing. Throws `archive_damaged`, `archive_entry_refused`, and as `listedContents`. */
export const planExtraction = (options: PlanOptions): Promise<Extraction> => new Planner(options).run();
