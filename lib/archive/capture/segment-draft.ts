import type { Skipped } from '../format.ts';
import type { ByteString } from '../tar/byte-string.ts';
import { EntryRunBuilder } from '../threads/entry-run.ts';
import { SeenFilesBuilder } from '../threads/seen-file.ts';
import type { FilePiece, OpenedFile } from '../threads/segment-jobs.ts';
import { skippedOf } from './capture-sink.ts';
import type { OpenFile } from './open-file.ts';
import type { SkippedItem, TreeEntry } from './tree-item.ts';

/** A segment in the making. */
export class SegmentDraft {
  readonly run = new EntryRunBuilder();
  readonly seen = new SeenFilesBuilder();
  readonly opened = new Map<ByteString, OpenedFile>();
  /** Paths that its hard links name. */
  readonly links = new Set<ByteString>();
  readonly skipped: Skipped[] = [];
  /** How many of these are sockets, pipes or devices, which nobody could have read. */
  specials = 0;
  folders = 0;
  lead: (FilePiece & { ends: boolean }) | undefined;
  leadFile: OpenFile | undefined;
  trail: FilePiece | undefined;
  trailFile: OpenFile | undefined;
  /** Bytes of headers and content in the segment's tar. */
  bytes = 0;

  /**
   * Adds an entry that fits as a whole.
   *
   * @param bytes of its header and content
   * @param opened the file, where it is open already; it is closed elsewhere.
   */
  add(entry: TreeEntry, bytes: number, opened: OpenedFile | undefined): void {
    this.run.add(entry);
    if (entry.type === 'directory') this.folders += 1;
    if (entry.type === 'file') this.seen.add(entry.seen);
    if (entry.type === 'hardlink') this.links.add(entry.link);
    if (opened !== undefined) this.opened.set(entry.path, opened);
    this.bytes += bytes;
  }

  /** Adds a file that runs on into the next segment: its header, and `bytes` of its content. */
  addTrail(file: OpenFile, headerBytes: number, bytes: number): void {
    this.run.add(file.entry);
    this.trail = file.piece(bytes);
    this.trailFile = file;
    this.bytes += headerBytes + bytes;
  }

  /** Adds the next piece of a file that began in an earlier segment. */
  addLead(file: OpenFile, bytes: number, ends: boolean): void {
    this.lead = { ...file.piece(bytes), ends };
    this.leadFile = file;
    this.bytes += bytes;
  }

  skip(path: ByteString, reason: string): void {
    this.skipped.push(skippedOf(path, reason));
  }

  skipItem({ path, reason, special }: SkippedItem): void {
    // Specials come before all others, so that their count tells which they are.
    if (special === true) this.skipped.splice(this.specials++, 0, skippedOf(path, reason));
    else this.skip(path, reason);
  }
}
