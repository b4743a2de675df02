/** Verification: every byte of an archive, or a sample of it, against the signed manifest. */
import { parseCanonicalJson } from '../canonical-json.ts';
import type { PlacedMember } from '../container/archive-layout.ts';
import type { OpenedArchive } from '../container/open.ts';
import { framedBytes } from '../container/outer-tar.ts';
import { ArchiveError } from '../errors.ts';
import { HEAD_NAME, type Head, headSchema } from '../format.ts';
import type { AbortFlag } from '../segments/abort-flag.ts';
import { SegmentPool } from '../segments/segment-pool.ts';
import { isPacked, membersEnd } from './reading.ts';
import { verifyInTurn } from './verify-in-turn.ts';
import { verifyInside } from './verify-inside.ts';
import { verifyOnThreads } from './verify-on-threads.ts';

export interface VerifyProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** The member that was just found good, or read on the way to that. */
  readonly member: string;
}

export interface VerifyOptions {
  /**
   * Part `part` of `of`, counted from 1, of the segments and contents members; the small ones are read every time.
   * The parts 1/n to n/n together are everything.
   *
   * @default all bytes
   */
  readonly sample?: { readonly part: number; readonly of: number };
  /**
   * The archive's private key: segments are opened, too, within the declared sizes, and must be what contents say of
   * them, with every header, place and hash. @default only the hashes of members
   */
  readonly identity?: string;
  /** Whose threads do the work, as far as they can: all of it where the archive is a file. @default this one */
  readonly pool?: SegmentPool;
  /** Also hash the file as a whole; of no use with a sample, and refused there. @default false */
  readonly wholeFile?: boolean;
  onProgress?(progress: VerifyProgress): void;
  readonly signal?: AbortSignal;
}

export interface Verification {
  readonly membersVerified: number;
  readonly membersTotal: number;
  readonly bytesVerified: number;
  readonly archiveBytes: number;
  /** SHA-256 of the whole file, when it was asked for. */
  readonly sha256?: string;
}

/**
 * Reads an opened archive and checks all of it: headers, every member's SHA-256, padding, nothing between; and that
 * `holdfast.json` says what the manifest says. The end was checked when it was opened.
 *
 * Throws `archive_cut` or `archive_damaged`, naming the member; the signal's reason when it is aborted; with
 * `identity` also `wrong_key`, `age_malformed`, `archive_bomb`, and `archive_entry_refused` for entries that no restore
 * would write.
 */
export const verifyArchive = async (
  archive: OpenedArchive,
  options: VerifyOptions = {},
): Promise<Verification> => {
  const { sample, identity, wholeFile = false, onProgress, signal } = options;
  if (wholeFile && sample !== undefined) throw new TypeError('a sample has no hash of the whole file');
  const chosen = sample === undefined ? archive.members : sampleOf(archive.members, sample);
  const bytesTotal = chosen.reduce((sum, { size }) => sum + framedBytes(size), 0);
  let bytesDone = 0;
  const isGood = ({ name, size }: PlacedMember): void => {
    bytesDone += framedBytes(size);
    onProgress?.({ bytesDone, bytesTotal, member: name });
  };
  const { path } = archive.source;
  const own = options.pool === undefined && identity !== undefined ? new SegmentPool({ size: 1 }) : undefined;
  const pool = options.pool ?? own;
  const onThreads = path !== undefined && options.pool !== undefined;
  // What is opened is hashed there; only who hashes the file in turn has to pass it first.
  const inside = new Set(identity === undefined ? [] : chosen.filter(isPacked));
  const members = wholeFile && !onThreads ? chosen : chosen.filter((member) => !inside.has(member));
  const reading = {
    wholeFile,
    signal,
    isGood: (member: PlacedMember): void => {
      if (inside.has(member)) onProgress?.({ bytesDone, bytesTotal, member: member.name });
      else isGood(member);
    },
    openInside: async (abort: AbortFlag): Promise<void> => {
      if (identity !== undefined && pool !== undefined)
        await verifyInside(archive, inside, { identity, pool, signal, abort, isGood });
    },
  };
  const sha256 = await (onThreads && pool !== undefined
    ? verifyOnThreads(archive, members, { ...reading, pool, path })
    : verifyInTurn(archive, members, reading)
  ).finally(() => own?.close());
  await checkHead(archive);
  return {
    membersVerified: chosen.length,
    membersTotal: archive.members.length,
    bytesVerified: bytesDone + archive.archiveBytes - membersEnd(archive),
    archiveBytes: archive.archiveBytes,
    ...(sha256 === undefined ? {} : { sha256 }),
  };
};

const sampleOf = (
  members: readonly PlacedMember[],
  { part, of }: { readonly part: number; readonly of: number },
): readonly PlacedMember[] => {
  if (!(Number.isInteger(part) && Number.isInteger(of) && part >= 1 && part <= of)) {
    throw new RangeError(`the sample ${part}/${of} is none: it is a part from 1 to the number of parts`);
  }
  let large = 0;
  return members.filter((member) => {
    if (!isPacked(member)) return true;
    large += 1;
    return (large - 1) % of === part - 1;
  });
};

/** The first member is what a person reads first: it must not say another thing than the manifest. */
const checkHead = async (archive: OpenedArchive): Promise<void> => {
  const head: Head = parseCanonicalJson(headSchema, await archive.readMember(HEAD_NAME), HEAD_NAME);
  const same = JSON.stringify(headSchema.strip().parse(archive.manifest)) === JSON.stringify(head);
  if (!same) {
    throw new ArchiveError(
      'archive_damaged',
      `${HEAD_NAME} and the manifest say different things; do not trust this archive`,
    );
  }
};
