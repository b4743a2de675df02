/**
 * Extracts a tar component into a directory: segments side by side on the pool's threads, each checked as a whole
 * before a byte of it is used; links and folders' modes last. A file appears under its name only when it is whole.
 */
import { closeSync, constants, ftruncateSync, openSync, realpathSync, renameSync, rmSync } from 'node:fs';
import type { PlacedMember } from '../container/archive-layout.ts';
import type { OpenedArchive } from '../container/open.ts';
import type { Skipped } from '../format.ts';
import { newAbortFlag, raise } from '../segments/abort-flag.ts';
import { DecodedRun, type EntryRun } from '../segments/entry-run.ts';
import type { ExtractSegmentOutput } from '../segments/extract-jobs.ts';
import type { SegmentPool } from '../segments/segment-pool.ts';
import { type ByteString, byteStringOf, fileSystemPath } from '../tar/byte-string.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { makeStaging, removeStaging, type Staging, stagedNear, stagingName } from '../target/staging.ts';
import type { Existing } from '../target/target-folder.ts';
import { statsOf, TargetConflict, TargetFolder } from '../target/target-folder.ts';
import { finishFile, requireReplaceable } from '../target/write-file.ts';
import {
  type Extraction,
  type ExtractionPlan,
  type LargeFile,
  type PlannedSegment,
  planExtraction,
  segmentNumber,
} from './extract-plan.ts';
import { TreeFinisher } from './finish-tree.ts';
import { makeFolders } from './make-folders.ts';
import { sealedSegment, transferOf } from './sealed-segment.ts';

export interface ExtractTarOptions {
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key. */
  readonly identity: string;
  readonly pool: SegmentPool;
  /** The directory to write below; made when it is missing. */
  readonly target: string;
  readonly existing: Existing;
  /** Paths to extract, each with all below it. @default everything */
  readonly select?: readonly string[];
  /** Names the folder for files in the making: letters, digits and dashes. */
  readonly restoreId: string;
  readonly onProgress?: (done: { readonly bytes: number; readonly entries: number }) => void;
  readonly signal?: AbortSignal;
}

export interface ExtractTarOutcome {
  /** Written, what was kept or skipped excepted. */
  readonly entries: number;
  readonly bytes: number;
  /** The first hundred. */
  readonly skipped: readonly Skipped[];
  readonly skippedCount: number;
}

const MAX_NAMED_SKIPS = 100;

/** What `extractTar` would do. Touches nothing. Throws as `planExtraction`. */
export const planExtractTar = async (options: ExtractTarOptions): Promise<ExtractionPlan> =>
  (await planExtraction(planOptions(options))).plan;

const planOptions = ({
  archive,
  component,
  identity,
  pool,
  target,
  existing,
  select,
  signal,
}: ExtractTarOptions) => ({
  archive,
  component,
  identity,
  pool,
  existing,
  target: byteStringOf(target),
  select: select?.map((path) => byteStringOf(path.replace(/\/+$/, ''))),
  signal,
});

class TreeExtraction {
  readonly #options: ExtractTarOptions;
  readonly #extraction: Extraction;
  readonly #target: ByteString;
  readonly #staging: Staging;
  readonly #folder: TargetFolder;
  readonly #asRoot = process.geteuid?.() === 0;
  readonly #abort = newAbortFlag();
  readonly #select: readonly ByteString[] | undefined;
  readonly #deferred: EntryRun[] = [];
  readonly #kept = new Set<ByteString>();
  readonly #skipped: Skipped[] = [];
  #skippedCount = 0;
  #entries = 0;
  #bytes = 0;

  constructor(options: ExtractTarOptions, extraction: Extraction, target: ByteString) {
    this.#options = options;
    this.#extraction = extraction;
    this.#target = target;
    this.#staging = { name: stagingName(options.restoreId), mounts: extraction.mounts };
    this.#folder = new TargetFolder(target);
    this.#select = planOptions(options).select;
  }

  async run(): Promise<ExtractTarOutcome> {
    const { signal } = this.#options;
    const stop = (): void => raise(this.#abort);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      makeStaging(this.#folder, this.#staging, { asRoot: this.#asRoot });
      await this.#extractSegments();
      signal?.throwIfAborted();
      for (const file of this.#extraction.largeFiles) this.#placeLarge(file);
      this.#finish();
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      removeStaging(this.#folder, this.#staging);
    }
    return {
      entries: this.#entries,
      bytes: this.#bytes,
      skipped: this.#skipped,
      skippedCount: this.#skippedCount,
    };
  }

  /** Some lanes, one more than there are threads: while all threads work, a segment is being read. */
  async #extractSegments(): Promise<void> {
    const { archive, component, pool, signal } = this.#options;
    const members = archive.segments(component);
    const last = members.at(-1);
    const todo = members.values();
    const lane = async (): Promise<void> => {
      for (const member of todo) {
        signal?.throwIfAborted();
        const planned = this.#extraction.segments.get(segmentNumber(member.name));
        if (planned?.wanted !== true) continue;
        this.#took(await this.#extractSegment(member, planned, member === last));
      }
    };
    let failed = false;
    let failure: unknown;
    const fail = (error: unknown): void => {
      raise(this.#abort);
      if (!failed) failure = error;
      failed = true;
    };
    // All lanes come to their end before anything is thrown: no worker writes after the restore has ended.
    await Promise.all(Array.from({ length: pool.size + 1 }, () => lane().catch(fail)));
    if (failed) throw failure;
  }

  async #extractSegment(
    member: PlacedMember,
    planned: PlannedSegment,
    endsTar: boolean,
  ): Promise<ExtractSegmentOutput> {
    const { archive, identity, pool, existing } = this.#options;
    const segment = await sealedSegment(archive, member, identity);
    return pool.run(
      'extract-segment',
      {
        segment,
        target: this.#target,
        staging: this.#staging,
        existing,
        isFresh: this.#extraction.isFresh,
        asRoot: this.#asRoot,
        // Not needed any more when it has been handed over: a list of millions is not kept twice.
        listed: planned.listed.splice(0),
        lead: planned.lead,
        trail: planned.trail,
        endsTar,
        select: this.#select,
        renames: this.#extraction.renames,
        abort: this.#abort,
      },
      transferOf(segment),
    );
  }

  #took(output: ExtractSegmentOutput): void {
    this.#entries += output.entries;
    this.#bytes += output.bytes;
    this.#deferred.push(output.deferred);
    for (const path of output.kept) this.#kept.add(path);
    this.#options.onProgress?.({ bytes: this.#bytes, entries: this.#entries });
  }

  /** Gives a file whose pieces are all there its owner, mode, time and name. */
  #placeLarge({ entry, stagingName: name }: LargeFile): void {
    const { existing } = this.#options;
    const path = this.#extraction.renames.get(entry.path) ?? entry.path;
    this.#folder.ensureParent(path);
    const final = this.#folder.path(path);
    const staged = stagedNear(this.#folder, this.#staging, { name, path });
    if (statsOf(final) !== undefined) {
      if (existing === 'skip') {
        rmSync(staged);
        this.#kept.add(path);
        this.#bytes -= entry.size;
        return;
      }
      requireReplaceable(path, final, existing);
    }
    const descriptor = openSync(staged, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      ftruncateSync(descriptor, entry.size);
      finishFile(descriptor, entry, this.#asRoot, 0o600);
    } finally {
      closeSync(descriptor);
    }
    renameSync(staged, final);
    this.#entries += 1;
  }

  #finish(): void {
    const finisher = new TreeFinisher({
      folder: this.#folder,
      staging: this.#staging,
      existing: this.#options.existing,
      asRoot: this.#asRoot,
      kept: this.#kept,
      keptFolders: this.#extraction.keptFolders,
      renames: this.#extraction.renames,
      onSkipped: (skipped) => {
        this.#skippedCount += 1;
        if (this.#skipped.length < MAX_NAMED_SKIPS) this.#skipped.push(skipped);
      },
    });
    const folders: TarEntry[] = [];
    for (const run of this.#deferred) {
      for (const entry of new DecodedRun(run).entries()) {
        if (entry.type !== 'directory') {
          if (finisher.link(entry)) this.#entries += 1;
          continue;
        }
        this.#folder.ensureFolder(entry.path);
        folders.push(entry);
      }
    }
    // What is in a folder is finished before the folder, whose time it would change: so this, and the longest path first.
    removeStaging(this.#folder, this.#staging);
    folders.sort((a, b) => b.path.length - a.path.length || (a.path === '.' ? 1 : -1));
    for (const entry of folders) finisher.finishFolder(entry);
    this.#entries += folders.length;
  }
}

/**
 * Extracts, all or some of, a component of layout tar. What is there and in nobody's way stays.
 *
 * Throws `TargetConflict` before anything is touched when something in the target stands in the way, or, with
 * `existing: 'refuse'`, is there already; `ArchiveError` for what is wrong with the archive; errors of the system with
 * their `code` (ENOSPC); the signal's reason. What was written whole by then stays.
 */
export const extractTar = async (options: ExtractTarOptions): Promise<ExtractTarOutcome> => {
  stagingName(options.restoreId);
  options.pool.start();
  const extraction = await planExtraction(planOptions(options));
  const { counts, entries } = extraction.plan;
  if (counts.refuse > 0) {
    const [first] = entries;
    const more = counts.refuse === 1 ? '' : `, and ${counts.refuse - 1} more`;
    throw new TargetConflict(
      `${first?.path ?? ''} cannot be restored: ${first?.reason ?? ''}${more}; remove it, or choose another target`,
    );
  }
  makeFolders(options.target);
  const target = realpathSync(fileSystemPath(byteStringOf(options.target)), 'buffer').toString('latin1');
  return new TreeExtraction(options, extraction, target).run();
};
