/** In a worker: opens one segment of a tar component and writes its files below the target. */

import {
  atEntry,
  FailureList,
  isOfOneEntry,
  type NamedEntry,
  refusalReason,
  systemCode,
} from '../../destination/entry-failures.ts';
import { LeftOutBuilder, leavesBitsOut } from '../../destination/rights.ts';
import { isSelected } from '../../destination/selection.ts';
import { FileWriter } from '../../destination/write-file.ts';
import type { ByteString } from '../../tar/byte-string.ts';
import { isBelow } from '../../tar/entry-path.ts';
import type { TarEntry } from '../../tar/tar-entry.ts';
import type { TarHeader } from '../../tar/tar-reader.ts';
import { throwIfRaised } from '../abort-flag.ts';
import { EntryRunBuilder } from '../entry-run.ts';
import type { ExtractSegmentInput, ExtractSegmentOutput, StagedPiece } from '../extract-jobs.ts';
import { checkSegment } from './check-segment.ts';
import { openSegment } from './open-segment.ts';

/** Entries between two checks of the abort flag. */
const ENTRIES_PER_LOOK = 64;

export const extractSegment = (input: ExtractSegmentInput): ExtractSegmentOutput => {
  throwIfRaised(input.abort);
  const plain = openSegment(input.segment, input.abort);
  const headers = checkSegment(plain, input);
  // From here on every entry was announced, and none leads out of the target.
  return new SegmentExtraction(input, plain).run(headers);
};

class SegmentExtraction {
  readonly #input: ExtractSegmentInput;
  readonly #plain: Buffer;
  readonly #failures = new FailureList();
  readonly #writer: FileWriter;
  readonly #links = new EntryRunBuilder();
  readonly #folders = new EntryRunBuilder();
  readonly #kept: ByteString[] = [];
  readonly #bitsLeftOut = new LeftOutBuilder();
  readonly #gathered: { stagingName: string; bytes: number }[] = [];
  readonly #lostPieces: NamedEntry[] = [];
  #entries = 0;
  #bytes = 0;

  constructor(input: ExtractSegmentInput, plain: Buffer) {
    const { staging, existing, asRoot, setuid, segment } = input;
    this.#input = input;
    this.#plain = plain;
    const job = segment.name.replaceAll('/', '-');
    this.#writer = new FileWriter({ staging, existing, asRoot, setuid, job }, this.#failures);
  }

  run(headers: readonly TarHeader[]): ExtractSegmentOutput {
    let stopped: ExtractSegmentOutput['stopped'];
    try {
      this.#extract(headers);
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined || !(error instanceof Error)) throw error;
      stopped = { message: error.message, code };
    }
    return {
      entries: this.#entries,
      bytes: this.#bytes,
      gathered: this.#gathered,
      lostPieces: this.#lostPieces,
      links: this.#links.build(),
      folders: this.#folders.build(),
      kept: this.#kept,
      bitsLeftOut: this.#bitsLeftOut.build(),
      failures: this.#failures.build(),
      stopped,
    };
  }

  #extract(headers: readonly TarHeader[]): void {
    const { lead, trail, select, without, renames, abort } = this.#input;
    if (lead !== undefined) this.#stage(lead, this.#plain.subarray(0, lead.bytes));
    const whole = headers.length - (trail === undefined ? 0 : 1);
    for (const [index, header] of headers.entries()) {
      if (index % ENTRIES_PER_LOOK === 0) throwIfRaised(abort);
      const { entry, contentAt } = header;
      if (index >= whole) {
        if (trail !== undefined) this.#stage(trail, this.#plain.subarray(contentAt));
        continue;
      }
      const renamed = renames.size === 0 ? undefined : renames.get(entry.path);
      if (renamed === undefined && select !== undefined && !isSelected(entry, select)) continue;
      const path = renamed ?? entry.path;
      if (without.length > 0 && without.some((folder) => path === folder || isBelow(path, folder))) continue;
      if (entry.type === 'directory') this.#folder(entry);
      else if (entry.type === 'file')
        this.#file(renamed === undefined ? entry : { ...entry, path: renamed }, contentAt);
      else this.#links.add(entry);
    }
  }

  #folder(entry: TarEntry): void {
    try {
      this.#writer.folder(entry.path);
      this.#folders.add(entry);
    } catch (error) {
      this.#failures.lose(entry.path, error);
    }
  }

  #file(entry: TarEntry, contentAt: number): void {
    const { path, size, mode } = entry;
    try {
      if (this.#writer.write(entry, this.#plain.subarray(contentAt, contentAt + size))) {
        this.#entries += 1;
        this.#bytes += size;
        if (leavesBitsOut(mode, this.#input)) this.#bitsLeftOut.add(path);
        return;
      }
    } catch (error) {
      this.#failures.lose(path, error);
    }
    this.#kept.push(path);
  }

  #stage({ stagingName, path, from, wanted }: StagedPiece, content: Buffer): void {
    if (!wanted) return;
    try {
      this.#writer.stage(stagingName, path, content, from);
      this.#gathered.push({ stagingName, bytes: content.length });
    } catch (error) {
      // Named once, however many pieces it has, by the code that puts them together.
      if (!isOfOneEntry(error)) throw atEntry(error, path);
      this.#lostPieces.push({ path, reason: refusalReason(error) });
    }
  }
}
