/** In a worker: reads a run of entries from the file system into one sealed segment. */
import { hash } from 'node:crypto';
import { closeSync, openSync, type Stats } from 'node:fs';
import { contentsLine, LineBuffer } from '../../contents/contents-line.ts';
import { type ByteString, fileSystemPath } from '../../tar/byte-string.ts';
import { TAR_END_BYTES, type TarEntry, tarContentBytes, tarPaddingBytes } from '../../tar/tar-entry.ts';
import { tarHeaderBytes } from '../../tar/tar-writer.ts';
import { throwIfRaised } from '../abort-flag.ts';
import { DecodedRun } from '../entry-run.ts';
import { isGuardedAt, isLinkedAt, isStillAt } from '../seen-file.ts';
import type { EntryProblem, SealedPiece, SealFilesInput, SealFilesOutput } from '../segment-jobs.ts';
import { SegmentSealer } from '../segment-sealer.ts';
import { isLink, unreadableReason } from '../unreadable-reason.ts';
import { FileSealer, WHOLE_FILE_BYTES } from './file-sealer.ts';
import { changeSince, type FoundFile, NotCaptured, type SealedFile, statsIn } from './not-captured.ts';
import { FILE_FLAGS } from './open-flags.ts';
import { OpenFolders } from './open-folders.ts';

/** Bytes read of a file that is said to be empty, to see whether it is. */
const PROBE_BYTES = 4096;

const REPLACED = 'was replaced while the backup ran';
const EMPTY_SHA256 = hash('sha256', '');
/** Kept between jobs, like the block. */
const lines = new LineBuffer();

class RunSealer {
  readonly #input: SealFilesInput;
  readonly #sealer: FileSealer;
  readonly #folders: OpenFolders;
  readonly #without: ReadonlyMap<ByteString, EntryProblem>;
  readonly #failed: Set<ByteString>;
  readonly #problems: EntryProblem[] = [];
  #spareBytes: number;
  #entries = 0;
  #sourceBytes = 0;

  constructor(input: SealFilesInput, folders: OpenFolders, without: ReadonlyMap<ByteString, EntryProblem>) {
    this.#input = input;
    this.#sealer = new FileSealer(new SegmentSealer(input));
    this.#folders = folders;
    this.#without = without;
    this.#failed = new Set(input.failed);
    this.#spareBytes = input.spareBytes;
  }

  run(): SealFilesOutput {
    const { lead, trail, endsTar } = this.#input;
    const sealer = this.#sealer;
    lines.clear();
    let leadPiece: SealedPiece | undefined;
    let trailPiece: SealedPiece | undefined;
    if (lead !== undefined) {
      leadPiece = sealer.piece(lead);
      if (lead.ends) sealer.zeros(tarPaddingBytes(lead.from + lead.bytes));
    }
    const whole = this.#input.run.count - (trail === undefined ? 0 : 1);
    let index = 0;
    let files = 0;
    for (const entry of new DecodedRun(this.#input.run).entries()) {
      index += 1;
      if (index > whole) {
        sealer.header(entry);
        if (trail !== undefined) trailPiece = sealer.piece(trail);
      } else if (entry.type === 'file') {
        this.#addFile(entry, files);
        files += 1;
      } else this.#addOther(entry);
    }
    if (endsTar) sealer.zeros(TAR_END_BYTES);
    return {
      ...sealer.finish(),
      lines: lines.copy(),
      entries: this.#entries,
      sourceBytes: this.#sourceBytes,
      problems: this.#problems,
      lead: leadPiece,
      trail: trailPiece,
    };
  }

  #addOther(entry: TarEntry): void {
    if (entry.type === 'hardlink' && this.#failed.has(entry.link)) {
      this.#problems.push({
        path: entry.path,
        kind: 'again',
        reason: 'is a hard link to a file that was not captured',
      });
      return;
    }
    const { offset } = this.#sealer;
    this.#sealer.header(entry);
    lines.add(contentsLine(entry, entry.type, { segment: this.#input.segment, offset }));
    this.#entries += 1;
  }

  /** @param index the file's place among the run's files */
  #addFile(listed: TarEntry, index: number): void {
    try {
      const known = this.#without.size === 0 ? undefined : this.#without.get(listed.path);
      if (known !== undefined) throw new NotCaptured(known);
      const { entry, offset, sha256, change } = this.#seal(listed, index);
      this.#sealer.zeros(tarPaddingBytes(entry.size));
      const { segment } = this.#input;
      const changed = change !== undefined;
      if (changed) this.#problems.push({ path: entry.path, kind: 'changed', reason: change });
      lines.add(contentsLine(entry, 'file', { segment, offset, sha256, changed }));
      this.#entries += 1;
      this.#sourceBytes += entry.size;
    } catch (error) {
      if (!(error instanceof NotCaptured) || error.late) throw error;
      this.#problems.push({ ...error.problem, linked: isLinkedAt(this.#input.seen, index) });
      this.#failed.add(listed.path);
    }
  }

  #seal(entry: TarEntry, index: number): SealedFile {
    const { opened: all } = this.#input;
    const opened = all.size === 0 ? undefined : all.get(entry.path);
    if (opened !== undefined) return this.#sealOpen(entry, index, opened);
    if (isGuardedAt(this.#input.seen, index)) {
      const sealed = this.#sealByPath(entry, index);
      if (sealed !== undefined) return sealed;
    }
    return this.#sealAndClose(entry, index, { descriptor: this.#open(entry.path), measured: false });
  }

  #sealAndClose(entry: TarEntry, index: number, opened: FoundFile): SealedFile {
    try {
      return this.#sealOpen(entry, index, opened);
    } finally {
      closeSync(opened.descriptor);
    }
  }

  /** Undefined when the path leads to no file, or to another one: a folder on the way may have been replaced. */
  #sealByPath(entry: TarEntry, index: number): SealedFile | undefined {
    let descriptor: number;
    try {
      descriptor = openSync(fileSystemPath(`${this.#input.root.path}/${entry.path}`), FILE_FLAGS);
    } catch {
      return undefined;
    }
    try {
      return this.#sealAndClose(entry, index, { descriptor, measured: false, byPath: true });
    } catch (error) {
      if (error instanceof NotCaptured && error.problem.reason === REPLACED) return undefined;
      throw error;
    }
  }

  #open(path: ByteString): number {
    try {
      return openSync(this.#folders.nameOf(path), FILE_FLAGS);
    } catch (error) {
      // A link has taken its place; it is captured as a link.
      const kind = isLink(error) ? 'again' : 'skipped';
      throw new NotCaptured({ path, kind, reason: unreadableReason(error) });
    }
  }

  #sealOpen(entry: TarEntry, index: number, opened: FoundFile): SealedFile {
    if (entry.size === 0) return this.#sealEmpty(entry, index, opened);
    return entry.size <= WHOLE_FILE_BYTES
      ? this.#sealSmall(entry, index, opened)
      : this.#sealLarge(entry, index, opened);
  }

  /** The state of an open file now. @throws `NotCaptured` when it is not what the walk saw */
  #statsOf({ path }: TarEntry, index: number, { descriptor, byPath }: FoundFile): Stats {
    const now = statsIn(path, descriptor, false);
    if (isStillAt(this.#input.seen, index, now, byPath)) return now;
    throw new NotCaptured({ path, kind: 'again', reason: REPLACED });
  }

  /** The whole file stays in the block until it has been looked at once more, so it can be taken back. */
  #sealSmall(entry: TarEntry, index: number, opened: FoundFile): SealedFile {
    const { path, size } = entry;
    const sealer = this.#sealer;
    sealer.reserve(tarHeaderBytes(entry) + size);
    const start = sealer.offset;
    sealer.header(entry);
    const { offset } = sealer;
    const got = sealer.small(opened.descriptor, 0, size);
    const now = this.#statsOrBack(entry, index, opened, start);
    if (got < size && sealer.readError !== undefined) {
      sealer.takeBack(start);
      throw new NotCaptured({ path, kind: 'skipped', reason: sealer.readError });
    }
    if (got === size) {
      const change = changeSince(entry, now, 0, opened.measured);
      return { entry, offset, sha256: sealer.sha256Since(offset), change };
    }
    if (now.size !== size) {
      sealer.zeros(size - got);
      const change = changeSince(entry, now, size - got, opened.measured);
      return { entry, offset, sha256: sealer.sha256Since(offset), change };
    }
    // The file gives less than the file system says, and always did: the bytes that it gives are the file.
    return this.#resized(entry, got, { now, start, offset });
  }

  /** Seals a file that is said to be empty: some file systems say that of every file. */
  #sealEmpty(entry: TarEntry, index: number, opened: FoundFile): SealedFile {
    const { path } = entry;
    const sealer = this.#sealer;
    sealer.reserve(tarHeaderBytes(entry) + PROBE_BYTES);
    const start = sealer.offset;
    sealer.header(entry);
    const { offset } = sealer;
    const got = sealer.small(opened.descriptor, null, PROBE_BYTES);
    const now = this.#statsOrBack(entry, index, opened, start);
    if (sealer.readError !== undefined) {
      sealer.takeBack(start);
      throw new NotCaptured({ path, kind: 'skipped', reason: sealer.readError });
    }
    // A file that was empty and has grown since is captured as empty.
    if (got === 0 || now.size > 0) {
      sealer.takeBack(offset);
      return { entry, offset, sha256: EMPTY_SHA256, change: changeSince(entry, now, 0, false) };
    }
    if (got === PROBE_BYTES || tarContentBytes(got) > this.#spareBytes) {
      sealer.takeBack(start);
      throw this.#measured(path, got, opened.descriptor);
    }
    this.#spareBytes -= tarContentBytes(got);
    return this.#resized(entry, got, { now, start, offset });
  }

  #statsOrBack(entry: TarEntry, index: number, opened: FoundFile, start: number): Stats {
    try {
      return this.#statsOf(entry, index, opened);
    } catch (error) {
      this.#sealer.takeBack(start);
      throw error;
    }
  }

  #resized(
    entry: TarEntry,
    size: number,
    { now, start, offset }: { readonly now: Stats; readonly start: number; readonly offset: number },
  ): SealedFile {
    const sealed = { ...entry, size };
    this.#sealer.headerAgain(sealed, start);
    const sha256 = this.#sealer.sha256Since(offset);
    return { entry: sealed, offset, sha256, change: changeSince(sealed, now, 0, true) };
  }

  #measured(path: ByteString, before: number, descriptor: number): NotCaptured {
    const rest = this.#sealer.count(descriptor, () => throwIfRaised(this.#input.abort));
    const { readError } = this.#sealer;
    if (readError !== undefined) return new NotCaptured({ path, kind: 'skipped', reason: readError });
    const reason = 'has more than the file system says, and changed while it was read';
    return new NotCaptured({ path, kind: 'again', reason, size: before + rest });
  }

  /**
   * Frames of a large file leave the block: either the file is checked before, or the segment begins anew without it.
   */
  #sealLarge(entry: TarEntry, index: number, opened: FoundFile): SealedFile {
    const { path, size } = entry;
    const { descriptor, measured } = opened;
    this.#statsOf(entry, index, opened);
    this.#sealer.header(entry);
    const { offset, sha256, missingBytes, readError } = this.#sealer.piece({
      descriptor,
      from: 0,
      bytes: size,
    });
    if (readError !== undefined) throw new NotCaptured({ path, kind: 'skipped', reason: readError }, true);
    const now = statsIn(path, descriptor, true);
    if (missingBytes > 0 && now.size === size && !measured) {
      const reason = 'has less than the file system says, and changed while it was read';
      throw new NotCaptured({ path, kind: 'again', reason, size: size - missingBytes }, true);
    }
    return { entry, offset, sha256, change: changeSince(entry, now, missingBytes, measured) };
  }
}

/** Seals a run of entries. Files that cannot be read, or are not what the walk saw, are left out and reported. */
export const sealFiles = (input: SealFilesInput): SealFilesOutput => {
  using folders = new OpenFolders(input.root);
  const without = new Map<ByteString, EntryProblem>();
  for (;;) {
    try {
      return new RunSealer(input, folders, without).run();
    } catch (error) {
      if (!(error instanceof NotCaptured)) throw error;
      without.set(error.problem.path, error.problem);
    }
  }
};
