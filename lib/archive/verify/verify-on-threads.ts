/** Verifies an archive that is a file on this machine: the pool's threads read several members at once. */
import type { PlacedMember } from '../layout/archive-layout.ts';
import { mapInOrder } from '../map-in-order.ts';
import { checkHash, type OpenedArchive } from '../reader/open.ts';
import { newAbortFlag, raise } from '../threads/abort-flag.ts';
import type { SegmentPool } from '../threads/segment-pool.ts';
import { type Reading, verifyFrame } from './reading.ts';

/** Returns the SHA-256 of the file where it is wanted: one thread computes it while the others check the members. */
export const verifyOnThreads = async (
  archive: OpenedArchive,
  members: readonly PlacedMember[],
  { path, pool, wholeFile, signal, isGood, openInside }: Reading & { path: string; pool: SegmentPool },
): Promise<string | undefined> => {
  const abort = newAbortFlag();
  const stop = (): void => raise(abort);
  const hashOf = async (offset: number, bytes: number): Promise<string> =>
    (await pool.run('hash-range', { range: { path, offset, bytes }, abort })).sha256;
  signal?.addEventListener('abort', stop, { once: true });
  const whole = wholeFile ? hashOf(0, archive.archiveBytes) : Promise.resolve(undefined);
  // Marks the rejection as handled: it may come while the members are still checked.
  whole.catch(() => {});
  try {
    await mapInOrder(members, pool.size, async (member) => {
      signal?.throwIfAborted();
      await verifyFrame(archive, member);
      checkHash(member, await hashOf(member.offset, member.size));
      isGood(member);
    });
    await openInside(abort);
    return await whole;
  } catch (error) {
    stop();
    await whole.catch(() => {});
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
};
