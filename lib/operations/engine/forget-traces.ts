/** Records that an operation keeps for its own use, and that nobody needs once it has ended. */
import type { Remove } from '../../ports/catalog/catalog.ts';
import { everyRecord } from '../../ports/catalog/every-record.ts';
import { placementOf } from '../../ports/catalog/placement.ts';
import type { KindOfRun } from '../../ports/catalog/records.ts';
import type { Host } from '../../ports/host.ts';
import { commitAll } from '../task/commit-all.ts';
import { isUnended } from '../task/operation-record.ts';

/**
 * The order matters: summaries before checkpoints, since a task that lost its lock without knowing cannot write a
 * checkpoint once its summary is gone; the log last, since it has no such fence.
 */
const kinds: readonly KindOfRun[] = [
  'captureSummary',
  'captureGroup',
  'capturePlan',
  'captureWork',
  'restoreCheckpoint',
  'verifyRange',
  'joining',
  'logChunk',
];

/**
 * Removes what only the run needed: the archive key for its tasks, its checkpoints, its log lines. The note that there
 * was such a run goes last, so that the sweep continues after a crash. May be repeated.
 */
export const forgetTraces = async (host: Host, operationId: string): Promise<void> => {
  await host.catalog.commit([{ remove: 'sealedKey', id: operationId }]);
  for (const kind of kinds) await commitAll(host, await traces(host, kind, operationId));
  await host.catalog.commit([{ remove: 'run', id: operationId }]);
};

const traces = async (host: Host, kind: KindOfRun, operationId: string): Promise<Remove[]> => {
  const found: Remove[] = [];
  for await (const record of everyRecord(host, kind, { group: operationId }))
    found.push({ remove: kind, id: placementOf(kind, record).id });
  return found;
};

/** Forgets the traces of operations whose end was interrupted before it did so. For the sweep. */
export const forgetOrphanedTraces = async (host: Host): Promise<void> => {
  const runs = await Array.fromAsync(everyRecord(host, 'run', {}));
  // Runs are read before the lock: an operation that starts in between is seen as running.
  const { holder } = await host.catalog.lock();
  for (const run of runs)
    if (run.id !== holder?.id && !(await isUnended(host, run))) await forgetTraces(host, run.id);
};
