/** Turns a manifest's bytes into the objects that all others use, without blocking the thread for long. */
import { ArchiveError } from '../errors.ts';
import type { Manifest, Member } from '../format.ts';
import { type PlacedMember, SIGNATURE_END_BYTES } from '../layout/archive-layout.ts';
import { membersOfRun, type ParsedManifest, parseManifest } from '../layout/manifest-parse.ts';
import { BLOCK_BYTES, framedBytes, outerTime } from '../layout/outer-tar.ts';
import { placeOf } from '../member-names.ts';
import { Turns } from '../turns.ts';
import type { UnreadManifest } from './archive-end.ts';

/** One or several threads to parse manifests on. */
export interface ManifestThreads {
  /** The memory behind `json` moves to the thread, and is empty here. @throws as `parseManifest` */
  parseManifest(json: Buffer<ArrayBuffer>): Promise<ParsedManifest>;
}

/** Up to this size, some 400 members, parsing takes a few milliseconds: less than handing it over. */
const INLINE_BYTES = 64 * 1024;

export interface OpenedManifest {
  readonly manifest: Manifest;
  readonly places: MemberPlaces;
  /** The time in all tar headers. */
  readonly time: number;
}

/**
 * @param threads where a large manifest is parsed. @default this thread
 * @throws as `parseManifest`; `archive_cut`, `archive_damaged` when it describes another file than one of `sourceBytes`
 */
export const openManifest = async (
  { json, checkFrames }: UnreadManifest,
  sourceBytes: number,
  threads: ManifestThreads | undefined,
): Promise<OpenedManifest> => {
  const manifestBytes = json.length;
  const parsed =
    threads === undefined || manifestBytes <= INLINE_BYTES
      ? parseManifest(json)
      : await threads.parseManifest(json);
  const turns = new Turns();
  const about: Omit<Manifest, 'components' | 'members'> = JSON.parse(parsed.about);
  const components: Manifest['components'] = {};
  for (const [id, summary] of parsed.components) {
    components[id] = JSON.parse(summary);
    await turns.step();
  }
  const members: Member[] = [];
  const places = new MemberPlaces();
  for (const run of parsed.members)
    for (const member of membersOfRun(run)) {
      members.push(member);
      places.add(member);
      if (turns.due) await turns.pause();
    }
  const archiveBytes = places.archiveBytes(manifestBytes);
  if (archiveBytes !== sourceBytes) throw wrongSize(archiveBytes, sourceBytes);
  const time = outerTime(about.createdAt);
  checkFrames(time);
  return { manifest: { ...about, components, members }, places, time };
};

/** Members with their places, in order: all of them, by name, and those of each component. */
export class MemberPlaces {
  readonly all: PlacedMember[] = [];
  readonly byName = new Map<string, PlacedMember>();
  readonly segments = new Map<string, PlacedMember[]>();
  readonly contents = new Map<string, PlacedMember[]>();
  #end = 0;

  add(member: Member): void {
    const placed = { ...member, offset: this.#end + BLOCK_BYTES };
    this.#end += framedBytes(member.size);
    this.all.push(placed);
    this.byName.set(placed.name, placed);
    const place = placeOf(placed.name);
    if (place?.kind !== 'segment' && place?.kind !== 'contents') return;
    const groups = place.kind === 'segment' ? this.segments : this.contents;
    const group = groups.get(place.component);
    if (group === undefined) groups.set(place.component, [placed]);
    else group.push(placed);
  }

  /** Size of the whole archive, once all members have been added. */
  archiveBytes(manifestBytes: number): number {
    return this.#end + framedBytes(manifestBytes) + SIGNATURE_END_BYTES;
  }
}

const wrongSize = (declared: number, found: number): ArchiveError =>
  new ArchiveError(
    found < declared ? 'archive_cut' : 'archive_damaged',
    `the archive has ${found} bytes, and its manifest counts ${declared}; take another copy of it`,
  );
