/**
 * Reads the results of a tree's sealed segments: which entries they hold, what was skipped and why, and which files are
 * missing.
 */
import { contentsLine } from '../contents/contents-line.ts';
import type { Skipped } from '../format.ts';
import type { ByteString } from '../tar/byte-string.ts';
import type { EntryProblem, SealFilesOutput } from '../threads/segment-jobs.ts';
import type { SegmentYield } from './capture-pipeline.ts';
import { type CaptureCursor, skippedOf, type Unread } from './capture-sink.ts';
import type { LargeFiles } from './large-files.ts';
import type { OpenFile } from './open-file.ts';
import type { SecondLooks } from './second-look.ts';
import type { SegmentDraft } from './segment-draft.ts';

export class CaptureResults {
  /** Files that are not in the archive and may be the targets of hard links. */
  readonly failed = new Set<ByteString>();
  /** Files that could not be read to their end. */
  readonly unreadable: ByteString[];
  readonly #large: LargeFiles;
  readonly #looks: SecondLooks;
  #unread: Unread | undefined;

  constructor(cursor: CaptureCursor, large: LargeFiles, looks: SecondLooks) {
    this.unreadable = [...(cursor.unreadable ?? [])];
    this.#unread = cursor.after === '' ? { count: 0 } : cursor.unread;
    this.#large = large;
    this.#looks = looks;
  }

  /** What could not be read, as long as nothing but folders was captured; else undefined. */
  get unread(): Unread | undefined {
    return this.#unread;
  }

  /**
   * Must be called in the order of segments: the last piece of a file closes it, so all others must have come before.
   */
  yieldOf(segment: number, draft: SegmentDraft, output: SealFilesOutput): SegmentYield {
    const skipped = [...draft.skipped, ...this.#told(output.problems)];
    const lines: Uint8Array[] = [];
    let { entries, sourceBytes } = output;
    let whole = entries - draft.folders;
    if (draft.leadFile !== undefined && output.lead !== undefined) {
      const file = draft.leadFile;
      file.placed(segment, output.lead);
      sourceBytes += output.lead.bytes;
      if (draft.lead?.ends === true) {
        const { change, unreadable } = file.end;
        this.#large.close(file);
        if (unreadable) this.unreadable.push(file.entry.path);
        else whole += 1;
        if (change !== undefined) skipped.push(skippedOf(file.entry.path, change));
        lines.push(lineOf(file, change !== undefined));
        entries += 1;
      }
    }
    lines.push(output.lines);
    if (draft.trailFile !== undefined && output.trail !== undefined) {
      draft.trailFile.placed(segment, output.trail);
      sourceBytes += output.trail.bytes;
    }
    this.#unread = whole > 0 ? undefined : withUnread(this.#unread, skipped.slice(draft.specials));
    return { sealed: output, lines, entries, sourceBytes, skipped };
  }

  /** The skipped entries to report. Entries of the kind `again` are looked at once more instead. */
  #told(problems: readonly EntryProblem[]): Skipped[] {
    const told: Skipped[] = [];
    for (const { path, kind, reason, linked, size } of problems) {
      if (kind !== 'changed' && linked === true) this.failed.add(path);
      if (kind === 'again') this.#looks.add(path, size);
      else told.push(skippedOf(path, reason));
    }
    return told;
  }
}

const withUnread = (before: Unread | undefined, [first, ...more]: readonly Skipped[]): Unread | undefined =>
  before === undefined || first === undefined
    ? before
    : { count: before.count + 1 + more.length, first: before.first ?? first };

const lineOf = (file: OpenFile, changed: boolean): Buffer => {
  const [first] = file.pieces;
  const { segment = 1, offset = 0 } = first ?? {};
  return Buffer.from(
    contentsLine(file.entry, file.entry.type, { segment, offset, pieces: file.pieces, changed }),
    'utf8',
  );
};
