import { contentsMemberOf, type ReadContents } from '../../reader/contents-pages.ts';
import type { SegmentPool } from '../../threads/segment-pool.ts';
import { sealedSegment, transferOf } from '../sealed-segment.ts';

/** Contents members, opened and parsed on a pool's threads. @throws as `sealedSegment`, and what the worker throws */
export const readContentsOn =
  (pool: SegmentPool): ReadContents =>
  async (archive, member, identity, range) => {
    const sealed = await sealedSegment(archive, member, identity);
    const input = { member: sealed, contents: contentsMemberOf(member), range };
    return (await pool.run('read-contents', input, transferOf(sealed))).entries;
  };
