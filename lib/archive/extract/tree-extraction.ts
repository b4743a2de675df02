import { skippedOf } from '../capture/capture-sink.ts';
import { FailureList, lostIn, namedIn } from '../destination/entry-failures.ts';
import { LeftOutBuilder, leavesBitsOut, type Rights } from '../destination/rights.ts';
import {
  makeStaging,
  moveTree,
  removeStaging,
  type Staging,
  stagingName,
  targetInTheMaking,
} from '../destination/staging.ts';
import { isRoot, statsOf } from '../destination/target-folder.ts';
import type { Skipped } from '../format.ts';
import type { PlacedMember } from '../layout/archive-layout.ts';
import { NAMED_SKIPPED } from '../manifest-bounds.ts';
import { mapInOrder } from '../map-in-order.ts';
import { UNREADABLE_REASON } from '../reader/unreadable.ts';
import type { ByteString } from '../tar/byte-string.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import { newAbortFlag, raise } from '../threads/abort-flag.ts';
import { DecodedRun, type EntryRun } from '../threads/entry-run.ts';
import type { ExtractSegmentOutput } from '../threads/extract-jobs.ts';
import { ThreadLost } from '../threads/segment-pool.ts';
import { Turns } from '../turns.ts';
import { type ExtractTarOptions, type ExtractTarOutcome, selectionOf } from './extract-options.ts';
import { folderWaves, linkPortions } from './finish-tree.ts';
import { LargeFilePlacer } from './large-file-placer.ts';
import { segmentNumber } from './plan/extract-plan.ts';
import { type Extraction, type LargeFile, OWN_DATA_REASON, type PlannedSegment } from './plan/extraction.ts';
import { sealedSegment, transferOf } from './sealed-segment.ts';

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
  /** Paths where something exists that is not of this restore. */
  readonly #kept = new Set<ByteString>();
  readonly #failures = new FailureList();
  /** Bytes gathered for each unfinished file, by its staging name. */
  readonly #gathered = new Map<string, number>();
  /** Why a piece of an unfinished file could not be written, by the file's path. */
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
      // Removed before the folders are finished: removing it changes the time of the folder that it is in.
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
      if (skipped.length === NAMED_SKIPPED) break;
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

  /** Moves the tree. Entries that cannot be moved are lost, though they were made. */
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
    const placer = new LargeFilePlacer(this.#staging, this.#rights, this.#options.existing);
    for (const file of this.#extraction.largeFiles) {
      this.#placeLarge(file, placer);
      await turns.step();
    }
    await this.#makeLinks();
  }

  /** Moves finished entries after a failure, but not after a lost thread, which may have left half a file anywhere. */
  async #saveWhatIsWhole(error: unknown): Promise<void> {
    if (error instanceof ThreadLost) return;
    try {
      await moveTree(this.#staging);
    } catch {
      // The error that ended the extraction is the one to report.
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

  /** Works on one item more than there are threads, to prepare one meanwhile. @throws the first failure, at the end */
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
    // Taken out of the plan when they are handed over: a list of millions is not kept twice.
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

  #placeLarge({ entry, stagingName }: LargeFile, placer: LargeFilePlacer): void {
    const path = this.#extraction.renames.get(entry.path) ?? entry.path;
    const lost = this.#lostPieces.get(path);
    if (lost !== undefined) this.#failures.loseFor(path, lost);
    else
      try {
        const placed = placer.place({ ...entry, path }, stagingName);
        if (placed !== undefined) {
          this.#failures.lack(path, placed.lacking);
          this.#entries += 1;
          if (leavesBitsOut(entry.mode, this.#rights)) this.#bitsLeftOut.add(path);
          return;
        }
      } catch (error) {
        this.#failures.lose(path, error);
      }
    this.#kept.add(path);
    this.#bytes -= this.#gathered.get(stagingName) ?? 0;
  }

  async #makeLinks(): Promise<void> {
    const { pool, existing } = this.#options;
    const { renames } = this.#extraction;
    const target = targetInTheMaking(this.#staging);
    const isOrphan = ({ path, link }: TarEntry): boolean => {
      const source = renames.get(link) ?? link;
      if (source === path || !this.#kept.has(source)) return false;
      // Something exists there and is kept, so the link is not missing.
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
    for (const path of paths.slice(0, NAMED_SKIPPED - this.#skipped.length))
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
