/**
 * Plans an extraction from contents and from the target as it is: what it would do, which segments it needs, what each
 * must hold, and which files lie in several.
 */

import { placedPieces, type RunOn, SegmentTiling } from '../../contents/segment-tiling.ts';
import { contentsWrong } from '../../contents/tree-entry.ts';
import type { Existing } from '../../destination/existing.ts';
import { RightsCounter } from '../../destination/rights.ts';
import { isSelected } from '../../destination/selection.ts';
import { isRoot } from '../../destination/target-folder.ts';
import { placeOf } from '../../member-names.ts';
import type { OpenedArchive } from '../../reader/open.ts';
import { UNREADABLE_REASON, unreadableOf } from '../../reader/unreadable.ts';
import { shownPath } from '../../shown-text.ts';
import { type ByteString, contentsNameOf } from '../../tar/byte-string.ts';
import type { TarEntry, TarType } from '../../tar/tar-entry.ts';
import { DecodedRun } from '../../threads/entry-run.ts';
import type { SegmentList } from '../../threads/extract-jobs.ts';
import type { SegmentPool } from '../../threads/segment-pool.ts';
import { Turns } from '../../turns.ts';
import { listedContents } from '../contents/listed-contents.ts';
import { type Extraction, type LargeFile, OWN_DATA_REASON, type PlannedSegment } from './extraction.ts';
import { ListingBounds } from './listing-bounds.ts';
import { PathRules } from './path-rules.ts';
import { PlanList } from './plan-list.ts';
import { unrestorable } from './restorable.ts';
import { TargetRoom } from './target-room.ts';
import { type SurveyOptions, TargetSurvey } from './target-survey.ts';

export interface PlanOptions extends SurveyOptions {
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key. */
  readonly identity: string;
  readonly pool: SegmentPool;
  readonly target: ByteString;
  readonly existing: Existing;
  /** Paths to extract, each with all below it. @default everything */
  readonly select?: readonly ByteString[] | undefined;
  /** Files that are written under another path, because no file system can have their own. @default none */
  readonly renamed?: ReadonlyMap<ByteString, ByteString> | undefined;
  /** Whether contents' hashes are kept for the extraction. @default false */
  readonly withHashes?: boolean;
  readonly signal?: AbortSignal | undefined;
}

class Planner {
  readonly #options: PlanOptions;
  readonly #survey: TargetSurvey;
  readonly #segments = new Map<number, PlannedSegment>();
  readonly #rules: PathRules;
  readonly #tiling: SegmentTiling;
  readonly #renames: Map<ByteString, ByteString>;
  readonly #rights = new RightsCounter(isRoot());
  readonly #plan = new PlanList(shownPath);
  readonly #room: TargetRoom;
  readonly #bounds: ListingBounds;
  readonly #turns = new Turns();
  readonly #keptFolders = new Set<ByteString>();
  /** Hard links that will be made while their file will not: the file's path, and the path of the first such link. */
  readonly #orphans = new Map<ByteString, ByteString>();
  readonly #largeFiles = new Map<ByteString, LargeFile>();
  readonly #unreadable: ReadonlySet<ByteString>;
  /** Files left out, and whether each is selected. */
  readonly #leftOut = new Map<ByteString, boolean>();
  readonly #ownLeftOut: ByteString[] = [];
  #rootAttributes: boolean | undefined;
  #large = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
    this.#rules = new PathRules(options.renamed);
    this.#renames = new Map(options.renamed);
    this.#survey = new TargetSurvey(options.target, options);
    this.#room = new TargetRoom(options.target);
    this.#bounds = new ListingBounds(options.archive, options.component);
    this.#unreadable = unreadableOf(options.archive.manifest, options.component);
    const segments = options.archive.segments(options.component);
    this.#tiling = new SegmentTiling(segments);
    for (const { name } of segments) {
      this.#segments.set(segmentNumber(name), {
        listed: [],
        sha256s: [],
        wanted: false,
        lead: undefined,
        trail: undefined,
      });
    }
  }

  async run(): Promise<Extraction> {
    for await (const { lists } of listedContents(this.#options))
      for (const list of lists) {
        this.#take(list);
        await this.#turns.step();
        this.#options.signal?.throwIfAborted();
      }
    this.#rules.end();
    this.#tiling.end();
    if (this.#orphans.size > 0)
      for await (const { lists } of listedContents(this.#options))
        for (const list of lists) {
          this.#adopt(list);
          await this.#turns.step();
        }
    if (this.#options.select === undefined) this.#wantUnlisted();
    const { counts, entries } = this.#plan;
    const { mounts, isEmpty } = this.#survey;
    this.#room.require(mounts);
    return {
      plan: { counts, entries, rights: this.#rights.count, rootAttributes: this.#rootAttributes },
      segments: this.#segments,
      largeFiles: [...this.#largeFiles.values()],
      renames: this.#renames,
      leftOut: this.#leftOut,
      keptFolders: this.#keptFolders,
      ownFolders: this.#survey.ownFolders,
      ownLeftOut: this.#ownLeftOut,
      isFresh: isEmpty && this.#room.isEnoughForStaging,
      needsShortName: this.#room.needsShortName(mounts),
      mounts,
    };
  }

  /** Also reads segments that by contents hold only the tar's end: another reader might find more in them. */
  #wantUnlisted(): void {
    for (const segment of this.#segments.values())
      if (segment.listed.length === 0 && segment.lead === undefined) segment.wanted = true;
  }

  #segment(number: number): PlannedSegment {
    const segment = this.#segments.get(number);
    if (segment === undefined) throw contentsWrong(`name segment ${number}, which the archive does not have`);
    return segment;
  }

  #take(list: SegmentList): void {
    const { segment: number, run, sha256s, runOn } = list;
    const segment = this.#segment(number);
    const listed = new DecodedRun(run);
    this.#bounds.take(run, listed);
    this.#rules.take(run, listed);
    this.#tiling.take(list);
    segment.listed.push(run);
    if (sha256s !== undefined) segment.sha256s.push(sha256s);
    for (let index = 0; index < listed.count; index += 1) {
      const path = listed.path(index);
      const type = listed.type(index);
      const parts = index === listed.count - 1 ? runOn : undefined;
      const isLeftOut = this.#isLeftOut(listed, index, parts !== undefined);
      const asked = this.#isSelected(path, type);
      if (asked && isLeftOut) {
        this.#plan.addLeftOut(path, UNREADABLE_REASON);
        if (type === 'file') this.#leftOut.set(path, true);
        // Links to it are named where the others are made.
        else segment.wanted = true;
      }
      const isOwn = asked && !isLeftOut && this.#leavesOwn(path, type);
      const selected = asked && !isLeftOut && !isOwn;
      if (parts !== undefined) this.#takePieces(parts, listed.entry(index), selected);
      if (!selected) continue;
      segment.wanted = true;
      if (!this.#decide(path, listed, index)) continue;
      this.#countRights(listed, index);
      if (type === 'hardlink') this.#takeLink(path, listed.link(index));
    }
  }

  #leavesOwn(own: ByteString, type: TarType): boolean {
    if (!this.#survey.isOwn(this.#options.renamed?.get(own) ?? own, type)) return false;
    this.#plan.addLeftOut(own, OWN_DATA_REASON);
    this.#ownLeftOut.push(own);
    return true;
  }

  /** Whether an entry is, or links to, a file of several segments with zeros for what could not be read. */
  #isLeftOut(listed: DecodedRun, index: number, isLarge: boolean): boolean {
    if (this.#unreadable.size === 0) return false;
    const path = listed.path(index);
    if (isLarge && this.#unreadable.has(path)) this.#leftOut.set(path, false);
    return this.#leftOut.has(listed.type(index) === 'hardlink' ? listed.link(index) : path);
  }

  #isSelected(path: ByteString, type: TarType): boolean {
    const { select } = this.#options;
    return select === undefined || isSelected({ path, type }, select);
  }

  /** Takes a hard link that will be made. If its file will not be, the first such link gets the file's content. */
  #takeLink(path: ByteString, link: ByteString): void {
    if (this.#isSelected(link, 'file') && !this.#isKept(link)) return;
    if (!this.#orphans.has(link)) this.#orphans.set(link, path);
  }

  /** Whether something in a file's place stays, as `existing: 'skip'` says: no link is made to that. */
  #isKept(file: ByteString): boolean {
    const { existing } = this.#options;
    return existing === 'skip' && this.#survey.decide(file, 'file', existing).action === 'skip';
  }

  /** Adds files that are wanted only because of a link to them. */
  #adopt({ segment, run, runOn }: SegmentList): void {
    const listed = new DecodedRun(run);
    for (let index = 0; index < listed.count; index += 1) {
      const link = this.#orphans.get(listed.path(index));
      if (link === undefined || listed.type(index) !== 'file') continue;
      this.#renames.set(listed.path(index), link);
      this.#countRights(listed, index);
      this.#segment(segment).wanted = true;
      if (runOn !== undefined && index === listed.count - 1) this.#adoptPieces(listed.entry(index), runOn);
    }
  }

  #adoptPieces(entry: TarEntry, { pieces }: RunOn): void {
    for (const [index, { segment }] of pieces.entries()) {
      const planned = this.#segment(segment);
      planned.wanted = true;
      const { lead, trail } = planned;
      const path = this.#renames.get(entry.path) ?? entry.path;
      if (index > 0 && lead !== undefined) planned.lead = { ...lead, path, wanted: true };
      if (index > 0 || trail === undefined) continue;
      planned.trail = { ...trail, path, wanted: true };
      this.#largeFiles.set(entry.path, { entry, stagingName: trail.stagingName });
    }
  }

  /** Takes a content that runs on from the end of one segment into the next. */
  #takePieces(runOn: RunOn, entry: TarEntry, wanted: boolean): void {
    this.#large += 1;
    const stagingName = `large-${this.#large}`;
    const path = this.#renames.get(entry.path) ?? entry.path;
    if (wanted) this.#largeFiles.set(entry.path, { entry, stagingName });
    for (const placed of placedPieces(runOn)) {
      const segment = this.#segment(placed.segment);
      segment.wanted ||= wanted;
      const piece = { ...placed, stagingName, path, wanted };
      if (placed.from === 0) segment.trail = piece;
      else segment.lead = piece;
    }
  }

  #countRights(listed: DecodedRun, index: number): void {
    this.#rights.add(listed.type(index), listed.mode(index), listed.uid(index), listed.gid(index));
  }

  /** Whether the entry will be made, or made anew. */
  #decide(own: ByteString, listed: DecodedRun, index: number): boolean {
    const name = this.#options.renamed?.get(own);
    const path = name ?? own;
    const type = listed.type(index);
    const refusal = unrestorable(path, listed, index, this.#room.targetBytes);
    if (refusal !== undefined) {
      this.#plan.add(own, 'refuse', refusal);
      return false;
    }
    this.#room.take(path);
    const { action, reason = renamedTo(name) } = this.#survey.decide(path, type, this.#options.existing);
    const kept = action === 'skip' || (action === 'overwrite' && this.#options.select !== undefined);
    if (type === 'directory' && kept) this.#keptFolders.add(own);
    this.#plan.add(own, action, reason);
    if (own === '.') this.#rootAttributes = !kept;
    return action === 'create' || (action === 'overwrite' && !(type === 'directory' && kept));
  }
}

const renamedTo = (name: ByteString | undefined): string | undefined =>
  name === undefined
    ? undefined
    : `is written as ${JSON.stringify(contentsNameOf(name).text)}, since no file can have its own name here`;

/** The number of the segment with this name. @throws `TypeError` for a name that is not a segment's */
export const segmentNumber = (segmentName: string): number => {
  const place = placeOf(segmentName);
  if (place?.kind !== 'segment') throw new TypeError(`${segmentName} is no segment`);
  return place.number;
};

/** Plans an extraction. Changes nothing. @throws `archive_damaged`, `archive_entry_refused`, and as `listedContents` */
export const planExtraction = (options: PlanOptions): Promise<Extraction> => new Planner(options).run();
