/**
 * An extraction that was planned, on its way: segments side by side on the pool's threads, each checked as a whole before
 * a byte of it is used; then links, then what folders are given at the end. A file appears under its name only when it
 * is whole.
 */
import { closeSync, constants, ftruncateSync, openSync, rmSync } from 'node:fs';
import { skippedOf } from '../capture/capture.ts';
import type { PlacedMember } from '../container/archive-layout.ts';
import type { OpenedArchive } from '../container/open.ts';
import { UNREADABLE_REASON } from '../container/unreadable.ts';
import type { Skipped } from '../format.ts';
import { mapInOrder } from '../map-in-order.ts';
import { newAbortFlag, raise } from '../segments/abort-flag.ts';
import { DecodedRun, type EntryRun } from '../segments/entry-run.ts';
import type { ExtractSegmentOutput } from '../segments/extract-jobs.ts';
import { type SegmentPool, ThreadLost } from '../segments/segment-pool.ts';
import { type ByteString, byteStringOf } from '../tar/byte-string.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { FailureList, lostIn, namedIn } from '../target/entry-failures.ts';
import type { Existing } from '../target/existing.ts';
import { type BitsLeftOut, LeftOutBuilder, leavesBitsOut, type Rights } from '../target/rights.ts';
import {
  makeStaging,
  moveTree,
  removeStaging,
  type Staging,
  stagedPath,
  stagingName,
  targetInTheMaking,
} from '../target/staging.ts';
import { isRoot, statsOf } from '../target/target-folder.ts';
import { finishFile, mayTake, moveToName } from '../target/write-file.ts';
import { Turns } from '../turns.ts';
import {
  type Extraction,
  type LargeFile,
  OWN_DATA_REASON,
  type PlannedSegment,
  segmentNumber,
} from './extract-plan.ts';
import { folderWaves, linkPortions } from './finish-tree.ts';
import { sealedSegment, transferOf } from './sealed-segment.ts';
import type { SurveyOptions } from './target-survey.ts';

export interface ExtractTarOptions extends SurveyOptions {
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
  /** Files that are written under another path, since no file system can have their own. @default none */
  readonly renamed?: ReadonlyMap<string, string> | undefined;
  /**
   * Whether each content must have the SHA-256 that contents list. Segments are held against the signed manifest in any
   * case: this finds a signer who lies, and costs a tenth of a restore. @default true
   */
  readonly checkHashes?: boolean;
  /** Whether the bits setuid and setgid are restored, by root. @default true */
  readonly setuid?: boolean;
  /** Names the folder for files in the making: letters, digits and dashes. */
  readonly restoreId: string;
  readonly onProgress?: (done: { readonly bytes: number; readonly entries: number }) => void;
  readonly signal?: AbortSignal;
}

export interface ExtractTarOutcome {
  /** Written, what was kept or skipped excepted. */
  readonly entries: number;
  readonly bytes: number;
  /** Not restored, or not wholly. The first hundred. */
  readonly skipped: readonly Skipped[];
  readonly skippedCount: number;
  /** Of these, entries that the system refused and that are not there therefore. */
  readonly refusedCount: number;
  /** Files and links that were restored, or were there and were kept. */
  readonly files: number;
  /** Written without setuid or setgid, as `setuid: false` asks. */
  readonly bitsLeftOut: BitsLeftOut;
}

const MAX_NAMED_SKIPS = 100;

/** Chosen paths as the engine has them. */
export const selectionOf = (select: readonly string[] | undefined): readonly ByteString[] | undefined =>
  select?.map((path) => byteStringOf(path.replace(/\/+$/, '')));

export class TreeExtraction {
  readonly #options: ExtractTarOptions;
  readonly #extraction: Extraction;
  #staging: Staging;
  readonly #rights: Rights;
  readonly #bitsLeftOut = new LeftOutBuilder();
  readonly #abort = newAbortFlag();
  readonly #select: readonly ByteString[] | undefined;
  readonly #links: EntryRun[] = [];
  readonly #folders: EntryRun[] = [];
  /** Paths at which what is there is not of this restore. */
  readonly #kept = new Set<ByteString>();
  readonly #failures = new FailureList();
  /** Bytes of the content of each file in the making, by its staging name. */
  readonly #gathered = new Map<string, number>();
  /** Of files in the making that a piece could not be written of: why. */
  readonly #lostPieces = new Map<ByteString, string>();
  readonly #skipped: Skipped[] = [];
  #skippedCount = 0;
  #entries = 0;
  #files = 0;
  #bytes = 0;

  constructor(options: ExtractTarOptions, extraction: Extraction, target: ByteString) {
    const { isFresh, mounts } = extraction;
    this.#options = options;
    this.#rights = { asRoot: isRoot(), setuid: options.setuid ?? true };
    this.#extraction = extraction;
    this.#staging = { target, name: stagingName(options.restoreId), isFresh, mounts };
    this.#select = selectionOf(options.select);
  }

  async run(): Promise<ExtractTarOutcome> {
    const { signal } = this.#options;
    for (const [path, selected] of this.#extraction.leftOut) {
      this.#kept.add(path);
      if (selected) this.#skip([path], UNREADABLE_REASON);
    }
    for (const path of this.#extraction.ownLeftOut) this.#kept.add(path);
    this.#skip(this.#extraction.ownLeftOut, OWN_DATA_REASON);
    const stop = (): void => raise(this.#abort);
    signal?.addEventListener('abort', stop, { once: true });
    try {
      this.#staging = await makeStaging(this.#staging, this.#rights);
      await this.#makeAll();
      await this.#moveTree();
      const { plan, keptFolders, ownLeftOut, leftOut } = this.#extraction;
      const leftAside = keptFolders.size + ownLeftOut.length + leftOut.size;
      this.#files = this.#entries + Math.max(0, plan.counts.skip - leftAside);
      // Removed before the folders are finished: it would change the time of the one it is in.
      await removeStaging(this.#staging);
      await this.#finishFolders();
    } catch (error) {
      await this.#saveWhatIsWhole(error);
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      await removeStaging(this.#staging);
    }
    const failures = this.#failures.build();
    const refusedCount = lostIn(failures);
    const skipped = [...this.#skipped];
    for (const { path, reason } of namedIn(failures)) {
      if (skipped.length === MAX_NAMED_SKIPS) break;
      skipped.push(skippedOf(path, reason));
    }
    return {
      entries: this.#entries,
      bytes: this.#bytes,
      skipped,
      skippedCount: this.#skippedCount + refusedCount + failures.lackingCount,
      refusedCount,
      files: this.#files,
      bitsLeftOut: this.#bitsLeftOut.build(),
    };
  }

  /** What does not move is not there, though it was made. */
  async #moveTree(): Promise<void> {
    const failures = new FailureList();
    await moveTree(this.#staging, failures);
    const unmoved = failures.build();
    this.#entries -= lostIn(unmoved);
    this.#failures.addAll(unmoved);
  }

  async #makeAll(): Promise<void> {
    await this.#extractSegments();
    this.#options.signal?.throwIfAborted();
    const turns = new Turns();
    for (const file of this.#extraction.largeFiles) {
      this.#placeLarge(file);
      await turns.step();
    }
    await this.#makeLinks();
  }

  /** A thread that died may have left half a file in the tree: which one, nobody knows. */
  async #saveWhatIsWhole(error: unknown): Promise<void> {
    if (error instanceof ThreadLost) return;
    try {
      await moveTree(this.#staging);
    } catch {
      // What ended the extraction is what has to be told.
    }
  }

  async #extractSegments(): Promise<void> {
    const { archive, component } = this.#options;
    const members = archive.segments(component);
    const last = members.at(-1);
    await this.#sideBySide(members, async (member) => {
      const planned = this.#extraction.segments.get(segmentNumber(member.name));
      if (planned?.wanted === true) this.#took(await this.#extractSegment(member, planned, member === last));
    });
  }

  /** As many at once as there are threads and one more, to be prepared meanwhile. Throws the first failure, when all have ended. */
  async #sideBySide<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const { pool, signal } = this.#options;
    const failures: unknown[] = [];
    await mapInOrder(items, pool.size + 1, async (item) => {
      try {
        signal?.throwIfAborted();
        await work(item);
      } catch (error) {
        raise(this.#abort);
        failures.push(error);
        throw error;
      }
    }).catch(() => {
      throw failures.find((error) => error instanceof ThreadLost) ?? failures[0];
    });
  }

  async #extractSegment(
    member: PlacedMember,
    planned: PlannedSegment,
    endsTar: boolean,
  ): Promise<ExtractSegmentOutput> {
    const { archive, identity, pool, existing, checkHashes = true } = this.#options;
    const segment = await sealedSegment(archive, member, identity);
    // Not needed any more when it has been handed over: a list of millions is not kept twice.
    const listed = planned.listed.splice(0);
    const sha256s = planned.sha256s.splice(0);
    return pool.run(
      'extract-segment',
      {
        segment,
        staging: this.#staging,
        existing,
        ...this.#rights,
        listed,
        sha256s: checkHashes ? sha256s : undefined,
        lead: planned.lead,
        trail: planned.trail,
        endsTar,
        select: this.#select,
        without: this.#extraction.ownFolders,
        renames: this.#extraction.renames,
        abort: this.#abort,
      },
      [
        ...transferOf(segment),
        ...listed.map(({ numbers }) => numbers.buffer),
        ...sha256s.map(({ buffer }) => buffer),
      ],
    );
  }

  #took(output: ExtractSegmentOutput): void {
    this.#entries += output.entries;
    this.#bytes += output.bytes;
    for (const { stagingName, bytes } of output.gathered) {
      this.#bytes += bytes;
      this.#gathered.set(stagingName, (this.#gathered.get(stagingName) ?? 0) + bytes);
    }
    for (const { path, reason } of output.lostPieces) this.#lostPieces.set(path, reason);
    this.#links.push(output.links);
    this.#folders.push(output.folders);
    for (const path of output.kept) this.#kept.add(path);
    this.#bitsLeftOut.addAll(output.bitsLeftOut);
    this.#failures.addAll(output.failures);
    this.#options.onProgress?.({ bytes: this.#bytes, entries: this.#entries });
    const { stopped } = output;
    if (stopped !== undefined) throw Object.assign(new Error(stopped.message), { code: stopped.code });
  }

  #placeLarge({ entry, stagingName }: LargeFile): void {
    const path = this.#extraction.renames.get(entry.path) ?? entry.path;
    const lost = this.#lostPieces.get(path);
    try {
      if (lost === undefined && this.#finishLarge({ ...entry, path }, stagingName)) return;
      if (lost !== undefined) this.#failures.loseFor(path, lost);
    } catch (error) {
      this.#failures.lose(path, error);
    }
    this.#kept.add(path);
    this.#bytes -= this.#gathered.get(stagingName) ?? 0;
  }

  /** Gives a file whose pieces are all there its owner, mode, time and name. False when one was there and was kept. */
  #finishLarge(entry: TarEntry, stagingName: string): boolean {
    const { path } = entry;
    const target = targetInTheMaking(this.#staging);
    const staged = stagedPath(this.#staging, stagingName, path);
    try {
      target.ensureParent(path);
      const final = target.path(path);
      if (!mayTake(path, final, this.#options.existing)) {
        rmSync(staged);
        return false;
      }
      const descriptor = openSync(staged, constants.O_RDWR | constants.O_NOFOLLOW);
      let lacking: string | undefined;
      try {
        ftruncateSync(descriptor, entry.size);
        lacking = finishFile(descriptor, entry, this.#rights, 0o600);
      } finally {
        closeSync(descriptor);
      }
      moveToName(staged, final);
      this.#failures.lack(path, lacking);
    } catch (error) {
      rmSync(staged, { force: true });
      throw error;
    }
    this.#entries += 1;
    if (leavesBitsOut(entry.mode, this.#rights)) this.#bitsLeftOut.add(path);
    return true;
  }

  async #makeLinks(): Promise<void> {
    const { pool, existing } = this.#options;
    const { renames } = this.#extraction;
    const target = targetInTheMaking(this.#staging);
    const isOrphan = ({ path, link }: TarEntry): boolean => {
      const source = renames.get(link) ?? link;
      if (source === path || !this.#kept.has(source)) return false;
      // Where something is and is kept, no link is missed.
      return existing !== 'skip' || !isThere(target.path(path));
    };
    const { portions, orphans } = await linkPortions(this.#links, isOrphan);
    this.#skip(orphans);
    const shared = { staging: this.#staging, existing, ...this.#rights, renames, abort: this.#abort };
    await this.#sideBySide([...portions.entries()], async ([index, links]) => {
      const output = await pool.run('make-links', { ...shared, links, job: `links-${index}` });
      this.#entries += output.made;
      this.#skip(output.orphans);
      this.#failures.addAll(output.failures);
    });
  }

  #skip(paths: readonly ByteString[], reason = 'is a hard link to a file that was not restored'): void {
    this.#skippedCount += paths.length;
    for (const path of paths.slice(0, MAX_NAMED_SKIPS - this.#skipped.length))
      this.#skipped.push(skippedOf(path, reason));
  }

  #countBits(folders: EntryRun): void {
    if (!this.#rights.asRoot || this.#rights.setuid) return;
    for (const { path, mode } of new DecodedRun(folders).entries())
      if (leavesBitsOut(mode, this.#rights)) this.#bitsLeftOut.add(path);
  }

  async #finishFolders(): Promise<void> {
    const { pool } = this.#options;
    const { target, isFresh } = this.#staging;
    const shared = { target, ...this.#rights, areOurs: isFresh, abort: this.#abort };
    for (const wave of await folderWaves(this.#folders, this.#extraction.keptFolders)) {
      for (const folders of wave) this.#countBits(folders);
      await this.#sideBySide(wave, async (folders) => {
        const { failures } = await pool.run('finish-folders', { ...shared, folders });
        this.#failures.addAll(failures);
        this.#entries -= lostIn(failures);
      });
    }
    for (const { count } of this.#folders) this.#entries += count;
  }
}

const isThere = (path: string | Buffer): boolean => {
  try {
    return statsOf(path) !== undefined;
  } catch {
    return false;
  }
};
