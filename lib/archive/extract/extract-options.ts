/** What the extraction of a tree is asked for, and what it tells in the end. */
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
  /** The directory to write below; made when it is missing. */
  readonly target: string;
  readonly existing: Existing;
  /** Paths to extract, each with all below it; as bytes where they are not UTF-8. @default everything */
  readonly select?: readonly (string | Uint8Array)[];
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

/** Chosen paths as the engine has them. */
export const selectionOf = (
  select: readonly (string | Uint8Array)[] | undefined,
): readonly ByteString[] | undefined =>
  select?.map((path) =>
    (typeof path === 'string' ? byteStringOf(path) : Buffer.from(path).toString('latin1')).replace(
      /\/+$/,
      '',
    ),
  );
