/** Puts a component's objects back, under their own names or another prefix, in this bucket or another. */
import * as z from 'zod';
import { extractEntries } from '../../archive/extract/extract-entries.ts';
import { PlanList } from '../../archive/extract/plan-list.ts';
import { iterateTree } from '../../archive/extract/tree-contents.ts';
import type { ContentsEntry } from '../../archive/format.ts';
import type { S3Settings } from '../../model/config.ts';
import type { ComponentPlan } from '../../model/records/restore.ts';
import { textRecord } from '../../model/text-record.ts';
import type { BucketStore, ObjectAttributes } from '../../ports/bucket-store.ts';
import type { RestoreResult, RestoreTask } from '../component-kind.ts';
import { parseAttributesFile, parseAttributesPath } from './object-attributes.ts';
import { compareKeys, keyOfPath } from './object-path.ts';
import { ObjectWriter, parseTarget, unfitKey, wholeContent } from './object-writer.ts';

/** Why an object cannot be put under that key; undefined for one that can. */
const unfitFor = (key: string, { changed }: ContentsEntry): string | undefined =>
  changed === true ? 'was not read to its end when it was backed up' : unfitKey(key);

/** Both lists go by key, so one pass over each tells what is there already. */
export const planObjects = async (
  task: RestoreTask<S3Settings>,
  store: BucketStore,
): Promise<ComponentPlan> => {
  const { archive, identity, component, existing, target, signal } = task;
  const { bucket, prefix } = parseTarget(target);
  const plan = new PlanList();
  const there = store.list(bucket, { prefix })[Symbol.asyncIterator]();
  let next = await there.next();
  for await (const { listed: entry } of iterateTree(archive, identity, component)) {
    signal.throwIfAborted();
    const name = keyOfPath(entry.path);
    if (name === undefined) continue;
    const key = prefix + name;
    const unfit = unfitFor(key, entry);
    while (next.done !== true && compareKeys(next.value.key, key) < 0) next = await there.next();
    const taken = next.done !== true && next.value.key === key;
    if (unfit !== undefined) plan.addLeftOut(key, unfit);
    else if (!taken) plan.add(key, 'create');
    else plan.add(key, existing, existing === 'refuse' ? 'exists already' : undefined);
  }
  await there.return?.();
  return { target, counts: plan.counts, entries: plan.entries };
};

const bare: ObjectAttributes = { metadata: textRecord(), tags: textRecord() };

const cursorSchema = z.object({
  /** How many of the component's entries are done. */
  entries: z.number(),
  /** The attributes file that speaks of what comes next. */
  attributes: z.string().optional(),
});
type Cursor = z.infer<typeof cursorSchema>;

export const restoreObjects = async (
  task: RestoreTask<S3Settings>,
  store: BucketStore,
): Promise<RestoreResult> => {
  const from: Cursor = task.cursor === null ? { entries: 0 } : cursorSchema.parse(task.cursor);
  const writer = new ObjectWriter(task, store);
  const { prefix } = parseTarget(task.target);
  let described: { path: string; attributes: Map<string, ObjectAttributes> } | undefined;
  let seen = 0;
  const wanted = ({ path }: { path: string }): boolean => seen++ >= from.entries || path === from.attributes;
  try {
    for await (const extracted of extractEntries({ ...task, wanted })) {
      const entries = seen - 1;
      if (entries > from.entries && task.checkpointDue()) {
        const cursor = { entries, ...(described !== undefined && { attributes: described.path }) };
        if (await writer.stopsAt(cursor)) return { done: false, ...writer.restored };
      }
      const { path } = extracted.entry;
      const name = keyOfPath(path);
      const unfit = name === undefined ? undefined : unfitFor(prefix + name, extracted.entry);
      if (parseAttributesPath(path) !== undefined)
        described = { path, attributes: parseAttributesFile(await wholeContent(extracted)) };
      else if (unfit !== undefined) writer.skip(prefix + name, unfit);
      else if (name !== undefined) await writer.add(name, extracted, described?.attributes.get(name) ?? bare);
    }
  } finally {
    await writer.settled();
  }
  await writer.end();
  return { done: true, ...writer.restored };
};
