/** The kind `directory`: a tree of files on this machine. */
import { statSync } from 'node:fs';
import { access, constants, realpath } from 'node:fs/promises';
import { captureTree } from '../../archive/capture/capture-tree.ts';
import { extractTar, planExtractTar } from '../../archive/extract/extract-tar.ts';
import { cleanUpExtraction } from '../../archive/extract/extraction-staging.ts';
import { TargetConflict } from '../../archive/extract/target-folder.ts';
import { byteStringOf } from '../../archive/tar/byte-string.ts';
import type { DirectorySettings } from '../../model/config.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ComponentKind, RestoreTask } from '../component-kind.ts';
import { isAtOrBefore, walk } from './walk.ts';

const unavailable = (path: string, why: string, cause?: unknown): HoldfastError =>
  new HoldfastError(
    'component_unavailable',
    `the directory ${path} ${why}; check the component's path and who may read it`,
    { cause },
  );

const systemReason = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read';
  return 'cannot be read';
};

/** Throws `component_unavailable`. */
const requireDirectory = async (path: string): Promise<void> => {
  try {
    await access(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw unavailable(path, systemReason(error), error);
  }
  if (!statSync(path).isDirectory()) throw unavailable(path, 'is not a directory');
};

/** What stands in the way of a restore is the caller's to remove. */
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

const extraction = (task: RestoreTask<DirectorySettings>) => ({
  archive: task.archive,
  component: task.component,
  identity: task.identity,
  pool: task.pool,
  target: task.target,
  existing: task.existing,
  restoreId: task.restoreId,
  signal: task.signal,
});

export const directory: ComponentKind<DirectorySettings> = {
  kind: 'directory',
  content: { layout: 'tar' },

  target: ({ path }) => path,

  check: ({ settings }) => requireDirectory(settings.path),

  plan: async ({ settings }) => {
    await requireDirectory(settings.path);
    return { shards: [{ shard: 0, shards: 1, work: null }], expectedBytes: null };
  },

  capture: async (task) => {
    const { settings } = task;
    await requireDirectory(settings.path);
    const root = byteStringOf(await realpath(settings.path));
    const { done } = await captureTree({
      root,
      items: walk(root, settings),
      isAtOrBefore,
      component: settings.id,
      recipient: task.recipient,
      segmentBytes: task.segmentBytes,
      level: task.compressionLevel,
      pool: task.pool,
      sink: task.sink,
      signal: task.signal,
      cursor: task.cursor,
    });
    return { done, layout: 'tar', details: {} };
  },

  planRestore: async (task) => {
    const { counts, entries } = await translated(planExtractTar(extraction(task)));
    return { target: task.target, counts: { ...counts }, entries: [...entries] };
  },

  restore: async (task) => {
    const onProgress = (done: { bytes: number; entries: number }): void => task.progress(done);
    return { done: true, ...(await translated(extractTar({ ...extraction(task), onProgress }))) };
  },

  cleanUp: async ({ target, restoreId }) => cleanUpExtraction(target, restoreId),
};
