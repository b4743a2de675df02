/**
 * Restores a tree's files into a bucket, on a host that has buckets and no such folder: each as an object below a
 * prefix.
 */
import * as z from 'zod';
import { iterateTree } from '../../archive/extract/contents/tree-contents.ts';
import { extractEntries } from '../../archive/extract/extract-entries.ts';
import { PlanList } from '../../archive/extract/plan/plan-list.ts';
import type { ContentsEntry } from '../../archive/format.ts';
import { UNREADABLE_REASON, unreadableOf } from '../../archive/reader/unreadable.ts';
import { type ByteString, nameFromContents } from '../../archive/tar/byte-string.ts';
import type { ComponentPlan } from '../../model/records/restore.ts';
import { type TextRecord, textRecord } from '../../model/text/text-record.ts';
import type { BucketStore } from '../../ports/sources/bucket-store.ts';
import type { RestoreResult, RestoreTask } from '../component-kind.ts';
import { ObjectWriter, parseTarget, unfitKey } from '../s3/object-writer.ts';

/** Why an entry cannot be an object; undefined when it can, and for folders, which the keys below them imply. */
const reasonOf = (
  { type, path, pathBase64 }: ContentsEntry,
  prefix: string,
  unreadable: ReadonlySet<ByteString>,
): string | undefined => {
  if (unreadable.has(nameFromContents(path, pathBase64))) return UNREADABLE_REASON;
  if (type === 'symlink' || type === 'hardlink') return `is a ${type}, which a bucket cannot have`;
  return pathBase64 === undefined
    ? unfitKey(prefix + path)
    : 'has a name that is not UTF-8, and keys of a bucket are UTF-8';
};

/** Reads the existing keys under the prefix first, because a tree's order is not that of a listing. */
export const planAsObjects = async (
  { archive, identity, component, existing, target, signal }: RestoreTask<unknown>,
  store: BucketStore,
): Promise<ComponentPlan> => {
  const { bucket, prefix } = parseTarget(target);
  const there = new Set<string>();
  for await (const { key } of store.list(bucket, { prefix })) there.add(key);
  const unreadable = unreadableOf(archive.manifest, component);
  const plan = new PlanList();
  for await (const { listed: entry } of iterateTree(archive, identity, component)) {
    signal.throwIfAborted();
    if (entry.type === 'directory') continue;
    const path = prefix + entry.path;
    const leftOut = reasonOf(entry, prefix, unreadable);
    const taken = there.has(path);
    if (leftOut !== undefined) plan.addLeftOut(path, leftOut);
    else if (!taken) plan.add(path, 'create');
    else plan.add(path, existing, existing === 'refuse' ? 'exists already' : undefined);
  }
  return { target, counts: plan.counts, entries: plan.entries };
};

const cursorSchema = z.object({ entries: z.number() });

/** Modes and times are kept as metadata; links are left out and named. */
export const restoreAsObjects = async (
  task: RestoreTask<unknown>,
  store: BucketStore,
): Promise<RestoreResult> => {
  const from = task.cursor === null ? 0 : cursorSchema.parse(task.cursor).entries;
  const writer = new ObjectWriter(task, store);
  const { prefix } = parseTarget(task.target);
  const unreadable = unreadableOf(task.archive.manifest, task.component);
  let seen = 0;
  const wanted = (): boolean => seen++ >= from;
  try {
    for await (const extracted of extractEntries({ ...task, wanted })) {
      const entries = seen - 1;
      if (entries > from && task.checkpointDue() && (await writer.stopsAt({ entries })))
        return { done: false, ...writer.restored };
      const { entry } = extracted;
      if (entry.type === 'directory') continue;
      const reason = reasonOf(entry, prefix, unreadable);
      if (reason === undefined)
        await writer.add(entry.path, extracted, { metadata: metadataOf(entry), tags: textRecord() });
      else writer.skip(entry.path, reason);
    }
  } finally {
    await writer.settled();
  }
  await writer.end();
  return { done: true, ...writer.restored };
};

const metadataOf = ({ mode, mtime }: ContentsEntry): TextRecord => {
  const texts: [string, string][] = [];
  if (mode !== undefined) texts.push(['mode', mode.toString(8)]);
  if (mtime !== undefined) texts.push(['mtime', mtime]);
  return textRecord(texts);
};
