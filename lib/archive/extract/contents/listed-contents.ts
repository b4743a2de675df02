/** Contents of a tree, opened and parsed on the pool's threads, so that the main thread only decides. */
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
  /** Whether the hashes of contents are wanted. @default false */
  readonly withHashes?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Yields what each contents member lists, in order, and opens some of them ahead. */
export async function* listedContents(
  options: ListOptions,
): AsyncGenerator<ListContentsOutput, void, undefined> {
  const { archive, component, pool, signal } = options;
  using flag = abortFlagOf(signal);
  const ahead: Promise<ListContentsOutput>[] = [];
  const start = (member: PlacedMember): void => {
    const listed = list(options, member, flag.abort);
    // Marks the rejection as handled: it may come before its turn, when it is awaited.
    listed.catch(() => {});
    ahead.push(listed);
  };
  const members = [...archive.contents(component)];
  // One more than there are threads: it is read while all threads work.
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
