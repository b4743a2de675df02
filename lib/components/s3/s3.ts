/** The kind `s3`: a bucket, or what is below a prefix in it. */

import { NAMED_SKIPPED } from '../../archive/manifest-bounds.ts';
import { type S3Settings, s3SettingsSchema } from '../../model/components/s3.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { BucketStore } from '../../ports/sources/bucket-store.ts';
import type { ComponentKind, Task } from '../component-kind.ts';
import { plainDetails } from '../details.ts';
import { logLines } from '../left-out.ts';
import { cleanUpTree, isFolder, planTree, requireFolder, restoreTree } from '../restore-tree.ts';
import { folderIdentity } from '../target-identity.ts';
import { captureObjects, NOTHING_THERE } from './capture-objects.ts';
import { folderNames } from './folder-names.ts';
import { type Tally, tallySchema } from './object-sink.ts';
import { parseTarget, tookNone } from './object-writer.ts';
import { BYTES_PER_KEY, planShards } from './plan-shards.ts';
import { planObjects, restoreObjects } from './restore-objects.ts';

/** @throws `component_unavailable` on a host that has no buckets. */
const storeOf = ({ buckets, settings }: Task<S3Settings>): BucketStore => {
  if (buckets !== undefined) return buckets;
  throw new HoldfastError(
    'component_unavailable',
    `component "${settings.id}" is an S3 bucket, which only an installation on AWS can read; take it out of this configuration, or deploy Holdfast on AWS`,
  );
};

const UNCONFIGURED = 'unconfigured';
/** Details of a shard of which no object could be read. */
const UNREAD = 'unread/';

const noneRead = (bucket: string, { leftOut, reason }: Tally): string =>
  `none of the ${leftOut} objects of bucket ${bucket} could be read; the first one ${reason}`;

export const s3: ComponentKind<S3Settings> = {
  kind: 's3',
  content: { layout: 'tar' },

  details: plainDetails,

  target: ({ bucket, prefix }) => `s3://${bucket}/${prefix}`,

  checkTarget: (target) => {
    if (!isFolder(target)) parseTarget(target);
  },

  identify: ({ target }) =>
    isFolder(target) ? folderIdentity(target) : { of: 'bucket', ...parseTarget(target) },

  // Settings say what is captured; they do not apply to a folder that objects are restored into.
  settingsFromTarget: (id, target) =>
    s3SettingsSchema.parse({
      id,
      kind: 's3',
      ...(isFolder(target) ? { bucket: UNCONFIGURED } : parseTarget(target)),
    }),

  check: async (task) => {
    await storeOf(task).describe(task.settings.bucket);
  },

  plan: async (task) => {
    const { bucket, prefix } = task.settings;
    const planned = await planShards((range) => storeOf(task).listPages(bucket, { prefix, ...range }), {
      ...task,
      prefix,
    });
    if ('cursor' in planned) return planned;
    const { shards, bytes } = planned;
    const last = Math.max(...shards.map(({ shard }) => shard));
    return {
      shards: shards.map(({ shard, ...work }) => ({ shard, shards: last + 1, work })),
      expectedBytes: bytes,
    };
  },

  capture: async (task) => {
    const store = storeOf(task);
    const { bucket, prefix } = task.settings;
    const { versioned } = await store.describe(bucket);
    const { done, tally } = await captureObjects(task, store);
    const { shard, shards } = task.shard;
    const unread = done && tally.entries === 0 && tally.leftOut > 0 && tally.reason !== NOTHING_THERE;
    if (unread && shards === 1) throw new HoldfastError('component_failed', noneRead(bucket, tally));
    return {
      done,
      details: {
        ...{ bucket, prefix, versioned },
        ...(shards > 1 && { ranges: shards }),
        ...(unread && { [`${UNREAD}${shard}`]: { ...tally } }),
      },
    };
  },

  shortcoming: ({ entries, details }) => {
    if (entries > 0) return undefined;
    const tallies = Object.entries(details).flatMap(([name, detail]) =>
      name.startsWith(UNREAD) ? [tallySchema.parse(detail)] : [],
    );
    const [first] = tallies;
    if (first === undefined)
      return Number(details.ranges ?? 1) > 1
        ? `none of the objects that bucket ${String(details.bucket)} had when this backup was planned still exists: check that the bucket and the prefix are the right ones`
        : undefined;
    const leftOut = tallies.reduce((sum, one) => sum + one.leftOut, 0);
    return noneRead(String(details.bucket), { ...first, leftOut });
  },

  planRestore: async (task) => {
    if (task.buckets !== undefined) return planObjects(task, task.buckets);
    const tree = requireFolder(task, 'a bucket');
    return planTree(tree, (await folderNames(tree)).names);
  },

  restore: async (task) => {
    if (task.buckets !== undefined) return restoreObjects(task, task.buckets);
    const tree = requireFolder(task, 'a bucket');
    const { names, incomplete } = await folderNames(tree);
    const log = logLines(task.log);
    for (const [path, name] of names) log('written under another name', { path, name });
    const result = await restoreTree(tree, names);
    const named = incomplete.map((path) => ({
      path,
      reason: `was not read to its end when it was backed up: the part that was read is ${names.get(path)}`,
    }));
    return {
      ...result,
      skipped: [...result.skipped, ...named].slice(0, NAMED_SKIPPED),
      skippedCount: result.skippedCount + named.length,
    };
  },

  sharedRestore: ({ buckets }) =>
    buckets && { effort: { bytesPerEntry: BYTES_PER_KEY, bytesPerByte: 1 }, tookNone },

  /** Objects appear whole or not at all, so a restore can leave something only beside a folder. */
  cleanUp: async (task) => (isFolder(task.target) ? cleanUpTree(task) : undefined),
};
