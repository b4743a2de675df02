/** In a worker: reads a run of entries from the file system into one sealed segment. */
import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { contentsLine, LineBuffer } from '../container/contents-line.ts';
import { fileSystemPath } from '../tar/byte-string.ts';
import { TAR_END_BYTES, type TarEntry, tarPaddingBytes } from '../tar/tar-entry.ts';
import { tarHeaderBytes, writeTarHeader } from '../tar/tar-writer.ts';
import { FRAME_PLAIN_BYTES } from '../zstd/zstd-frames.ts';
import { DecodedRun } from './entry-run.ts';
import type {
  EntryProblem,
  FilePiece,
  SealedPiece,
  SealFilesInput,
  SealFilesOutput,
} from './segment-jobs.ts';
import { SegmentSealer } from './segment-sealer.ts';

/** Files up to this size are never cut by a frame's end: one read, one hash. */
const WHOLE_FILE_BYTES = 256 * 1024;
/** O_NONBLOCK: what was a file a moment ago may be a pipe now, and opening it must not wait for a writer. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'vanished while the backup ran',
  ENOTDIR: 'vanished while the backup ran',
  ELOOP: 'was replaced by a link while the backup ran',
  ENXIO: 'was replaced by something that is no file while the backup ran',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};
/** What a person is told of a file that could not be read. */
export const unreadableReason = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return REASONS[code] ?? `could not be read (${code || String(error)})`;
};

/** One block of plain bytes, compressed whenever it is full. Kept between jobs: a worker does one at a time. */
const block = Buffer.allocUnsafeSlow(FRAME_PLAIN_BYTES);

class FileSealer {
  readonly #sealer: SegmentSealer;
  #used = 0;
  readonly problems: EntryProblem[] = [];
  /** Why the last content is not all there. */
  readError: string | undefined;

  constructor(sealer: SegmentSealer) {
    this.#sealer = sealer;
  }

  get offset(): number {
    return this.#sealer.plainBytes + this.#used;
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#sealer.add(block.subarray(0, this.#used));
    this.#used = 0;
  }

  /** Makes sure that so many bytes fit into the block. */
  #reserve(bytes: number): void {
    if (this.#used + bytes > block.length) this.#flush();
  }

  zeros(bytes: number): void {
    this.#reserve(bytes);
    block.fill(0, this.#used, this.#used + bytes);
    this.#used += bytes;
  }

  header(entry: TarEntry): void {
    this.#reserve(tarHeaderBytes(entry));
    this.#used = writeTarHeader(entry, block, this.#used);
  }

  /** Reads `bytes` into the block at its end; returns how many were not there. */
  #read(descriptor: number, from: number, bytes: number): number {
    let got = 0;
    try {
      while (got < bytes) {
        const read = readSync(descriptor, block, this.#used + got, bytes - got, from + got);
        if (read === 0) break;
        got += read;
      }
    } catch (error) {
      // The header with its size is written: zeros must stand in for what the disk does not give.
      this.readError = unreadableReason(error);
    }
    if (got < bytes) block.fill(0, this.#used + got, this.#used + bytes);
    this.#used += bytes;
    return bytes - got;
  }

  content({ descriptor, from, bytes }: FilePiece): SealedPiece {
    if (bytes <= WHOLE_FILE_BYTES) this.#reserve(bytes);
    const offset = this.offset;
    if (this.#used + bytes <= block.length) {
      const start = this.#used;
      const missingBytes = this.#read(descriptor, from, bytes);
      return { offset, bytes, sha256: hash('sha256', block.subarray(start, this.#used)), missingBytes };
    }
    const sha256 = createHash('sha256');
    let missingBytes = 0;
    for (let done = 0; done < bytes; ) {
      if (this.#used === block.length) this.#flush();
      const start = this.#used;
      const length = Math.min(bytes - done, block.length - start);
      missingBytes += this.#read(descriptor, from + done, length);
      sha256.update(block.subarray(start, this.#used));
      done += length;
    }
    return { offset, bytes, sha256: sha256.digest('hex'), missingBytes };
  }

  finish(): ReturnType<SegmentSealer['finish']> {
    this.#flush();
    return this.#sealer.finish();
  }
}

interface OpenFile {
  readonly descriptor: number;
  readonly problem?: undefined;
}

const openRegular = (path: string | Buffer): OpenFile | { readonly problem: string } => {
  try {
    return { descriptor: openSync(path, OPEN_FLAGS) };
  } catch (error) {
    return { problem: unreadableReason(error) };
  }
};

/** Doubles keep today's milliseconds to within a quarter of a microsecond; the kernel's own steps are far larger. */
const MTIME_STEP_MILLISECONDS = 0.001;

/** Whether what was read is what the walk saw; undefined for yes. */
const changeSince = (entry: TarEntry, descriptor: number, missingBytes: number): string | undefined => {
  const now = fstatSync(descriptor);
  if (missingBytes > 0 || now.size < entry.size)
    return 'shrank while it was read: zeros stand in for the rest';
  if (now.size > entry.size) return 'grew while it was read: what was added is not in the backup';
  const seen = entry.mtimeSeconds * 1000 + entry.mtimeNanoseconds / 1e6;
  return Math.abs(now.mtimeMs - seen) < MTIME_STEP_MILLISECONDS
    ? undefined
    : 'was written to while it was read';
};

/** The content of one file that lies in this segment as a whole. Returns undefined when there is nothing to capture. */
const sealWholeFile = (
  sealer: FileSealer,
  entry: TarEntry,
  path: string | Buffer,
): { piece: SealedPiece | undefined; at: number; changed: boolean } | undefined => {
  const opened = openRegular(path);
  if (opened.problem !== undefined) {
    sealer.problems.push({ path: entry.path, kind: 'skipped', reason: opened.problem });
    return undefined;
  }
  const { descriptor } = opened;
  try {
    sealer.header(entry);
    const at = sealer.offset;
    const piece = entry.size === 0 ? undefined : sealer.content({ descriptor, from: 0, bytes: entry.size });
    const change = sealer.readError ?? changeSince(entry, descriptor, piece?.missingBytes ?? 0);
    sealer.readError = undefined;
    if (change !== undefined) sealer.problems.push({ path: entry.path, kind: 'changed', reason: change });
    return { piece, at, changed: change !== undefined };
  } finally {
    closeSync(descriptor);
  }
};

/** Kept between jobs, like the block. */
const lines = new LineBuffer();

const EMPTY_SHA256 = hash('sha256', '');

export const sealFiles = (input: SealFilesInput): SealFilesOutput => {
  const sealer = new FileSealer(new SegmentSealer(input));
  const { segment, lead, trail } = input;
  lines.clear();
  let entries = 0;
  let sourceBytes = 0;
  let leadPiece: SealedPiece | undefined;
  let trailPiece: SealedPiece | undefined;
  if (lead !== undefined) {
    leadPiece = sealer.content(lead);
    if (lead.ends) sealer.zeros(tarPaddingBytes(lead.from + lead.bytes));
  }
  const whole = input.run.count - (trail === undefined ? 0 : 1);
  let index = 0;
  for (const entry of new DecodedRun(input.run).entries()) {
    index += 1;
    if (index > whole) {
      sealer.header(entry);
      if (trail !== undefined) trailPiece = sealer.content(trail);
    } else if (entry.type === 'file') {
      const sealed = sealWholeFile(sealer, entry, fileSystemPath(`${input.root}/${entry.path}`));
      if (sealed === undefined) continue;
      sealer.zeros(tarPaddingBytes(entry.size));
      const sha256 = sealed.piece?.sha256 ?? EMPTY_SHA256;
      lines.add(contentsLine(entry, 'file', { segment, offset: sealed.at, sha256, changed: sealed.changed }));
      entries += 1;
      sourceBytes += entry.size;
    } else {
      const offset = sealer.offset;
      sealer.header(entry);
      lines.add(contentsLine(entry, entry.type, { segment, offset }));
      entries += 1;
    }
  }
  if (input.endsTar) sealer.zeros(TAR_END_BYTES);
  return {
    ...sealer.finish(),
    lines: lines.copy(),
    entries,
    sourceBytes,
    problems: sealer.problems,
    lead: leadPiece,
    trail: trailPiece,
  };
};
