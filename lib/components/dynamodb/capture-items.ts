/** Captures one part of a table: of an export, or of a parallel scan. */
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { type CaptureSink, parseCursor } from '../../archive/capture/capture.ts';
import { type CapturedEntry, captureEntries } from '../../archive/capture/capture-entries.ts';
import type { DynamodbSettings } from '../../model/config.ts';
import type { TableStore } from '../../ports/table-store.ts';
import { captureOptions } from '../capture-options.ts';
import type { CaptureTask } from '../component-kind.ts';
import { cursorOfShard, isLastShard } from '../shard-cursor.ts';
import { chunkNumber, chunksOf, type PlacedItem } from './item-chunks.ts';

/** How often it is asked whether an export is done; each time is a checkpoint, too. */
const EXPORT_POLL_MILLISECONDS = 15_000;

export const workSchema = z.object({ export: z.object({ id: z.string(), at: z.string() }).optional() });

/** Where a capture goes on: after a key of a scan, or after a line of an export's file. */
const positionSchema = z.union([
  z.object({ after: z.string() }),
  z.object({ file: z.number(), line: z.number() }),
]);
type Position = z.infer<typeof positionSchema>;

/** What our cursors hold beside the engine's. */
const cursorSchema = z.object({ position: positionSchema.optional(), items: z.number().optional() });

interface Mark {
  readonly position: Position;
  /** Items captured so far, in all calls. */
  readonly items: number;
}

/** Adds to the engine's cursors the place in the table that they stand for. */
class ItemSink implements CaptureSink {
  readonly #sink: CaptureSink;
  readonly #marks = new Map<string, Mark>();
  readonly emit: CaptureSink['emit'];
  readonly progress: CaptureSink['progress'];
  readonly stopsNext: () => boolean;
  items = 0;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
    this.emit = (member) => sink.emit(member);
    this.progress = (done) => sink.progress(done);
    this.stopsNext = () => sink.stopsNext?.() ?? false;
  }

  mark(path: string, mark: Mark): void {
    this.#marks.set(path, mark);
    this.items = mark.items;
  }

  checkpoint(group: Parameters<CaptureSink['checkpoint']>[0]): Promise<'continue' | 'stop'> {
    const mark = this.#marks.get(group.cursor.after);
    for (const path of this.#marks.keys()) if (path < group.cursor.after) this.#marks.delete(path);
    const cursor = { ...group.cursor, ...mark };
    return this.#sink.checkpoint({ ...group, cursor });
  }
}

export const captureItems = async (
  task: CaptureTask<DynamodbSettings>,
  store: TableStore,
): Promise<{ done: boolean; items: number }> => {
  const { settings, shard } = task;
  const { export: exported } = workSchema.parse(shard.work ?? {});
  const files = exported && (await exportedFiles(task, store, exported.id));
  if (files === 'not yet') return { done: false, items: 0 };
  const sink = new ItemSink(task.sink);
  const before = cursorSchema.parse(task.cursor ?? {});
  sink.items = before.items ?? 0;
  const placed = files
    ? exportedItems(store, files, shard, before.position)
    : scannedItems(store, settings.table, shard, before.position);
  const { done } = await captureEntries({
    ...captureOptions(task),
    sink,
    cursor: cursorOfShard(shard, task.cursor),
    endsTar: isLastShard(shard),
    entries: ({ after }) => entriesOf(task, sink, placed, (chunkNumber(after) ?? 0) + 1),
  });
  return { done, items: sink.items };
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
  table: string,
  { shard, shards }: CaptureTask<DynamodbSettings>['shard'],
  position: Position | undefined,
): AsyncGenerator<PlacedItem<Position>, void, undefined> {
  const after = position !== undefined && 'after' in position ? position.after : undefined;
  for await (const { item, key } of store.scan(table, { segment: shard, segments: shards, after }))
    yield { item, position: { after: key } };
}

/** Every `shards`th file of the export. */
async function* exportedItems(
  store: TableStore,
  files: readonly string[],
  { shard, shards }: CaptureTask<DynamodbSettings>['shard'],
  position: Position | undefined,
): AsyncGenerator<PlacedItem<Position>, void, undefined> {
  const start = position !== undefined && 'file' in position ? position : { file: shard, line: 0 };
  for (let file = start.file; file < files.length; file += shards) {
    let line = 0;
    for await (const item of store.readExport(files[file] ?? '')) {
      line += 1;
      if (file === start.file && line <= start.line) continue;
      yield { item, position: { file, line } };
    }
  }
}

/** Waits for an export; `not yet` when the task must end before: its checkpoints keep the lock's lease meanwhile. */
const exportedFiles = async (
  { shard, cursor, sink, signal }: CaptureTask<DynamodbSettings>,
  store: TableStore,
  exportId: string,
): Promise<readonly string[] | 'not yet'> => {
  for (;;) {
    const files = await store.exportFiles(exportId);
    if (files !== undefined) return files;
    const nothing = { sourceBytes: 0, entries: 0, skipped: [], skippedCount: 0 };
    const here = parseCursor(cursorOfShard(shard, cursor));
    if ((await sink.checkpoint({ ...nothing, cursor: here })) === 'stop') return 'not yet';
    await pause(EXPORT_POLL_MILLISECONDS, undefined, { signal });
  }
};
