/** Captures one part of a table: from an export, or by a parallel scan. */
import * as z from 'zod';
import { captureEntries } from '../../archive/capture/capture-entries.ts';
import type { CapturedGroup } from '../../archive/capture/capture-sink.ts';
import type { CapturedEntry } from '../../archive/capture/captured-entry.ts';
import { ContentLost } from '../../archive/capture/content-lost.ts';
import type { Skipped } from '../../archive/format.ts';
import type { DynamodbSettings } from '../../model/components/dynamodb.ts';
import type { ExportFile, TableStore } from '../../ports/sources/table-store.ts';
import { captureOptions } from '../capture-options.ts';
import type { CaptureTask } from '../component-kind.ts';
import { ComponentSink } from '../component-sink.ts';
import { cursorOfShard, isLastShard } from '../shard-cursor.ts';
import { chunkNumber, chunksOf, type PlacedItem } from './item-chunks.ts';

export const workSchema = z.object({ export: z.object({ id: z.string(), at: z.string() }).optional() });

/** Where a capture goes on: after a key of a scan, or after a line of an export's file. */
const positionSchema = z.union([
  z.object({ after: z.string() }),
  z.object({ file: z.number(), line: z.number() }),
]);
type Position = z.infer<typeof positionSchema>;

/** Our own fields of a cursor. */
const cursorSchema = z.object({ position: positionSchema.optional(), items: z.number().optional() });

/** Set when no item of an export could be read. */
export const unreadSchema = z.object({ files: z.number(), first: z.string() });
export type Unread = z.infer<typeof unreadSchema>;

interface Mark {
  readonly position: Position;
  /** Items captured so far, in all calls. */
  readonly items: number;
}

/** Adds the place in the table to the engine's cursors. */
class ItemSink extends ComponentSink {
  readonly #marks = new Map<string, Mark>();
  /** The place for a checkpoint without an item of this call. */
  readonly #before: Partial<Mark>;
  /** The number of incomplete files of an export, and the first of them. */
  readonly lost: Unread = { files: 0, first: '' };
  items: number;

  constructor(
    task: Pick<CaptureTask<DynamodbSettings>, 'sink' | 'log'>,
    { position, items = 0 }: z.infer<typeof cursorSchema>,
  ) {
    super(task);
    this.items = items;
    this.#before = { items, ...(position && { position }) };
  }

  mark(path: string, mark: Mark): void {
    this.#marks.set(path, mark);
    this.items = mark.items;
  }

  override skip(skipped: Skipped): void {
    if (this.lost.files === 0) this.lost.first = `${skipped.path} ${skipped.reason}`;
    this.lost.files += 1;
    super.skip(skipped);
  }

  protected override cursorFields({ cursor: { after } }: CapturedGroup): object {
    const mark = this.#marks.get(after) ?? this.#before;
    for (const path of this.#marks.keys()) if (path < after) this.#marks.delete(path);
    return mark;
  }
}

export const captureItems = async (
  task: CaptureTask<DynamodbSettings>,
  store: TableStore,
): Promise<{ done: boolean; waits?: boolean; items: number; unread?: Unread }> => {
  const { settings, shard } = task;
  const { export: exported } = workSchema.parse(shard.work ?? {});
  const before = cursorSchema.parse(task.cursor ?? {});
  const sink = new ItemSink(task, before);
  const files = exported && (await store.exportFiles(exported.id));
  if (exported !== undefined && files === undefined) return { done: false, waits: true, items: sink.items };
  const placed = files
    ? exportedItems(store, files, { shard, sink }, before.position)
    : scannedItems(store, settings, shard, before.position);
  const { done } = await captureEntries({
    ...captureOptions(task),
    sink,
    cursor: cursorOfShard(shard, task.cursor),
    endsTar: isLastShard(shard),
    entries: ({ after }) => entriesOf(task, sink, placed, (chunkNumber(after) ?? 0) + 1),
  });
  const isUnread = done && sink.items === 0 && sink.lost.files > 0;
  return { done, items: sink.items, ...(isUnread && { unread: sink.lost }) };
};

async function* entriesOf(
  { shard: { shard }, segmentBytes }: CaptureTask<DynamodbSettings>,
  sink: ItemSink,
  placed: AsyncIterable<PlacedItem<Position>>,
  first: number,
): AsyncGenerator<CapturedEntry, void, undefined> {
  const mtime = new Date(Math.floor(Date.now() / 1_000) * 1_000);
  for await (const { entry, items, position } of chunksOf(placed, { shard, first, segmentBytes, mtime })) {
    sink.mark(entry.path, { position, items: sink.items + items });
    yield entry;
  }
}

async function* scannedItems(
  store: TableStore,
  { table, readCapacityShare }: DynamodbSettings,
  { shard, shards }: CaptureTask<DynamodbSettings>['shard'],
  position: Position | undefined,
): AsyncGenerator<PlacedItem<Position>, void, undefined> {
  const after = position !== undefined && 'after' in position ? position.after : undefined;
  const part = { segment: shard, segments: shards, after, readCapacityShare };
  for await (const { item, key } of store.scan(table, part)) yield { item, position: { after: key } };
}

/** Yields the items of every `shards`th file of the export. An incomplete file is named, and the others go on. */
async function* exportedItems(
  store: TableStore,
  files: readonly ExportFile[],
  { shard: { shard, shards }, sink }: { shard: CaptureTask<DynamodbSettings>['shard']; sink: ItemSink },
  position: Position | undefined,
): AsyncGenerator<PlacedItem<Position>, void, undefined> {
  const start = position !== undefined && 'file' in position ? position : { file: shard, line: 0 };
  for (let file = start.file; file < files.length; file += shards) {
    const { name = '', items = 0 } = files[file] ?? {};
    let line = 0;
    const left = (reason: string): void =>
      sink.skip({ path: name, reason: `${reason}: of its ${items} items ${line} are in the backup` });
    try {
      for await (const item of store.readExport(name)) {
        line += 1;
        if (file === start.file && line <= start.line) continue;
        yield { item, position: { file, line } };
      }
      if (line !== items) left('is a file of the export whose items differ from what the export announces');
    } catch (thrown) {
      if (!(thrown instanceof ContentLost)) throw thrown;
      left(`is a file of the export that ${thrown.message}`);
    }
  }
}
