/**
 * Restores what a component holds as files below a folder: a directory, and on a host without buckets or tables also
 * their objects and items, in the form of the archive.
 */
import { isAbsolute } from 'node:path';
import { cleanUpExtraction } from '../archive/destination/staging.ts';
import { TargetConflict } from '../archive/destination/target-folder.ts';
import { extractTar, planExtractTar } from '../archive/extract/extract-tar.ts';
import { shortened } from '../archive/shown-text.ts';
import { HoldfastError } from '../model/errors.ts';
import type { ComponentPlan } from '../model/records/restore.ts';
import type { RestoreResult, RestoreTask } from './component-kind.ts';

type TreeTask = RestoreTask<unknown>;
/** Files that are written under another path, with that path. */
type Renamed = ReadonlyMap<string, string> | undefined;

/** Makes a conflict a refusal: the caller has to remove what is in the way. */
const translated = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TargetConflict) {
      throw new HoldfastError('restore_refused', error.message, { cause: error });
    }
    throw error;
  }
};

const extraction = (task: TreeTask, renamed: Renamed) => ({
  archive: task.archive,
  component: task.component,
  identity: task.identity,
  pool: task.pool,
  target: task.target,
  existing: task.existing,
  setuid: task.setuid,
  checkHashes: task.checkHashes,
  rootAttributes: task.rootAttributes,
  own: task.own.paths,
  restoreId: stagingId(task.restoreId, task.component),
  renamed,
  signal: task.signal,
});

export const planTree = async (task: TreeTask, renamed?: Renamed): Promise<ComponentPlan> => {
  try {
    const { counts, entries, rights, rootAttributes } = await translated(
      planExtractTar(extraction(task, renamed)),
    );
    return { target: task.target, counts: { ...counts }, entries: [...entries], rights, rootAttributes };
  } catch (error) {
    const words = wordsOf(error);
    if (words === undefined) throw error;
    throw new HoldfastError('restore_refused', `${task.target} cannot be read: ${words}`, {
      cause: error,
    });
  }
};

/** Restores in one call, however long it takes. */
export const restoreTree = async (task: TreeTask, renamed?: Renamed): Promise<RestoreResult> => {
  const onProgress = (done: { bytes: number; entries: number }): void => task.progress(done);
  try {
    const { refusedCount, files, ...outcome } = await translated(
      extractTar({ ...extraction(task, renamed), onProgress }),
    );
    const result = { done: true, ...outcome };
    if (refusedCount === 0 || files > 0) return result;
    const [first] = outcome.skipped;
    const why = first === undefined ? '' : `: ${JSON.stringify(shortened(first.path, 200))} ${first.reason}`;
    const failure = new HoldfastError(
      'component_failed',
      `no file could be restored to ${task.target}${shortened(why, 300)}`,
    );
    return { ...result, failure };
  } catch (error) {
    const words = wordsOf(error);
    if (words === undefined) throw error;
    throw new HoldfastError(
      'component_failed',
      `the file system of ${task.target} refused a change: ${words}; entries that were restored before stay there`,
      { cause: error },
    );
  }
};

/**
 * The system's message, without its code, for a refusal that no plan can foresee; undefined for other errors, and for a
 * full disk.
 */
const wordsOf = (error: unknown): string | undefined => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!(error instanceof Error) || !/^E[A-Z0-9]+$/.test(code) || code === 'ENOSPC' || code === 'EDQUOT')
    return undefined;
  return shortened(error.message.replace(`${code}: `, ''), 300);
};

/** Names the staging folder by restore and component, so that neither removes another's. */
const stagingId = (restoreId: string, component: string): string => `${restoreId}-${component}`;

export const cleanUpTree = async ({
  target,
  restoreId,
  settings: { id },
}: Pick<TreeTask, 'target' | 'restoreId'> & { settings: { id: string } }): Promise<void> => {
  await cleanUpExtraction(target, stagingId(restoreId, id));
  // Version 0.1.0 used this name: it may have crashed in the middle of this very restore.
  await cleanUpExtraction(target, restoreId);
};

export const isFolder = (target: string): boolean => isAbsolute(target);

/**
 * Returns the task when its target is a folder.
 *
 * @throws HoldfastError `invalid_request` otherwise: this host can restore into nothing else.
 */
export const requireFolder = (task: TreeTask, what: string): TreeTask => {
  if (isFolder(task.target)) return task;
  throw new HoldfastError(
    'invalid_request',
    `"${task.target}" is ${what}, which only an installation on AWS can write to; here, name a folder by its absolute path: --to ${task.component}=/PATH`,
  );
};
