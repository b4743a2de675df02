/**
 * What an extraction would do: read from contents and from the target as it is. Also the list of which segments are
 * needed, what each must hold, and which files lie in several.
 */

import { parseMtimeText } from '../capture/contents-line.ts';
import { readContentsMember } from '../container/contents.ts';
import { placeOf } from '../container/manifest-rules.ts';
import type { OpenedArchive } from '../container/open.ts';
import { ArchiveError } from '../errors.ts';
import type { ContentsEntry } from '../format.ts';
import type { Existing, StagedPiece } from '../segments/extract-jobs.ts';
import { type ByteString, contentsNameOf, nameFromContents } from '../tar/byte-string.ts';
import type { TarEntry, TarType } from '../tar/tar-entry.ts';
import { EntryListDigest } from '../tar/tar-segment.ts';
import { isSelected } from './selection.ts';
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
  /** Segments that are still to come. */
  left: number;
}

export interface PlannedSegment {
  readonly list: EntryListDigest;
  wanted: boolean;
  lead: (StagedPiece & { readonly ends: boolean }) | undefined;
  leadFile: LargeFile | undefined;
  trail: StagedPiece | undefined;
  trailFile: LargeFile | undefined;
}

export interface Extraction {
  readonly plan: ExtractionPlan;
  /** By number. */
  readonly segments: ReadonlyMap<number, PlannedSegment>;
  readonly renames: ReadonlyMap<ByteString, ByteString>;
  /** Paths of folders that are in the target already and keep their mode and time. */
  readonly keptFolders: ReadonlySet<ByteString>;
}

export interface PlanOptions {
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key. */
  readonly identity: string;
  readonly target: ByteString;
  readonly existing: Existing;
  /** Paths to extract, each with all below it. @default everything */
  readonly select?: readonly ByteString[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LISTED_ENTRIES = 1_000;

const wrong = (what: string): ArchiveError =>
  new ArchiveError('archive_damaged', `contents ${what}; the archive was not made by a sound Holdfast`);

const refused = (path: ByteString, why: string): ArchiveError =>
  new ArchiveError(
    'archive_entry_refused',
    `the entry ${JSON.stringify(contentsNameOf(path).text)} ${why}; do not trust this archive`,
  );

/** What contents call an object of a store or items of a table is a file in the tar. */
const tarTypes = new Map<string, TarType>([
  ['file', 'file'],
  ['object', 'file'],
  ['item', 'file'],
  ['directory', 'directory'],
  ['symlink', 'symlink'],
  ['hardlink', 'hardlink'],
]);

/** An entry of contents as tar has it. Throws `archive_damaged` for what is no entry of a tree. */
export const tarEntryOf = (entry: ContentsEntry): TarEntry => {
  const type = tarTypes.get(entry.type);
  const { size, mode = 0o644, mtime, uid = 0, gid = 0 } = entry;
  if (type === undefined) throw wrong(`list an entry of type ${entry.type}, which is none of a tree`);
  const { seconds, nanoseconds } =
    mtime === undefined ? { seconds: 0, nanoseconds: 0 } : parseMtimeText(mtime);
  return {
    path: nameFromContents(entry.path, entry.pathBase64),
    type,
    size,
    mode,
    uid,
    gid,
    mtimeSeconds: seconds,
    mtimeNanoseconds: nanoseconds,
    link: entry.link === undefined ? '' : nameFromContents(entry.link, entry.linkBase64),
  };
};

class Planner {
  readonly #options: PlanOptions;
  readonly #survey: TargetSurvey;
  readonly #segments = new Map<number, PlannedSegment>();
  readonly #paths = new Set<ByteString>();
  readonly #renames = new Map<ByteString, ByteString>();
  readonly #counts: Record<PlanAction, number> = { create: 0, overwrite: 0, skip: 0, refuse: 0 };
  readonly #listed: PlannedEntry[] = [];
  readonly #refused: PlannedEntry[] = [];
  readonly #keptFolders = new Set<ByteString>();
  /** Hard links that are selected while their file is not: the file's path, the first such link's. */
  readonly #orphans = new Map<ByteString, ByteString>();
  #large = 0;

  constructor(options: PlanOptions) {
    this.#options = options;
    this.#survey = new TargetSurvey(options.target);
    for (const { name } of options.archive.segments(options.component)) {
      this.#segments.set(segmentNumber(name), {
        list: new EntryListDigest(),
        wanted: false,
        lead: undefined,
        leadFile: undefined,
        trail: undefined,
        trailFile: undefined,
      });
    }
  }

  async run(): Promise<Extraction> {
    await this.#eachEntry((listed) => this.#take(listed, tarEntryOf(listed)));
    if (this.#orphans.size > 0) await this.#eachEntry((listed) => this.#adopt(listed, tarEntryOf(listed)));
    return {
      plan: {
        counts: this.#counts,
        entries: [...this.#refused, ...this.#listed].slice(0, LISTED_ENTRIES),
      },
      segments: this.#segments,
      renames: this.#renames,
      keptFolders: this.#keptFolders,
    };
  }

  /** Calls, no iterator: waiting for every single entry took longer than reading it. */
  async #eachEntry(take: (listed: ContentsEntry) => void): Promise<void> {
    const { archive, component, identity, signal } = this.#options;
    for (const member of archive.contents(component)) {
      signal?.throwIfAborted();
      for (const listed of await readContentsMember(archive, member, identity)) take(listed);
    }
  }

  #segment(number: number): PlannedSegment {
    const segment = this.#segments.get(number);
    if (segment === undefined) throw wrong(`speak of segment ${number}, which is not there`);
    return segment;
  }

  #take(listed: ContentsEntry, entry: TarEntry): void {
    if (this.#paths.has(entry.path)) throw refused(entry.path, 'stands in the archive twice');
    this.#paths.add(entry.path);
    const segment = this.#segment(listed.segment);
    segment.list.add(entry);
    const { select } = this.#options;
    const selected = select === undefined || isSelected(entry, select);
    if (listed.pieces !== undefined) this.#takePieces(listed.pieces, entry, selected);
    if (entry.type === 'hardlink') this.#takeLink(entry, selected);
    if (!selected) return;
    segment.wanted = true;
    this.#decide(entry);
  }

  #takeLink(entry: TarEntry, selected: boolean): void {
    if (!this.#paths.has(entry.link)) throw refused(entry.path, 'is a hard link to something outside');
    const { select } = this.#options;
    if (!selected || select === undefined || isSelected({ path: entry.link, type: 'file' }, select)) return;
    if (!this.#orphans.has(entry.link)) this.#orphans.set(entry.link, entry.path);
  }

  /** A file that is wanted only for the sake of a link to it. */
  #adopt(listed: ContentsEntry, entry: TarEntry): void {
    const link = this.#orphans.get(entry.path);
    if (link === undefined || entry.type !== 'file') return;
    this.#renames.set(entry.path, link);
    this.#segment(listed.segment).wanted = true;
    for (const { segment } of listed.pieces ?? []) {
      const planned = this.#segment(segment);
      planned.wanted = true;
      if (planned.lead !== undefined && planned.leadFile?.entry.path === entry.path) {
        planned.lead = { ...planned.lead, wanted: true };
      }
      if (planned.trail !== undefined && planned.trailFile?.entry.path === entry.path) {
        planned.trail = { ...planned.trail, wanted: true };
      }
    }
  }

  #takePieces(pieces: NonNullable<ContentsEntry['pieces']>, entry: TarEntry, wanted: boolean): void {
    if (entry.type !== 'file') throw wrong('give content to what has none');
    this.#large += 1;
    const file: LargeFile = { entry, stagingName: `large-${this.#large}`, left: pieces.length };
    let from = 0;
    for (const [index, { segment: number, offset, bytes }] of pieces.entries()) {
      const segment = this.#segment(number);
      segment.wanted ||= wanted;
      const piece = { stagingName: file.stagingName, from, bytes, wanted };
      from += bytes;
      if (index === 0) {
        if (segment.trail !== undefined) throw wrong('have two files run on from one segment');
        segment.trail = piece;
        segment.trailFile = file;
      } else {
        if (segment.lead !== undefined || offset !== 0) throw wrong('have two files run on into one segment');
        segment.lead = { ...piece, ends: index === pieces.length - 1 };
        segment.leadFile = file;
      }
    }
    if (from !== entry.size) throw wrong('list pieces that are not the whole of their file');
  }

  #decide(entry: TarEntry): void {
    const { action, reason } = this.#survey.decide(entry, this.#options.existing);
    this.#counts[action] += 1;
    if (
      entry.type === 'directory' &&
      (action === 'skip' || (action === 'overwrite' && this.#options.select !== undefined))
    ) {
      this.#keptFolders.add(entry.path);
    }
    const list = action === 'refuse' ? this.#refused : this.#listed;
    if (list.length >= LISTED_ENTRIES) return;
    const { text: path } = contentsNameOf(entry.path);
    list.push(reason === undefined ? { path, action } : { path, action, reason });
  }
}

/** Which segment a member of this name is. Throws `TypeError` for the name of anything else. */
export const segmentNumber = (segmentName: string): number => {
  const place = placeOf(segmentName);
  if (place?.kind !== 'segment') throw new TypeError(`${segmentName} is no segment`);
  return place.number;
};

/** Plans an extraction. Touches nothing. Throws `archive_damaged`, `archive_entry_refused`, and as `readContentsMember`. */
export const planExtraction = (options: PlanOptions): Promise<Extraction> => new Planner(options).run();
