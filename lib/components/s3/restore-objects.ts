/** Restores a component's objects, under their own names or another prefix, in this bucket or another. */
import * as z from 'zod';
import { iterateTree } from '../../archive/extract/contents/tree-contents.ts';
import { extractEntries } from '../../archive/extract/extract-entries.ts';
import { PlanList } from '../../archive/extract/plan/plan-list.ts';
import type { ContentsEntry } from '../../archive/format.ts';
import type { S3Settings } from '../../model/components/s3.ts';
import type { ComponentPlan } from '../../model/records/restore.ts';
import type { BucketStore, ObjectAttributes } from '../../ports/sources/bucket-store.ts';
import type { RestoreResult, RestoreTask } from '../component-kind.ts';
import { startOfPart } from '../part-start.ts';
import { archivedEntry } from './archived-entry.ts';
import { parseAttributesFile, parseAttributesPath } from './object-attributes.ts';
import { compareKeys } from './object-path.ts';
import { ObjectWriter, parseTarget, unfitKey, wholeContent } from './object-writer.ts';

/** Why an object cannot have that key; undefined when it can. */
const unfitFor = (key: string, { changed }: ContentsEntry): string | undefined =>
  changed === true ? 'was not read to its end when it was backed up' : unfitKey(key);

/** Both lists are sorted by key, so one pass over each finds what exists already. */
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
    const { key: name } = archivedEntry(entry);
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

const cursorSchema = z.object({
  /** How many entries of the component, or of the task's part of it, are done. */
  entries: z.number(),
  /** The attributes file for the objects that come next. */
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
  const { part, before, lead = from.attributes } = await startOfPart(task, from.entries, isAttributes);
  let described: { path: string; attributes: Map<string, ObjectAttributes> } | undefined;
  let seen = 0;
  const wanted = ({ path }: { path: string }): boolean => seen++ >= before || path === lead;
  try {
    for await (const extracted of extractEntries({ ...task, part, wanted })) {
      const entries = from.entries + seen - 1 - before;
      if (entries > from.entries && task.checkpointDue()) {
        const cursor = { entries, ...(described !== undefined && { attributes: described.path }) };
        if (await writer.stopsAt(cursor)) return { done: false, ...writer.restored };
      }
      const { path } = extracted.entry;
      const { key: name } = archivedEntry(extracted.entry);
      const unfit = name === undefined ? undefined : unfitFor(prefix + name, extracted.entry);
      if (name === undefined)
        described = { path, attributes: parseAttributesFile(await wholeContent(extracted)) };
      else if (unfit !== undefined) writer.skip(prefix + name, unfit);
      else await writer.add(name, extracted, described?.attributes.get(name));
    }
  } finally {
    await writer.settled();
  }
  await writer.end();
  return { done: true, ...writer.restored, ...(part !== undefined && { taken: writer.taken }) };
};

const isAttributes = ({ path }: ContentsEntry): boolean => parseAttributesPath(path) !== undefined;
