/** What the extraction of a tree takes, and what it returns. */
import type { Existing } from '../destination/existing.ts';
import type { BitsLeftOut } from '../destination/rights.ts';
import type { Skipped } from '../format.ts';
import type { OpenedArchive } from '../reader/open.ts';
import { type ByteString, byteStringOf } from '../tar/byte-string.ts';
import type { SegmentPool } from '../threads/segment-pool.ts';
import type { SurveyOptions } from './plan/target-survey.ts';

export interface ExtractTarOptions extends SurveyOptions {
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key. */
  readonly identity: string;
  readonly pool: SegmentPool;
  /** The directory to write to; made when it is missing. */
  readonly target: string;
  readonly existing: Existing;
  /** Paths to extract, each with all below it; as bytes where they are not UTF-8. @default everything */
  readonly select?: readonly (string | Uint8Array)[];
  /** Files that are written under another path, because no file system can have their own. @default none */
  readonly renamed?: ReadonlyMap<string, string> | undefined;
  /**
   * Whether each content is checked against the SHA-256 that contents list. Segments are always checked against the
   * signed manifest; this check finds a signer who lies, and costs a tenth of a restore. @default true
   */
  readonly checkHashes?: boolean;
  /** Whether the bits setuid and setgid are restored, when root restores. @default true */
  readonly setuid?: boolean;
  /** Names the staging folder: letters, digits and dashes. */
  readonly restoreId: string;
  readonly onProgress?: (done: { readonly bytes: number; readonly entries: number }) => void;
  readonly signal?: AbortSignal;
}

export interface ExtractTarOutcome {
  /** Entries written, without those kept or skipped. */
  readonly entries: number;
  readonly bytes: number;
  /** The first hundred entries that were not restored, or not completely. */
  readonly skipped: readonly Skipped[];
  readonly skippedCount: number;
  /** Entries among them that the system refused, and that are therefore missing. */
  readonly refusedCount: number;
  /** Files and links that were restored, or existed and were kept. */
  readonly files: number;
  /** Entries written without setuid or setgid, because of `setuid: false`. */
  readonly bitsLeftOut: BitsLeftOut;
}

/** Chosen paths in the form that the engine uses. */
export const selectionOf = (
  select: readonly (string | Uint8Array)[] | undefined,
): readonly ByteString[] | undefined =>
  select?.map((path) =>
    (typeof path === 'string' ? byteStringOf(path) : Buffer.from(path).toString('latin1')).replace(
      /\/+$/,
      '',
    ),
  );
