/**
 * Restores into buckets and tables in memory; a test calls their tasks one by one, as the state machine does.
 */

import type { RestoreRecord } from '../../../lib/model/records/restore.ts';
import { createBackupSchema } from '../../../lib/model/requests/backups.ts';
import { createRestoreSchema } from '../../../lib/model/requests/restores.ts';
import { capture } from '../../../lib/operations/backup/capture/capture-task.ts';
import { completeBackup } from '../../../lib/operations/backup/complete-backup.ts';
import { planBackup } from '../../../lib/operations/backup/plan-backup.ts';
import { requestBackup } from '../../../lib/operations/backup/request-backup.ts';
import { sealArchive } from '../../../lib/operations/backup/seal-archive.ts';
import type { OperatingHost } from '../../../lib/operations/engine/kind-of-operation.ts';
import { completeRestore } from '../../../lib/operations/restore/complete-restore.ts';
import { failComponent } from '../../../lib/operations/restore/component/fail-component.ts';
import { finishTargets, prepareTargets } from '../../../lib/operations/restore/component/prepare-targets.ts';
import { restoreComponent } from '../../../lib/operations/restore/component/restore-component.ts';
import { openArchiveForRestore, type PlannedRestore } from '../../../lib/operations/restore/open-archive.ts';
import type { RestoreWork } from '../../../lib/operations/restore/plan/restore-parts.ts';
import { requestRestore } from '../../../lib/operations/restore/request-restore.ts';
import { getRecord } from '../../../lib/operations/task/operation-record.ts';
import type { TaskContext } from '../../../lib/operations/task/task-context.ts';
import type { Hold } from '../../../lib/ports/catalog/catalog.ts';
import { MemoryBuckets } from '../../cases/memory-buckets.ts';
import { MemoryTables } from '../../cases/memory-tables.ts';
import { principal, StepwiseHost } from '../stepwise-host.ts';
import { verifySealed } from '../verify/read-back.ts';

/** The smallest segment that the format allows; a contents member lists about twenty of them. */
const SEGMENT_BYTES = 65_536;
const MOST_CALLS = 500;

export class SharedRestores {
  readonly stepwise: StepwiseHost;
  readonly buckets: MemoryBuckets;
  readonly tables: MemoryTables;
  /**
   * The number of bytes for one task. With one byte, each contents member has its own task, up to 48 tasks.
   */
  restoreBytes = 1;
  /** The time of a call, as the number of times it may look at its clock. */
  looksPerCall = Number.POSITIVE_INFINITY;

  private constructor(stepwise: StepwiseHost, buckets: MemoryBuckets, tables: MemoryTables) {
    this.stepwise = stepwise;
    this.buckets = buckets;
    this.tables = tables;
  }

  static async open(components: readonly object[]): Promise<SharedRestores> {
    const stepwise = await StepwiseHost.open(components);
    const [buckets, tables] = [new MemoryBuckets(), new MemoryTables()];
    return new SharedRestores(stepwise, buckets, tables);
  }

  get host(): OperatingHost {
    return {
      ...this.stepwise.host,
      buckets: this.buckets,
      tables: this.tables,
      segmentBytes: SEGMENT_BYTES,
      restoreBytes: this.restoreBytes,
    };
  }

  context(host: OperatingHost = this.host): TaskContext<OperatingHost> {
    let looks = this.looksPerCall;
    return {
      host,
      signal: new AbortController().signal,
      remainingMilliseconds: () => {
        looks -= 1;
        return Math.min(900_000, looks * 1_000);
      },
    };
  }

  async backup(): Promise<string> {
    const { host } = this;
    const context = this.context(host);
    const { id } = await requestBackup(host, principal, createBackupSchema.parse({}));
    const hold = await this.stepwise.hold();
    const { tasks } = await planBackup(context, hold);
    for (const work of tasks) await capture(context, hold, work);
    await sealArchive(context, hold);
    await verifySealed(context, hold);
    await completeBackup(context, hold);
    return id;
  }

  async begin(backupId: string, request: object, host = this.host): Promise<[Hold, PlannedRestore]> {
    await requestRestore(host, principal, backupId, createRestoreSchema.parse(request));
    const hold = await this.stepwise.hold();
    return [hold, await openArchiveForRestore(this.context(host), hold)];
  }

  /** Calls one task until it is done; returns the number of calls. */
  async run(hold: Hold, work: RestoreWork, host = this.host): Promise<number> {
    for (let calls = 1; calls < MOST_CALLS; calls += 1)
      if ((await restoreComponent(this.context(host), hold, work)).done) return calls;
    throw new Error(`task ${work.shard} of ${work.component} does not end`);
  }

  /**
   * Runs all tasks in parallel, with the steps before and after. Records final failures, as the state machine
   * does.
   */
  async finish(hold: Hold, { tasks, prepares }: PlannedRestore, host = this.host): Promise<number> {
    if (prepares) await prepareTargets(this.context(host), hold);
    const calls = await Promise.all(
      tasks.map((work) =>
        this.run(hold, work, host).catch(async (thrown: unknown) => {
          await failComponent(this.context(), hold, work, { Error: 'RetryableError', Cause: String(thrown) });
          return 1;
        }),
      ),
    );
    if (prepares) await finishTargets(this.context(host), hold);
    await completeRestore(this.context(host), hold);
    return calls.reduce((sum, one) => sum + one, 0);
  }

  async restore(
    backupId: string,
    request: object,
  ): Promise<{ tasks: number; calls: number; record: RestoreRecord }> {
    const [hold, planned] = await this.begin(backupId, request);
    const calls = await this.finish(hold, planned);
    return { tasks: planned.tasks.length, calls, record: await this.show(hold) };
  }

  show({ operationId }: Hold): Promise<RestoreRecord> {
    return getRecord(this.stepwise.host, 'restore', operationId);
  }

  /** The objects of a bucket with their attributes. */
  world(bucket: string): [key: string, bytes: string, attributes: unknown][] {
    return [...this.buckets.bucket(bucket)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, bytes]) => [
        key,
        bytes.toString('base64'),
        this.buckets.attributes.get(`${bucket}/${key}`),
      ]);
  }

  close(): Promise<void> {
    return this.stepwise.close();
  }
}
