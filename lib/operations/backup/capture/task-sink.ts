import type { CapturedGroup, CapturedMember, CaptureSink } from '../../../archive/capture/capture-sink.ts';
import type { Member } from '../../../archive/format.ts';
import { NAMED_SKIPPED } from '../../../archive/manifest-bounds.ts';
import type { ArchiveWriter } from '../../../archive/writer/archive-writer.ts';
import { refuseBeyondRange } from '../../../components/shard-cursor.ts';
import type { BackupRecord } from '../../../model/records/backup.ts';
import type { CaptureGroup, CaptureSummary, CaptureWork, Piece } from '../../../model/records/capture.ts';
import { type Hold, put } from '../../../ports/catalog/catalog.ts';
import { placementOf } from '../../../ports/catalog/placement.ts';
import { timestamp } from '../../../ports/clock.ts';
import type { Host } from '../../../ports/host.ts';
import { type ProgressWriter, progressWriter } from '../../task/step-progress.ts';
import { taskCommits } from '../../task/task-commits.ts';
import { type TaskContext, watchTime } from '../../task/task-context.ts';
import { archiveWriterOf } from '../backup-writer.ts';
import { readTaskGroups } from './capture-summaries.ts';

/** What the checkpoints of a task have made durable. */
interface Secured {
  readonly groups: number;
  readonly sourceBytes: number;
  readonly entries: number;
  readonly skippedCount: number;
  /** Where the next call continues; null at the beginning. */
  readonly cursor: unknown;
}

const nothing: Secured = { groups: 0, sourceBytes: 0, entries: 0, skippedCount: 0, cursor: null };

const plus = (secured: Secured, group: CaptureGroup): Secured => ({
  groups: secured.groups + 1,
  sourceBytes: secured.sourceBytes + group.sourceBytes,
  entries: secured.entries + group.entries,
  skippedCount: secured.skippedCount + group.skippedCount,
  cursor: group.cursor,
});

/** The sink of one task of a backup: members become pieces in the store, checkpoints become records in the catalog. */
export class TaskSink implements CaptureSink {
  readonly #context: TaskContext;
  /** Whether the next checkpoint will end this call. */
  readonly stopsNext: () => boolean;
  readonly #commit: ReturnType<typeof taskCommits>;
  readonly #record: BackupRecord;
  readonly #writer: ArchiveWriter;
  readonly #work: CaptureWork;
  /** What earlier calls made durable. The progress of this call is added to it. */
  readonly #before: Secured;
  #secured: Secured;
  readonly #progress: ProgressWriter<CaptureSummary>;
  #summary: CaptureSummary;
  #members: Member[] = [];
  #pieces: Piece[] = [];

  private constructor(
    context: TaskContext,
    hold: Hold,
    record: BackupRecord,
    { work, before, summary }: { work: CaptureWork; before: Secured; summary: CaptureSummary },
  ) {
    this.#context = context;
    this.#commit = taskCommits(context.host, hold);
    this.stopsNext = watchTime(context);
    this.#record = record;
    this.#writer = archiveWriterOf(context.host, record);
    this.#work = work;
    this.#before = before;
    this.#secured = before;
    this.#summary = summary;
    const { host } = context;
    this.#progress = progressWriter(host, host.log, (now) => this.#commit([put('captureSummary', now)]));
  }

  /** Goes on where an earlier call of the same task has stopped. */
  static async open(
    context: TaskContext,
    hold: Hold,
    record: BackupRecord,
    { work, kind }: { work: CaptureWork; kind: string },
  ): Promise<TaskSink> {
    return new TaskSink(context, hold, record, {
      work,
      ...(await resume(context.host, record, work, kind)),
    });
  }

  get summary(): Readonly<CaptureSummary> {
    return this.#summary;
  }

  get skippedCount(): number {
    return this.#secured.skippedCount;
  }

  /** Where the next call continues; null at the beginning. */
  get cursor(): unknown {
    return this.#secured.cursor;
  }

  /** Writes the summary with these changes, under the fence. */
  async write(change: Partial<CaptureSummary>): Promise<void> {
    await this.#progress.settled();
    this.#summary = { ...this.#summary, ...change };
    await this.#commit([put('captureSummary', this.#summary)]);
  }

  async emit(captured: CapturedMember): Promise<void> {
    // Once a write under the fence was refused, the backup has ended, and capturing more is useless.
    this.#progress.throwIfFailed();
    const { member } = captured;
    refuseBeyondRange(member.name, this.#work);
    const framed = this.#writer.frame(captured);
    this.#pieces.push(await this.#context.host.objects.putPiece(this.#record.id, member.name, framed));
    this.#members.push(member);
  }

  async checkpoint(captured: CapturedGroup): Promise<'continue' | 'stop'> {
    await this.#progress.settled();
    const { backupId, component, shard } = this.#summary;
    const { sourceBytes, entries, skipped, skippedCount, cursor } = captured;
    const done: CaptureGroup = {
      ...{ backupId, component, shard, group: this.#secured.groups },
      ...{ members: this.#members, pieces: this.#pieces },
      ...{ sourceBytes, entries, skippedCount, skipped: [...skipped], cursor },
    };
    this.#secured = plus(this.#secured, done);
    [this.#members, this.#pieces] = [[], []];
    const { groups: _, cursor: __, ...secured } = this.#secured;
    const named = [...this.#summary.skipped, ...skipped].slice(0, NAMED_SKIPPED);
    this.#summary = { ...this.#summary, ...secured, skipped: named };
    await this.#commit([put('captureGroup', done, 'absent'), put('captureSummary', this.#summary)]);
    return this.stopsNext() ? 'stop' : 'continue';
  }

  progress({ sourceBytes, entries }: { readonly sourceBytes: number; readonly entries: number }): void {
    this.#summary = {
      ...this.#summary,
      sourceBytes: this.#before.sourceBytes + sourceBytes,
      entries: this.#before.entries + entries,
    };
    this.#progress.report(this.#summary);
  }
}

/** What earlier calls of the same task have made durable. A failure of theirs is forgotten. */
const resume = async (
  host: Host,
  record: BackupRecord,
  { component, shard }: CaptureWork,
  kind: string,
): Promise<{ before: Secured; summary: CaptureSummary }> => {
  const groups = await readTaskGroups(host, record.id, { component, shard });
  const before = groups.reduce(plus, nothing);
  const fresh: CaptureSummary = {
    backupId: record.id,
    component,
    shard,
    kind,
    state: 'IN_PROGRESS',
    capturedAt: timestamp(host.clock),
    sourceBytes: 0,
    entries: 0,
    details: {},
    shortError: '',
    skippedCount: before.skippedCount,
    skipped: groups.flatMap(({ skipped }) => skipped).slice(0, NAMED_SKIPPED),
  };
  const found = await host.catalog.get('captureSummary', placementOf('captureSummary', fresh).id);
  if (found === undefined) return { before, summary: fresh };
  const { capturedAt, sourceBytes, entries, details } = found.record;
  return { before, summary: { ...fresh, capturedAt, sourceBytes, entries, details } };
};
