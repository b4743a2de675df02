/** Contents of a tree, opened and parsed on the pool's threads: the main thread is handed what is left to decide. */
import type { PlacedMember } from '../../layout/archive-layout.ts';
import type { OpenedArchive } from '../../reader/open.ts';
import { type AbortFlag, abortFlagOf, orReason } from '../../threads/abort-flag.ts';
import type { ListContentsOutput } from '../../threads/extract-jobs.ts';
import type { SegmentPool } from '../../threads/segment-pool.ts';
import { sealedSegment, transferOf } from '../sealed-segment.ts';

export interface ListOptions {
  readonly archive: OpenedArchive;
  readonly component: string;
  /** The archive's private key. */
  readonly identity: string;
  readonly pool: SegmentPool;
  /** Whether the hashes of contents are wanted, too. @default false */
  readonly withHashes?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What each contents member lists, in their order, some of them opened ahead.
 *
 * @throws as `sealedSegment`; what the worker's `listContents` throws; the signal's reason.
 */
export async function* listedContents(
  options: ListOptions,
): AsyncGenerator<ListContentsOutput, void, undefined> {
  const { archive, component, pool, signal } = options;
  using flag = abortFlagOf(signal);
  const ahead: Promise<ListContentsOutput>[] = [];
  const start = (member: PlacedMember): void => {
    const listed = list(options, member, flag.abort);
    // It may fail before its turn comes; it is awaited then.
    listed.catch(() => {});
    ahead.push(listed);
  };
  const members = [...archive.contents(component)];
  // While all threads work, one more is being read.
  for (const member of members.splice(0, pool.size + 1)) start(member);
  for (let listed = ahead.shift(); listed !== undefined; listed = ahead.shift()) {
    signal?.throwIfAborted();
    yield await orReason(listed, signal);
    const next = members.shift();
    if (next !== undefined) start(next);
  }
}

const list = async (
  { archive, component, identity, pool, withHashes = false }: ListOptions,
  placed: PlacedMember,
  abort: AbortFlag,
): Promise<ListContentsOutput> => {
  const member = await sealedSegment(archive, placed, identity);
  const contents = { ...placed, component };
  return pool.run('list-contents', { member, contents, withHashes, abort }, transferOf(member));
};
