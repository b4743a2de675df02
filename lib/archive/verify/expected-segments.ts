/** What each segment of a component must hold, by its contents: known before the segment is opened. */

import { placedPieces, SegmentTiling } from '../contents/segment-tiling.ts';
import { AscendingPaths, refuseRepeatedPaths } from '../extract/contents/distinct-paths.ts';
import { listedContents } from '../extract/contents/listed-contents.ts';
import { streamHashes } from '../extract/contents/stream-contents.ts';
import { segmentNumber } from '../extract/plan/extract-plan.ts';
import { PathRules } from '../extract/plan/path-rules.ts';
import type { PlacedMember } from '../layout/archive-layout.ts';
import type { OpenedArchive } from '../reader/open.ts';
import { DecodedRun, type EntryRun } from '../threads/entry-run.ts';
import type { ListedSegment, SegmentList, VerifySegmentInput } from '../threads/extract-jobs.ts';
import type { SegmentPool } from '../threads/segment-pool.ts';
import { Turns } from '../turns.ts';

export interface ExpectedSegment {
  readonly member: PlacedMember;
  readonly expected: VerifySegmentInput['expected'];
}

export interface ExpectedOptions {
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key. */
  readonly identity: string;
  readonly pool: SegmentPool;
  readonly signal: AbortSignal | undefined;
}

/**
 * Yields all segments of a component, in order. Keeps contents only for segments that are not complete yet.
 *
 * @throws what a restore would throw for contents that contradict themselves, and the signal's reason.
 */
export const expectedSegments = (
  options: ExpectedOptions,
): AsyncGenerator<ExpectedSegment, void, undefined> =>
  options.archive.manifest.components[options.component]?.layout === 'stream'
    ? ofStream(options)
    : ofTree(options);

async function* ofStream({
  archive,
  component,
  identity,
  pool,
}: ExpectedOptions): AsyncGenerator<ExpectedSegment, void, undefined> {
  const hashes = await streamHashes(archive, component, identity, pool);
  for (const member of archive.segments(component))
    yield { member, expected: { plainSha256: hashes.get(member.name) ?? '' } };
}

/** A segment that contents may still say more about. */
class Draft {
  readonly listed: EntryRun[] = [];
  readonly sha256s: Uint8Array[] = [];
  lead: ListedSegment['lead'];
  trail: ListedSegment['trail'];
}

class Drafts {
  readonly #drafts = new Map<number, Draft>();

  #draft(segment: number): Draft {
    const known = this.#drafts.get(segment);
    if (known !== undefined) return known;
    const draft = new Draft();
    this.#drafts.set(segment, draft);
    return draft;
  }

  take({ segment, run, sha256s, runOn }: SegmentList): void {
    const draft = this.#draft(segment);
    draft.listed.push(run);
    draft.sha256s.push(sha256s ?? new Uint8Array());
    if (runOn === undefined) return;
    for (const piece of placedPieces(runOn)) {
      if (piece.from === 0) draft.trail = piece;
      else this.#draft(piece.segment).lead = piece;
    }
  }

  complete(segment: number, endsTar: boolean): ListedSegment {
    const { listed, sha256s, lead, trail } = this.#draft(segment);
    this.#drafts.delete(segment);
    return { listed, sha256s, lead, trail, endsTar };
  }
}

async function* ofTree(options: ExpectedOptions): AsyncGenerator<ExpectedSegment, void, undefined> {
  const members = options.archive.segments(options.component);
  const tiling = new SegmentTiling(members);
  const drafts = new Drafts();
  // Objects and items are no tree: a store may have both `a` and `a/b`, but none of them twice.
  let rules: PathRules | undefined = new PathRules();
  const paths = new AscendingPaths();
  const turns = new Turns();
  let next = 0;
  const complete = function* (): Generator<ExpectedSegment, void, undefined> {
    for (let member = members[next]; member !== undefined; member = members[next]) {
      const number = segmentNumber(member.name);
      if (number >= tiling.segment) return;
      next += 1;
      yield { member, expected: drafts.complete(number, next === members.length) };
    }
  };
  for await (const { lists, hasObjects } of listedContents({ ...options, withHashes: true })) {
    if (hasObjects) rules = undefined;
    for (const list of lists) {
      const listed = new DecodedRun(list.run);
      rules?.take(list.run, listed);
      for (let index = 0; index < listed.count; index += 1) paths.take(listed.path(index));
      tiling.take(list);
      drafts.take(list);
      yield* complete();
      await turns.step();
    }
  }
  rules?.end();
  tiling.end();
  if (rules === undefined && !paths.allAscend)
    await refuseRepeatedPaths(options.archive, options.identity, options.component);
  yield* complete();
}
