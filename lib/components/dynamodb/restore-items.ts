/** Writes a component's items into a table, which is made first if it does not exist. */

import * as z from 'zod';
import { iterateTree } from '../../archive/extract/contents/tree-contents.ts';
import { extractEntries } from '../../archive/extract/extract-entries.ts';
import type { Skipped } from '../../archive/format.ts';
import { NAMED_SKIPPED } from '../../archive/manifest-bounds.ts';
import { mapInOrder } from '../../archive/map-in-order.ts';
import { ownValue } from '../../archive/own-value.ts';
import type { DynamodbSettings } from '../../model/components/dynamodb.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ComponentPlan } from '../../model/records/restore.ts';
import {
  type ItemLine,
  type RefusedItem,
  type TableSchema,
  type TableStore,
  tableSchema,
} from '../../ports/sources/table-store.ts';
import type { Restored, RestoreResult, RestoreTask, SharedRestore, Taken } from '../component-kind.ts';
import { logLeftOut } from '../left-out.ts';
import { startOfPart } from '../part-start.ts';
import { requireChunk } from './item-chunks.ts';

/** Most items in one request. */
const BATCH_ITEMS = 25;
const BATCHES_AT_ONCE = 8;

/** The table as the archive describes it. @throws HoldfastError `component_failed` */
const archivedSchema = ({ archive, component }: RestoreTask<DynamodbSettings>): TableSchema => {
  const parsed = tableSchema.safeParse(ownValue(archive.manifest.components, component)?.details.schema);
  if (parsed.success) return parsed.data;
  throw new HoldfastError(
    'component_failed',
    `the archive does not describe the table of ${component}; create the table yourself and restore into it`,
  );
};

const keyText = ({ key, attributes }: TableSchema): string =>
  key
    .map(({ name, type }) => `${name} ${attributes.find((one) => one.name === name)?.type} ${type}`)
    .join(', ');

/**
 * The plan has one entry, the table: its items are read only when they are written.
 *
 * @throws `archive_entry_refused` when the archive holds anything other than files of items
 */
export const planItems = async (
  task: RestoreTask<DynamodbSettings>,
  store: TableStore,
): Promise<ComponentPlan> => {
  const { archive, identity, component, target, existing, signal } = task;
  const schema = archivedSchema(task);
  for await (const { listed } of iterateTree(archive, identity, component)) {
    signal.throwIfAborted();
    requireChunk(listed);
  }
  const found = await store.describe(target);
  const decide = (): { action: 'create' | 'overwrite' | 'skip' | 'refuse'; reason?: string } => {
    if (found === undefined) return { action: 'create' };
    if (keyText(found.schema) !== keyText(schema))
      return {
        action: 'refuse',
        reason: `its key is ${keyText(found.schema)}, and the key of the archived table is ${keyText(schema)}`,
      };
    return existing === 'refuse' ? { action: 'refuse', reason: 'exists already' } : { action: existing };
  };
  const decided = decide();
  const counts = { create: 0, overwrite: 0, skip: 0, refuse: 0 };
  counts[decided.action] = 1;
  return { target, counts, entries: [{ path: target, ...decided }] };
};

const cursorSchema = z.object({
  /** How many entries of the component, or of the task's part of it, earlier calls have written. */
  entries: z.number(),
  /** Whether this restore makes the table: recorded before it does, so that a later call continues to make it. */
  makes: z.boolean().default(false),
  /** Items that the table holds now, and items that it refused, in all calls, and why the first one was. */
  written: z.number().default(0),
  refused: z.number().default(0),
  reason: z.string().default(''),
});
type Cursor = z.infer<typeof cursorSchema>;

export const restoreItems = async (
  task: RestoreTask<DynamodbSettings>,
  store: TableStore,
): Promise<RestoreResult> => {
  const { target, signal } = task;
  const from: Cursor = cursorSchema.parse(task.cursor ?? { entries: 0 });
  const done = new RestoredItems(task);
  const alone = task.part === undefined;
  if (alone && task.cursor === null && (await store.describe(target)) === undefined) {
    from.makes = true;
    if ((await task.checkpoint(done.restored, { ...from })) === 'stop')
      return { done: false, ...done.restored };
  }
  if (from.makes) await store.create(target, archivedSchema(task), signal);
  else await store.ready(target, signal);
  if (!(await writeItems(task, store, from, done))) return { done: false, ...done.restored };
  if (from.makes)
    for (const reason of await store.finish(target, archivedSchema(task), signal))
      done.skip({ path: target, reason });
  const { written: accepted, refused, reason } = done.sums(from);
  const taken = { accepted, refused, reason };
  if (alone && refused > 0 && accepted === 0)
    throw new HoldfastError('component_failed', tookNone(target, taken));
  return { done: true, ...done.restored, ...(!alone && { taken }) };
};

export const tookNone = (target: string, { refused, reason }: Taken): string =>
  `the table ${target} accepts none of the ${refused} items; the first one ${reason}`;

/** False: a checkpoint said `stop`. */
const writeItems = async (
  task: RestoreTask<DynamodbSettings>,
  store: TableStore,
  from: Cursor,
  done: RestoredItems,
): Promise<boolean> => {
  const { target, existing, signal } = task;
  const { part, before } = await startOfPart(task, from.entries);
  let seen = 0;
  const wanted = (): boolean => seen++ >= before;
  for await (const { entry, content } of extractEntries({ ...task, part, wanted })) {
    const entries = from.entries + seen - 1 - before;
    if (entries > from.entries && task.checkpointDue()) {
      const cursor = { ...from, entries, ...done.sums(from) };
      if ((await task.checkpoint(done.restored, cursor)) === 'stop') return false;
    }
    requireChunk(entry);
    const text = Buffer.concat(await Array.fromAsync(content)).toString('utf8');
    await mapInOrder(batchesOf(text.split('\n')), BATCHES_AT_ONCE, async (batch) => {
      const outcome = await store.write(target, batch, { overwrite: existing === 'overwrite', signal });
      done.wrote(batch.length, outcome);
    });
    done.entry(entry.size);
    task.progress(done.restored);
  }
  return true;
};

/** An item takes eight times as long to write as the same bytes of a large object do. */
export const EFFORT = { bytesPerEntry: 0, bytesPerByte: 8 } as const;

const makerSchema = z.object({ makes: z.boolean() });

/** For a table that several tasks write to: it is made before the first of them, if it does not exist. */
export const sharedTable = (store: TableStore): SharedRestore<DynamodbSettings> => ({
  effort: EFFORT,
  prepare: async (task) => {
    const { target, signal } = task;
    let makes = makerSchema.safeParse(task.cursor).data?.makes;
    if (makes === undefined) {
      makes = (await store.describe(target)) === undefined;
      // Recorded first, so that another call continues to make it.
      await task.checkpoint(new RestoredItems(task).restored, { makes });
    }
    if (makes) await store.create(target, archivedSchema(task), signal);
    else await store.ready(target, signal);
  },
  finish: async (task) =>
    makerSchema.safeParse(task.cursor).data?.makes === true
      ? store.finish(task.target, archivedSchema(task), task.signal)
      : [],
  tookNone,
});

/** What one call has written, kept and left out. */
class RestoredItems {
  readonly #task: RestoreTask<DynamodbSettings>;
  readonly #log: (skipped: Skipped) => void;
  readonly #skipped: Skipped[] = [];
  #bytes = 0;
  #entries = 0;
  #written = 0;
  #refused = 0;
  #kept = 0;
  #unset = 0;
  /** Why the first item was refused. */
  #reason = '';

  constructor(task: RestoreTask<DynamodbSettings>) {
    this.#task = task;
    this.#log = logLeftOut(task.log);
  }

  get restored(): Restored {
    const { target, existing } = this.#task;
    const notWanted = existing === 'refuse' ? this.#kept : 0;
    const kept = notWanted === 0 ? [] : [{ path: target, reason: `${notWanted} items already existed` }];
    return {
      bytes: this.#bytes,
      entries: this.#entries,
      kept: this.#kept,
      skipped: [...kept, ...this.#skipped].slice(0, NAMED_SKIPPED),
      skippedCount: notWanted + this.#refused + this.#unset,
    };
  }

  sums({ written, refused, reason }: Cursor): Pick<Cursor, 'written' | 'refused' | 'reason'> {
    return {
      written: written + this.#written,
      refused: refused + this.#refused,
      reason: reason || this.#reason,
    };
  }

  skip(skipped: Skipped): void {
    this.#unset += 1;
    this.#name(skipped);
  }

  wrote(items: number, { kept, refused }: { kept: number; refused: readonly RefusedItem[] }): void {
    this.#written += items - refused.length;
    this.#kept += kept;
    this.#refused += refused.length;
    this.#reason ||= refused[0]?.reason ?? '';
    for (const { key, reason } of refused) this.#name({ path: key, reason });
  }

  entry(bytes: number): void {
    this.#entries += 1;
    this.#bytes += bytes;
  }

  #name(skipped: Skipped): void {
    this.#log(skipped);
    if (this.#skipped.length < NAMED_SKIPPED) this.#skipped.push(skipped);
  }
}

const batchesOf = (lines: readonly ItemLine[]): ItemLine[][] => {
  const items = lines.filter(Boolean);
  return Array.from({ length: Math.ceil(items.length / BATCH_ITEMS) }, (_, n) =>
    items.slice(n * BATCH_ITEMS, (n + 1) * BATCH_ITEMS),
  );
};
