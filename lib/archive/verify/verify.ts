/** Verifies every byte of an archive, or a sample of it, against the signed manifest. */
import { parseCanonicalJson } from '../canonical-json.ts';
import { ArchiveError } from '../errors.ts';
import { type Head, headSchema } from '../format.ts';
import type { PlacedMember } from '../layout/archive-layout.ts';
import { framedBytes } from '../layout/outer-tar.ts';
import { HEAD_NAME } from '../member-names.ts';
import type { OpenedArchive } from '../reader/open.ts';
import type { AbortFlag } from '../threads/abort-flag.ts';
import { SegmentPool } from '../threads/segment-pool.ts';
import { isPacked, membersEnd } from './reading.ts';
import { verifyInTurn } from './verify-in-turn.ts';
import { verifyInside } from './verify-inside.ts';
import { verifyOnThreads } from './verify-on-threads.ts';

export interface VerifyProgress {
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** The member that was just found good, or is being read. */
  readonly member: string;
}

/** Part `part` of `of`, counted from 1. */
export interface Sample {
  readonly part: number;
  readonly of: number;
}

/** A range of places in a list of members. */
export interface MemberRange {
  readonly from: number;
  readonly to: number;
}

export interface VerifyOptions {
  /**
   * Verifies part `part` of `of`, counted from 1, of the segments and contents members; the small members are read
   * every time. The parts 1/n to n/n together are everything.
   *
   * @default all bytes
   */
  readonly sample?: Sample;
  /**
   * Limits the chosen members to those from `from` up to and without `to`: ranges that meet make up a whole
   * verification, whoever reads them and in whatever order. The archive's end counts with the last member.
   *
   * @default all of them
   */
  readonly range?: MemberRange;
  /**
   * The archive's private key: segments are opened, too, within the declared sizes, and must be what contents say of
   * them, with every header, place and hash. @default only the hashes of members are checked
   */
  readonly identity?: string;
  /** The threads that do the work, as far as they can: all of it when the archive is a file. @default this thread */
  readonly pool?: SegmentPool;
  /**
   * Also hash the file as a whole; refused with a sample or a part of the members, where it means nothing.
   *
   * @default false
   */
  readonly wholeFile?: boolean;
  onProgress?(progress: VerifyProgress): void;
  readonly signal?: AbortSignal;
}

export interface Verification {
  readonly membersVerified: number;
  readonly membersTotal: number;
  readonly bytesVerified: number;
  readonly archiveBytes: number;
  /** SHA-256 of the whole file, if it was asked for. */
  readonly sha256?: string;
}

/**
 * Reads an opened archive and checks all of it: headers, every member's SHA-256, padding, that nothing lies in between,
 * and that `holdfast.json` says what the manifest says. The end was checked when it was opened.
 *
 * @throws `archive_cut` or `archive_damaged`, naming the member; the signal's reason when it is aborted; with
 * `identity` also `wrong_key`, `age_malformed`, `archive_bomb`, and `archive_entry_refused` for entries that no restore
 * would write.
 */
export const verifyArchive = async (
  archive: OpenedArchive,
  options: VerifyOptions = {},
): Promise<Verification> => {
  const { sample, identity, wholeFile = false, onProgress, signal } = options;
  const all = chosenMembers(archive, sample);
  const { from, to } = options.range ?? { from: 0, to: all.length };
  if (wholeFile && (sample !== undefined || to - from < all.length))
    throw new TypeError('a sample or a range of members has no hash of the whole file');
  const chosen = all.slice(from, to);
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
  // Opening a member hashes it, so it is read here only when this thread hashes the whole file.
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
    bytesVerified: bytesDone + (to === all.length ? archive.archiveBytes - membersEnd(archive) : 0),
    archiveBytes: archive.archiveBytes,
    ...(sha256 === undefined ? {} : { sha256 }),
  };
};

/** The members that a verification reads, in order. @throws `RangeError` for an impossible sample */
export const chosenMembers = (
  { members }: Pick<OpenedArchive, 'members'>,
  sample: Sample | undefined,
): readonly PlacedMember[] => (sample === undefined ? members : sampleOf(members, sample));

const sampleOf = (members: readonly PlacedMember[], { part, of }: Sample): readonly PlacedMember[] => {
  if (!(Number.isInteger(part) && Number.isInteger(of) && part >= 1 && part <= of)) {
    throw new RangeError(`${part}/${of} is not a sample: its part is from 1 to the number of parts`);
  }
  let large = 0;
  return members.filter((member) => {
    if (!isPacked(member)) return true;
    large += 1;
    return (large - 1) % of === part - 1;
  });
};

/** A person reads the first member first, so it must not contradict the manifest. */
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
