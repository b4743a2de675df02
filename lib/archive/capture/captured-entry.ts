/** Entries whose content comes from outside the file system, as a component gives them to a capture. */
import type { CaptureOptions } from './capture-sink.ts';

export interface CapturedEntry {
  /** Unique in the component; no part of it is empty, `.` or `..`. */
  readonly path: string;
  /** The type in contents. In the tar the entry is a file. */
  readonly type: 'object' | 'item' | 'file';
  readonly size: number;
  readonly mtime: Date;
  /** @default 0o644 */
  readonly mode?: number;
  /**
   * Exactly `size` bytes, or a stream of them from `fromByte` on. Opened when its turn comes, once. A stream may throw
   * `ContentLost`, and the entry is kept without the rest.
   */
  readonly content: Uint8Array | ((fromByte: number) => AsyncIterable<Uint8Array>);
}

export interface CaptureEntriesOptions extends CaptureOptions {
  /**
   * The entries after `after` (a path; empty at the beginning), in the same order at every call. With `open` they begin
   * with the entry of that path, whose capture goes on in its middle.
   */
  readonly entries: (from: {
    readonly after: string;
    readonly open?: string;
  }) => AsyncIterable<CapturedEntry>;
  /** Whether these are the component's last entries, so that the tar ends with them. @default true */
  readonly endsTar?: boolean;
}
