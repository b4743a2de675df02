/** Writes a component's items into a table, which is made first when it is not there. */

import * as z from 'zod';
import { extractEntries } from '../../archive/extract/extract-entries.ts';
import { mapInOrder } from '../../archive/map-in-order.ts';
import { ownValue } from '../../archive/own-value.ts';
import type { DynamodbSettings } from '../../model/config.ts';
import { HoldfastError } from '../../model/errors.ts';
import type { ComponentPlan } from '../../model/records/restore.ts';
import { type ItemLine, type TableSchema, type TableStore, tableSchema } from '../../ports/table-store.ts';
import type { Restored, RestoreResult, RestoreTask } from '../component-kind.ts';
import { chunkNumber } from './item-chunks.ts';

/** What one request takes. */
const BATCH_ITEMS = 25;
const BATCHES_AT_ONCE = 8;

/** The table as the archive describes it. @throws HoldfastError `component_failed` */
const archivedSchema = ({ archive, component }: RestoreTask<DynamodbSettings>): TableSchema => {
  const parsed = tableSchema.safeParse(ownValue(archive.manifest.components, component)?.details.schema);
  if (parsed.success) return parsed.data;
  throw new HoldfastError(
    'component_failed',
    `the archive does not say what table ${component} was; make the table yourself and restore into it`,
  );
};

const keyText = ({ key, attributes }: TableSchema): string =>
  key
    .map(({ name, type }) => `${name} ${attributes.find((one) => one.name === name)?.type} ${type}`)
    .join(', ');

/** The unit of the plan is the table: its items are seen only when they are written. */
export const planItems = async (
  task: RestoreTask<DynamodbSettings>,
  store: TableStore,
): Promise<ComponentPlan> => {
  const { target, existing } = task;
  const schema = archivedSchema(task);
  const found = await store.describe(target);
  const decide = (): { action: 'create' | 'overwrite' | 'skip' | 'refuse'; reason?: string } => {
    if (found === undefined) return { action: 'create' };
    if (keyText(found.schema) !== keyText(schema))
      return {
        action: 'refuse',
        reason: `its key is ${keyText(found.schema)}, and the archived table's is ${keyText(schema)}`,
      };
    return existing === 'refuse' ? { action: 'refuse', reason: 'exists already' } : { action: existing };
  };
  const decided = decide();
  const counts = { create: 0, overwrite: 0, skip: 0, refuse: 0 };
  counts[decided.action] = 1;
  return { target, counts, entries: [{ path: target, ...decided }] };
};

export const restoreItems = async (
  task: RestoreTask<DynamodbSettings>,
  store: TableStore,
): Promise<RestoreResult> => {
  const { target, existing, signal } = task;
  const from = entriesBefore(task.cursor);
  if ((await store.describe(target)) === undefined) await store.create(target, archivedSchema(task));
  let [bytes, entries, kept] = [0, 0, 0];
  const restored = (): Restored => {
    const refused = existing === 'refuse' ? kept : 0;
    const skipped = refused === 0 ? [] : [{ path: target, reason: `${refused} items were there already` }];
    return { bytes, entries, skipped, skippedCount: refused };
  };
  let seen = 0;
  const wanted = (): boolean => seen++ >= from;
  for await (const { entry, content } of extractEntries({ ...task, wanted })) {
    const before = seen - 1;
    if (before > from && task.checkpointDue()) {
      if ((await task.checkpoint(restored(), { entries: before })) === 'stop')
        return { done: false, ...restored() };
    }
    if (chunkNumber(entry.path) === undefined) continue;
    const text = Buffer.concat(await Array.fromAsync(content)).toString('utf8');
    const written = await mapInOrder(batchesOf(text.split('\n')), BATCHES_AT_ONCE, (batch) =>
      store.write(target, batch, { overwrite: existing === 'overwrite', signal }),
    );
    kept += written.reduce((sum, one) => sum + one.kept, 0);
    bytes += entry.size;
    entries += 1;
    task.progress({ bytes, entries });
  }
  return { done: true, ...restored() };
};

const cursorSchema = z.object({ entries: z.number() });
/** How many of the component's entries earlier calls have written. */
const entriesBefore = (cursor: unknown): number => (cursor === null ? 0 : cursorSchema.parse(cursor).entries);

const batchesOf = (lines: readonly ItemLine[]): ItemLine[][] => {
  const items = lines.filter(Boolean);
  return Array.from({ length: Math.ceil(items.length / BATCH_ITEMS) }, (_, n) =>
    items.slice(n * BATCH_ITEMS, (n + 1) * BATCH_ITEMS),
  );
};
