/** The deep part of a verification: checks what is in segments and contents members, which needs the key. */

import { eachAtOnce } from '../each-at-once.ts';
import { sealedSegment, transferOf } from '../extract/sealed-segment.ts';
import type { PlacedMember } from '../layout/archive-layout.ts';
import type { OpenedArchive } from '../reader/open.ts';
import type { AbortFlag } from '../threads/abort-flag.ts';
import type { SegmentPool } from '../threads/segment-pool.ts';
import { expectedSegments } from './expected-segments.ts';
import { verifyFrame } from './reading.ts';

export interface InsideOptions {
  readonly identity: string;
  readonly pool: SegmentPool;
  readonly signal: AbortSignal | undefined;
  readonly abort: AbortFlag;
  /** Called with each chosen member that is what the manifest and contents say. */
  readonly isGood: (member: PlacedMember) => void;
}

/**
 * Opens the chosen segments and checks them against contents: every header, place and hash. Of a component of which a
 * segment is chosen, all contents are read, since any of them may list entries in it.
 *
 * @throws `archive_damaged`, `archive_entry_refused`, and what opening a member throws.
 */
export const verifyInside = async (
  archive: OpenedArchive,
  chosen: ReadonlySet<PlacedMember>,
  { identity, pool, signal, abort, isGood }: InsideOptions,
): Promise<void> => {
  for (const component of Object.keys(archive.manifest.components)) {
    const contents = archive.contents(component);
    if (![...archive.segments(component), ...contents].some((member) => chosen.has(member))) continue;
    const segments = expectedSegments({ archive, component, identity, pool, signal });
    await eachAtOnce(segments, pool.size + 1, async ({ member, expected }) => {
      signal?.throwIfAborted();
      if (!chosen.has(member)) return;
      await verifyFrame(archive, member);
      const segment = await sealedSegment(archive, member, identity);
      await pool.run('verify-segment', { segment, expected, abort }, transferOf(segment));
      isGood(member);
    });
    for (const member of contents) {
      if (!chosen.has(member)) continue;
      await verifyFrame(archive, member);
      isGood(member);
    }
  }
};
