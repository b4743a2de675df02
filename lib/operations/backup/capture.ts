import type { CapturedGroup, CaptureSink } from '../../archive/capture/capture.ts';
import { frameMember } from '../../archive/container/outer-tar.ts';
import { DEFAULT_SEGMENT_BYTES, type Member } from '../../archive/format.ts';
import { componentFor } from '../../components/index.ts';
import { shortErrorOf } from '../../model/errors.ts';
import type { BackupRecord, CaptureSummary, Piece } from '../../model/records.ts';
import { type Hold, put } from '../../ports/catalog.ts';
import { timestamp } from '../../ports/clock.ts';
import type { Host } from '../../ports/host.ts';
import { leaseFrom } from '../workflow/lock-lease.ts';
import { getRecord } from '../workflow/operation-record.ts';
import { openRunLog } from '../workflow/run-log.ts';
import { type TaskContext, watchTime } from '../workflow/task-context.ts';
import { everyRecord } from './captured.ts';
import { settingsOf } from './component-settings.ts';
import type { CaptureWork } from './plan-backup.ts';

/** How often a capture says how far it is, and prolongs the lease. */
const PROGRESS_MILLISECONDS = 1_000;

/**
 * One task of a backup: streams its part of a component into the store. Ends at a checkpoint when the host's time
 * runs short (`done` false) and is called again with the same input.
 */
export const capture = async (
  context: TaskContext,
  hold: Hold,
  work: CaptureWork,
): Promise<{ done: boolean }> => {
  const { host, signal } = context;
  const record = await getRecord(host, 'backup', hold.operationId);
  const component = componentFor(settingsOf(host, work.component));
  const log = openRunLog(host, hold, `capture/${work.component}/${work.shard}`);
  const sink = await openSink(context, hold, record, work, component.kind);
  try {
    if (sink.summary.sourceBytes === 0) log.info(`component ${work.component}: capture begins`);
    const result = await component.capture({
      secrets: host.secrets,
      buckets: host.buckets,
      tables: host.tables,
      log: log.child({ component: work.component }),
      signal,
      shard: work,
      cursor: sink.cursor,
      pool: host.pool,
      sink,
      recipient: record.archiveKey,
      segmentBytes: DEFAULT_SEGMENT_BYTES,
      compressionLevel: host.config.compressionLevel,
    });
    const { sourceBytes, entries } = sink.summary;
    if (result.done)
      log.info(`component ${work.component}: captured`, {
        sourceBytes,
        entries,
        skipped: sink.skippedCount(),
      });
    else log.info(`component ${work.component}: goes on in another call`, { sourceBytes, entries });
    await sink.write({
      state: result.done ? 'SUCCESS' : 'IN_PROGRESS',
      details: result.details,
    });
    return { done: result.done };
  } catch (thrown) {
    if (!signal.aborted) {
      log.error(`component ${work.component}: ${shortErrorOf(thrown)}`);
      await sink.write({ state: 'FAILED', shortError: shortErrorOf(thrown) });
    }
    throw thrown;
  } finally {
    if (!signal.aborted) await log.flush();
  }
};

interface TaskSink extends CaptureSink {
  summary: CaptureSummary;
  cursor: unknown;
  skippedCount(): number;
  /** Writes the summary with these changes, under the fence. */
  write(change: Partial<CaptureSummary>): Promise<void>;
}

/** The sink of one task: members become pieces in the store, checkpoints become records in the catalog. */
const openSink = async (
  context: TaskContext,
  hold: Hold,
  record: BackupRecord,
  work: CaptureWork,
  kind: string,
): Promise<TaskSink> => {
  const { host } = context;
  const timeIsShort = watchTime(context);
  const { groups, summary } = await resume(host, record, work, kind);
  let group = groups.length;
  const total = { sourceBytes: 0, entries: 0, skippedCount: 0 };
  const add = (more: typeof total): void => {
    total.sourceBytes += more.sourceBytes;
    total.entries += more.entries;
    total.skippedCount += more.skippedCount;
  };
  groups.forEach(add);
  /** Progress counts from the start of this call; what earlier calls made sure of comes on top. */
  const before = { ...total };
  let members: Member[] = [];
  let pieces: Piece[] = [];
  let written = host.clock.now().getTime();
  let writing: Promise<void> = Promise.resolve();
  let failed: unknown;

  const sink: TaskSink = {
    summary,
    cursor: groups.at(-1)?.cursor ?? null,
    skippedCount: () => total.skippedCount,
    write: async (change) => {
      await writing;
      Object.assign(sink.summary, change);
      await host.catalog.commit([put('captureSummary', sink.summary)], {
        under: hold,
        leaseUntil: leaseFrom(host.clock),
      });
    },
    emit: async ({ member, bytes }) => {
      if (failed !== undefined) throw failed;
      pieces.push(
        await host.objects.putPiece(
          record.id,
          member.name,
          frameMember(member.name, bytes, record.createdAt),
        ),
      );
      members.push(member);
    },
    checkpoint: async ({ sourceBytes, entries, skipped, skippedCount, cursor }: CapturedGroup) => {
      await writing;
      const done = {
        backupId: record.id,
        component: work.component,
        shard: work.shard,
        group: group++,
        members,
        pieces,
        sourceBytes,
        entries,
        skippedCount,
        skipped: [...skipped],
        cursor,
      };
      add(done);
      Object.assign(sink.summary, { sourceBytes: total.sourceBytes, entries: total.entries });
      members = [];
      pieces = [];
      await host.catalog.commit([put('captureGroup', done, 'absent'), put('captureSummary', sink.summary)], {
        under: hold,
        leaseUntil: leaseFrom(host.clock),
      });
      return timeIsShort() ? 'stop' : 'continue';
    },
    stopsNext: timeIsShort,
    progress: ({ sourceBytes, entries }) => {
      sink.summary.sourceBytes = before.sourceBytes + sourceBytes;
      sink.summary.entries = before.entries + entries;
      const now = host.clock.now().getTime();
      if (now - written < PROGRESS_MILLISECONDS) return;
      written = now;
      writing = host.catalog
        .commit([put('captureSummary', { ...sink.summary })], {
          under: hold,
          leaseUntil: leaseFrom(host.clock),
        })
        .catch((thrown: unknown) => {
          failed = thrown;
        });
    },
  };
  return sink;
};

/** What an earlier call of the same task has already made sure of. */
const resume = async (host: Host, record: BackupRecord, work: CaptureWork, kind: string) => {
  const all = await Array.fromAsync(everyRecord(host, 'captureGroup', { group: record.id }));
  const groups = all.filter(({ component, shard }) => component === work.component && shard === work.shard);
  const id = `${record.id}/${work.component}/${work.shard}`;
  const before = (await host.catalog.get('captureSummary', id))?.record;
  const summary: CaptureSummary = before ?? {
    backupId: record.id,
    component: work.component,
    shard: work.shard,
    kind,
    state: 'IN_PROGRESS',
    capturedAt: timestamp(host.clock),
    sourceBytes: 0,
    entries: 0,
    details: {},
    shortError: '',
  };
  return { groups, summary };
};
