/** The one way an operation ends: its last state, the lock's release and the event to tell in one transaction. */
import { shortErrorOf } from '../../model/errors.ts';
import type { Operation, State } from '../../model/records.ts';
import { type Hold, placementOf, type Remove } from '../../ports/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { discardArchive } from '../archives/remove-archive.ts';
import { componentsOf, everyRecord, readCaptured, totalsOf } from '../backup/captured.ts';
import { keepLogFile } from '../backup/log-file.ts';
import { cleanUpRestore } from '../restore/clean-up-restore.ts';
import { endImport } from '../travel/end-import.ts';
import { endReseal } from '../travel/end-reseal.ts';
import { commitEnd, type Finish, isLeftUndone } from './commit-end.ts';
import { recordKindOf } from './operation-record.ts';

export interface Ending {
  state: Exclude<State, 'IN_PROGRESS'>;
  /** Why it failed or was cancelled. */
  error?: unknown;
}

/**
 * Ends the operation that holds the lock. One that failed or was cancelled leaves no archive, no staged bytes and
 * no half-restored files behind. May be repeated after a crash at any line: the transaction happens once, and what
 * stands before and after it does no harm twice.
 *
 * @throws `fence_lost` when the operation no longer holds the lock; then nothing is changed.
 */
export const endOperation = async (host: Host, hold: Hold, ending: Ending): Promise<void> => {
  const operation = await heldOperation(host, hold);
  const found = await host.catalog.get(recordKindOf[operation.kind], operation.id);
  if (found === undefined) {
    // Nothing should take a running operation's record away; if something did, the lock must come free all the same.
    host.log.error(`${operation.kind} has no record any more; its lock is freed`, {
      operationId: operation.id,
    });
    await host.catalog.commit([], { under: hold, release: true });
    return;
  }
  const finish = finishOf(host, found.record.progress.cancelledBy, ending);
  if (operation.kind === 'backup') await endBackup(host, hold, operation, finish);
  else if (operation.kind === 'restore') await endRestore(host, hold, operation, finish);
  else if (operation.kind === 'import') await endImport(host, hold, operation, finish);
  else if (operation.kind === 'reseal') await endReseal(host, hold, operation, finish);
  else await commitEnd(host, hold, operation, 'verification', (record) => ({ ...record, ...finish }));
  host.log[isLeftUndone(finish) ? 'warn' : 'info'](`${operation.kind} ended: ${finish.state}`, {
    operationId: operation.id,
    ...(finish.shortError !== '' && { shortError: finish.shortError }),
  });
  await forgetTraces(host, operation.id);
};

/** Work that somebody asked to end was cancelled, however it then came to its end without being done. */
const finishOf = (host: Host, cancelledBy: string | null, { state, error }: Ending): Finish => {
  const completedAt = timestamp(host.clock);
  if (isLeftUndone({ state }) && cancelledBy !== null)
    return { state: 'CANCELLED', shortError: `cancelled by ${cancelledBy}`, completedAt };
  return { state, shortError: error === undefined ? '' : shortErrorOf(error), completedAt };
};

const endBackup = async (host: Host, hold: Hold, operation: Operation, finish: Finish): Promise<void> => {
  if (isLeftUndone(finish)) await discardArchive(host, operation.id);
  await keepLog(host, operation.id);
  const captured = await readCaptured(host, operation.id);
  await commitEnd(host, hold, operation, 'backup', (record) => {
    const components = componentsOf(record, captured);
    for (const component of Object.values(components))
      if (isLeftUndone(finish) && component.state === 'IN_PROGRESS') component.state = 'FAILED';
    const totals = totalsOf(components);
    const archive = isLeftUndone(finish) ? { archiveBytes: 0, sha256: '' } : {};
    const progress = { ...record.progress, ...totals, updatedAt: finish.completedAt };
    return { ...record, ...finish, ...totals, ...archive, components, progress };
  });
};

/** Before the end is told, so that whoever sees the end finds the log. A log that cannot be written stops nothing. */
const keepLog = async (host: Host, backupId: string): Promise<void> => {
  try {
    await keepLogFile(host, backupId);
  } catch (thrown) {
    host.log.warn(`the log file could not be written: ${shortErrorOf(thrown)}`, { operationId: backupId });
  }
};

const endRestore = async (host: Host, hold: Hold, operation: Operation, finish: Finish): Promise<void> => {
  if (isLeftUndone(finish)) await cleanUpRestore(host, operation.id);
  await commitEnd(host, hold, operation, 'restore', (record) => {
    const components = structuredClone(record.components);
    for (const component of Object.values(components))
      if (isLeftUndone(finish) && component.state === 'IN_PROGRESS') component.state = 'FAILED';
    const componentStatus = Object.fromEntries(
      Object.entries(components).map(([id, { state }]) => [id, state]),
    );
    return { ...record, ...finish, components, componentStatus };
  });
};

const heldOperation = async (host: Host, hold: Hold): Promise<Operation> => {
  // An empty commit under the hold throws the one error there is for a hold that no longer stands.
  await host.catalog.commit([], { under: hold });
  const { holder } = await host.catalog.lock();
  if (holder?.id === hold.operationId) return holder;
  return heldOperation(host, hold);
};

/** Removes what only the run needed: its checkpoints, its log lines, its archive key on the way to tasks. */
export const forgetTraces = async (host: Host, operationId: string): Promise<void> => {
  const ids: Remove[] = [{ remove: 'sealedKey', id: operationId }];
  for (const kind of ['captureGroup', 'captureSummary', 'restoreCheckpoint', 'logChunk'] as const)
    for await (const record of everyRecord(host, kind, { group: operationId }))
      ids.push({ remove: kind, id: placementOf(kind, record).id });
  for (let first = 0; first < ids.length; first += 25)
    await host.catalog.commit(ids.slice(first, first + 25));
};
