/** Joins what becomes a file of the store, in as many calls of a function as the host's time makes of it. */
import { createHash } from 'node:crypto';
import type { JoiningRecord } from '../../model/records/joining.ts';
import { type Hold, put } from '../../ports/catalog/catalog.ts';
import { placementOf } from '../../ports/catalog/placement.ts';
import type { Host } from '../../ports/host.ts';
import type { JoinSteps, Part } from '../../ports/object-store.ts';
import { leaseFrom } from '../task/lock-lease.ts';
import { type TaskContext, watchTime } from '../task/task-context.ts';

export interface Join<T> {
  /** Unique among those of the operation. */
  readonly name: string;
  readonly parts: readonly Part[];
  /** The store's own step: undefined when it is to be called again. */
  readonly join: (steps: JoinSteps) => Promise<T | undefined>;
}

/** The joining as an earlier call has left it. */
export const findJoining = async (
  host: Pick<Host, 'catalog'>,
  { operationId }: Hold,
  name: string,
): Promise<JoiningRecord | undefined> => {
  const { id } = placementOf('joining', { operationId, name, partsSha256: '', cursor: null });
  return (await host.catalog.get('joining', id))?.record;
};

/**
 * One call's share of a joining. Where it is, is kept under the lock: a call that has lost that joins no further. May be
 * repeated after a crash, and after it was done.
 *
 * @returns what the store says of the whole; undefined when there is more to do, in another call
 * @throws `fence_lost`, and what the store throws
 */
export const joinInCalls = async <T>(
  context: TaskContext,
  hold: Hold,
  { name, parts, join }: Join<T>,
): Promise<T | undefined> => {
  const { host, signal } = context;
  const isShort = watchTime(context);
  const partsSha256 = sha256OfParts(parts);
  const before = await findJoining(host, hold, name);
  const made = await join({
    cursor: before?.partsSha256 === partsSha256 ? before.cursor : null,
    keep: (cursor) =>
      host.catalog.commit(
        [put('joining', { ...before, operationId: hold.operationId, name, partsSha256, cursor })],
        { under: hold, leaseUntil: leaseFrom(host.clock) },
      ),
    stopsNext: () => signal.aborted || isShort(),
  });
  if (made === undefined) signal.throwIfAborted();
  return made;
};

/** Tells whether two calls join the same. */
export const sha256OfParts = (parts: readonly Part[]): string => {
  const hash = createHash('sha256');
  for (const part of parts)
    if ('bytes' in part) hash.update(`${part.bytes.byteLength} `).update(part.bytes);
    else hash.update(`${JSON.stringify(part)}\n`);
  return hash.digest('hex');
};
