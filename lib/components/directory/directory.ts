/** The kind `directory`: a tree of files on this machine. */
import { statSync } from 'node:fs';
import { access, constants, realpath } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { captureTree } from '../../archive/capture/capture-tree.ts';
import { folderAround, wayTo } from '../../archive/destination/folder-identity.ts';
import { MAX_NAME_BYTES } from '../../archive/extract/plan/restorable.ts';
import { unreadableDetails } from '../../archive/reader/unreadable.ts';
import { shortened } from '../../archive/shown-text.ts';
import { byteStringOf } from '../../archive/tar/byte-string.ts';
import { type DirectorySettings, directorySettingsSchema } from '../../model/components/directory.ts';
import { withinOwnData } from '../../model/config/own-archives.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { OwnData } from '../../ports/own-data.ts';
import type { BucketStore } from '../../ports/sources/bucket-store.ts';
import { captureOptions } from '../capture-options.ts';
import type { ComponentKind, RestoreTask } from '../component-kind.ts';
import { plainDetails } from '../details.ts';
import { cleanUpTree, planTree, restoreTree } from '../restore-tree.ts';
import { parseTarget } from '../s3/object-writer.ts';
import { folderIdentity } from '../target-identity.ts';
import { AttributeCounter } from './extended-attributes.ts';
import { planAsObjects, restoreAsObjects } from './restore-as-objects.ts';
import { isAtOrBefore, walk } from './walk.ts';
import { attributeWarnings, doubtsOf, refuseUnread, warningsOf } from './walk-report.ts';

/** Most unreadable large files; the manifest names each of them. */
const MOST_UNREADABLE = 1_000;

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

/** @throws `component_unavailable` */
const requireDirectory = async (path: string, own: OwnData): Promise<void> => {
  try {
    await access(path, constants.R_OK | constants.X_OK);
  } catch (error) {
    throw unavailable(path, systemReason(error), error);
  }
  if (!statSync(path).isDirectory()) throw unavailable(path, 'is not a directory');
  const around = folderAround(wayTo(path), own.paths);
  if (around !== undefined) throw new HoldfastError('component_unavailable', withinOwnData(path, around));
};

const isBucket = (target: string): boolean => target.startsWith('s3://');

/** A relative folder would depend on where the server runs. */
const checkTarget = (target: string): void => {
  if (isBucket(target)) {
    parseTarget(target);
    return;
  }
  const shown = JSON.stringify(shortened(target, 300));
  if (!isAbsolute(target) || target.includes('\0'))
    throw new HoldfastError(
      'invalid_request',
      `${shown} is not a folder to restore to: give its absolute path, such as /srv/restored`,
    );
  if (target.split('/').some((name) => Buffer.byteLength(name) > MAX_NAME_BYTES))
    throw new HoldfastError(
      'invalid_request',
      `${shown} is not a folder to restore to: a name in a file system has at most ${MAX_NAME_BYTES} bytes`,
    );
};

/** @throws HoldfastError `invalid_request` on a host that has no buckets. */
const bucketsOf = ({ buckets, target, component }: RestoreTask<DirectorySettings>): BucketStore => {
  if (buckets !== undefined) return buckets;
  throw new HoldfastError(
    'invalid_request',
    `"${target}" is a bucket, which only an installation on AWS can write to; here, name a folder: --to ${component}=/PATH`,
  );
};

export const directory: ComponentKind<DirectorySettings> = {
  kind: 'directory',
  content: { layout: 'tar' },

  details: plainDetails,

  target: ({ path }) => path,

  checkTarget,

  identify: ({ target }) =>
    isBucket(target) ? { of: 'bucket', ...parseTarget(target) } : folderIdentity(target),

  settingsFromTarget: (id, target) => {
    checkTarget(target);
    return directorySettingsSchema.parse({ id, kind: 'directory', path: target });
  },

  check: ({ settings, own }) => requireDirectory(settings.path, own),

  plan: async ({ settings, own }) => {
    await requireDirectory(settings.path, own);
    return { shards: [{ shard: 0, shards: 1, work: null }], expectedBytes: null };
  },

  capture: async (task) => {
    const { settings } = task;
    await requireDirectory(settings.path, task.own);
    const path = await realpath(settings.path);
    const root = byteStringOf(path);
    const items = walk(root, { ...settings, own: task.own.paths });
    using attributes = settings.extendedAttributes === 'count' ? new AttributeCounter(path) : undefined;
    const {
      done,
      unread,
      unreadable = [],
    } = await captureTree({
      ...captureOptions(task),
      cursor: task.cursor,
      root,
      items: attributes?.watch(items) ?? items,
      isAtOrBefore,
    });
    if (unreadable.length > MOST_UNREADABLE) {
      throw new HoldfastError(
        'component_failed',
        `more than ${MOST_UNREADABLE} large files of ${settings.path} could not be read to their ends: its disk is failing; rescue the data first, then back it up`,
      );
    }
    const details = unreadableDetails(unreadable);
    if (!done) return { done, details };
    refuseUnread(settings.path, unread);
    const { report } = items;
    const doubts = await doubtsOf(task, report);
    const lost = await attributes?.end();
    if (attributes !== undefined && lost === undefined)
      task.log.info('extended attributes are not counted: getfattr is not installed (package attr)');
    return { done, details, warnings: [...warningsOf(report), ...attributeWarnings(lost)], doubts };
  },

  planRestore: (task) => (isBucket(task.target) ? planAsObjects(task, bucketsOf(task)) : planTree(task)),

  restore: (task) => (isBucket(task.target) ? restoreAsObjects(task, bucketsOf(task)) : restoreTree(task)),

  /** Objects appear whole or not at all, so a restore can leave something only beside a folder. */
  cleanUp: async (task) => (isBucket(task.target) ? undefined : cleanUpTree(task)),
};
