/** The rules for a manifest beyond its shape: members where and as the format says, sums that add up. */
import { ArchiveError } from '../errors.ts';
import {
  type ComponentSummary,
  MAX_CONTENTS_BYTES,
  MAX_CONTENTS_ENTRIES,
  MAX_LOG_BYTES,
  MAX_SMALL_MEMBER_BYTES,
  type Manifest,
  type Member,
} from '../format.ts';
import { cutText } from '../manifest-bounds.ts';
import { KEY_NAME, KMS_KEY_NAME, type MemberPlace, placeOf } from '../member-names.ts';
import { fitsUstar, outerTime } from './outer-tar.ts';

/** Features of format 1 that this reader knows. */
const KNOWN_FEATURES: readonly string[] = [];
/**
 * Most bytes that age adds, and zstd to bytes that do not compress: a segment is hardly longer than its plain bytes.
 */
const SEALING_BYTES = 1024 * 1024;

/**
 * @throws `archive_format_unsupported` for a feature this reader does not know,
 * `archive_damaged` for a manifest that contradicts the format or itself: signed or not, it is not used.
 */
export const checkManifest = (manifest: Manifest): void => {
  const rules = new ManifestRules(manifest);
  for (const member of manifest.members) rules.take(member);
  rules.end();
};

/** The same rules for members one by one, in order: a large archive has hundreds of thousands. */
export class ManifestRules {
  readonly #about: ManifestHead;
  readonly #found = new Map<string, Progress>();
  #members = 0;
  #last: MemberPlace | undefined;
  #lastName = '';

  /** @throws as `checkManifest` */
  constructor(about: ManifestHead) {
    this.#about = about;
    const unknown = about.features.filter((feature) => !KNOWN_FEATURES.includes(feature));
    if (unknown.length > 0) {
      throw new ArchiveError(
        'archive_format_unsupported',
        `the archive needs ${cutText(unknown.join(', '), 300)}, which this version does not support; use a newer version of Holdfast`,
      );
    }
    for (const [id, summary] of Object.entries(about.components)) {
      checkSummary(id, summary);
      this.#found.set(id, { summary, segments: [], ranges: [], lastContents: 0 });
    }
  }

  /** @throws as `checkManifest` */
  take(member: Member): void {
    const place = placeOf(member.name);
    if (place === undefined)
      throw wrong(`${JSON.stringify(member.name)} is not a member of archive format 1`);
    if (!mayFollow(this.#members, this.#last?.kind, place.kind)) throw wrongOrder();
    this.#members += 1;
    this.#last = place;
    this.#lastName = member.name;
    checkSize(member, place, this.#about.segmentBytes);
    if (place.kind !== 'segment' && place.kind !== 'contents') return;
    const progress = this.#found.get(place.component);
    if (progress === undefined) throw wrong(`${member.name} belongs to no component`);
    if (place.kind === 'segment') takeSegment(member.name, place.number, place.stem, progress);
    else takeContents(member, place.number, progress);
  }

  /** To be called after the last member. @throws as `checkManifest` */
  end(): void {
    if (this.#last?.kind !== 'key') throw wrongOrder();
    const { mode, keyId } = this.#about.encryption;
    const keyName = mode === 'hsm' ? KMS_KEY_NAME : KEY_NAME;
    if (this.#lastName !== keyName) throw wrong(`an archive of mode ${mode} has ${keyName}`);
    if ((mode === 'passphrase') !== (keyId === undefined))
      throw wrong(`its key id does not match mode ${mode}`);
    for (const [id, progress] of this.#found) checkCoverage(id, progress);
    checkSums(this.#about);
  }
}

/** A manifest without its list of members. */
export type ManifestHead = Omit<Manifest, 'members'>;

const wrongOrder = (): ArchiveError => wrong('its members are not in the order of the format');

/** The order is: head, recovery, the components' members, the log if there is one, the key. */
const mayFollow = (
  before: number,
  last: MemberPlace['kind'] | undefined,
  kind: MemberPlace['kind'],
): boolean => {
  if (before === 0) return kind === 'head';
  if (before === 1) return kind === 'recover';
  if (last === 'key') return false;
  if (last === 'log') return kind === 'key';
  return kind !== 'head' && kind !== 'recover';
};

const wrong = (what: string): ArchiveError =>
  new ArchiveError(
    'archive_damaged',
    `the manifest is wrong: ${what}; the Holdfast that made this archive is faulty`,
  );

const checkSize = (member: Member, place: MemberPlace, segmentBytes: number): void => {
  const packed = place.kind === 'segment' || place.kind === 'contents';
  const limit =
    place.kind === 'segment'
      ? segmentBytes
      : place.kind === 'contents'
        ? MAX_CONTENTS_BYTES
        : MAX_SMALL_MEMBER_BYTES;
  const { plainBytes, entries, firstSegment, lastSegment } = member;
  if ((plainBytes !== undefined) !== packed)
    throw wrong(`${member.name} declares a wrong number of plain bytes`);
  if (plainBytes !== undefined && plainBytes > limit) {
    throw new ArchiveError(
      'archive_bomb',
      `${member.name} declares ${plainBytes} bytes, and at most ${limit} are allowed; it is not opened`,
    );
  }
  const sealedLimit =
    place.kind === 'log' ? MAX_LOG_BYTES : packed ? limit + limit / 64 + SEALING_BYTES : limit;
  if (member.size > sealedLimit) throw wrong(`${member.name} is larger than a member of its kind may be`);
  const counted = [entries, firstSegment, lastSegment].filter((n) => n !== undefined).length;
  if (counted !== (place.kind === 'contents' ? 3 : 0))
    throw wrong(`${member.name} lacks a count, or has one too many`);
  if (entries !== undefined && entries > MAX_CONTENTS_ENTRIES)
    throw wrong(`${member.name} has too many entries`);
};

/** What was found of a component so far. Numbers ascend; they leap where several tasks wrote the component. */
interface Progress {
  readonly summary: ComponentSummary;
  readonly segments: number[];
  readonly ranges: { readonly first: number; readonly last: number }[];
  lastContents: number;
}

/**
 * Checks that each range of segments ends in an existing one, and each segment is in one range. A component with
 * entries must list them.
 */
const checkCoverage = (id: string, { summary, segments, ranges }: Progress): void => {
  if (summary.entries > 0 && ranges.length === 0)
    throw wrong(`${id} counts ${summary.entries} entries, and no contents list them`);
  let at = 0;
  for (const { first, last } of ranges) {
    if ((segments[at] ?? Number.POSITIVE_INFINITY) < first) break;
    while ((segments[at] ?? Number.POSITIVE_INFINITY) <= last) at += 1;
    if (segments[at - 1] !== last)
      throw wrong(`the contents of ${id} name segments that the archive does not have`);
  }
  if (at < segments.length) throw wrong(`the contents of ${id} do not name all of its segments`);
};

const checkSummary = (id: string, { layout, stream, skippedCount, skipped }: ComponentSummary): void => {
  if ((layout === 'stream') !== (stream !== undefined))
    throw wrong(`the layout of ${id} does not match its stream`);
  if (skipped.length > skippedCount) throw wrong(`${id} names more skipped entries than it counts`);
};

const takeSegment = (name: string, number: number, stem: string, progress: Progress): void => {
  if (stem !== (progress.summary.stream ?? 'tar'))
    throw wrong(`${name} does not fit the layout of its component`);
  if (number <= (progress.segments.at(-1) ?? 0)) throw wrong(`${name} is out of order or listed twice`);
  progress.segments.push(number);
};

const takeContents = (
  { name, firstSegment = 0, lastSegment = 0 }: Member,
  number: number,
  progress: Progress,
): void => {
  if (number <= progress.lastContents) throw wrong(`${name} is out of order or listed twice`);
  if (firstSegment <= (progress.ranges.at(-1)?.last ?? 0) || lastSegment < firstSegment) {
    throw wrong(`${name} names segments that another member names, or none`);
  }
  progress.lastContents = number;
  progress.ranges.push({ first: firstSegment, last: lastSegment });
};

const checkSums = ({ components, sourceBytes, entries, createdAt, completedAt }: ManifestHead): void => {
  const sum = (pick: (summary: ComponentSummary) => number): number =>
    Object.values(components).reduce((total, summary) => total + pick(summary), 0);
  if (
    sum((summary) => summary.sourceBytes) !== sourceBytes ||
    sum((summary) => summary.entries) !== entries
  ) {
    throw wrong('its totals are not the sums over its components');
  }
  if (!fitsUstar(outerTime(createdAt))) throw wrong('its time of creation cannot be written into a tar');
  if (Date.parse(completedAt) < Date.parse(createdAt)) throw wrong('its end lies before its beginning');
};
