/** What the calls of one task of a restore pass on to each other: how far it is durably, and its results so far. */
import { NAMED_SKIPPED } from '../../../archive/manifest-bounds.ts';
import type { Restored, RestoreTask } from '../../../components/component-kind.ts';
import { HoldfastError } from '../../../model/errors.ts';
import type { RestoreCheckpoint } from '../../../model/records/restore.ts';
import { type Hold, put } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';
import { taskCommits } from '../../task/task-commits.ts';
import { withinRecord } from '../../task/within-record.ts';
import type { RestoreWork } from '../plan/restore-parts.ts';

/** Work that is done again, at most, after a crash. */
const CHECKPOINT_EVERY_MILLISECONDS = 10_000;

/** What the plan gives to a task. */
export type PlannedPart = Pick<
  RestoreCheckpoint,
  'component' | 'shard' | 'shards' | 'from' | 'to' | 'members' | 'manifestSha256'
> & { readonly isPrepared: boolean };

/** A task of which nothing is done yet. */
export const freshPart = (
  { operationId }: Hold,
  { isPrepared, ...planned }: PlannedPart,
): RestoreCheckpoint => ({
  restoreId: operationId,
  ...planned,
  ...{ state: 'PENDING', bytes: 0, entries: 0, skippedCount: 0, skipped: [] },
  ...{ shortError: '', errorCode: null, cursor: null, sure: { bytes: 0, entries: 0 } },
  ...(isPrepared && {
    preparation: { cursor: null, done: false, finished: false, tries: 0, shortError: '', errorCode: null },
  }),
});

/** @throws `fence_lost` when the restore has ended */
export const readPart = async (
  host: Pick<Host, 'catalog'>,
  hold: Hold,
  { component, shard }: RestoreWork,
): Promise<RestoreCheckpoint> => {
  const found = await host.catalog.get('restoreCheckpoint', `${hold.operationId}/${component}/${shard}`);
  if (found !== undefined) return found.record;
  throw new HoldfastError(
    'fence_lost',
    `restore ${hold.operationId} knows no task ${shard} of component ${component}: it has ended, and its task ends here`,
  );
};

/** A task's record, which only this task writes. */
export class PartRecord {
  readonly #host: Host;
  readonly #hold: Hold;
  readonly #commit: ReturnType<typeof taskCommits>;
  /** What earlier calls made durable. The results of this call are added to it. */
  readonly #before: RestoreCheckpoint;
  #now: RestoreCheckpoint;
  #written: Promise<void> = Promise.resolve();

  constructor(host: Host, hold: Hold, found: RestoreCheckpoint) {
    this.#host = host;
    this.#hold = hold;
    this.#commit = taskCommits(host, hold);
    this.#before = found;
    this.#now = found;
  }

  get now(): Readonly<RestoreCheckpoint> {
    return this.#now;
  }

  /** What this call and all before it have done. */
  total(done: Restored): Restored {
    const { sure, kept = 0, skippedCount, skipped } = this.#before;
    return {
      bytes: sure.bytes + done.bytes,
      entries: sure.entries + done.entries,
      kept: kept + (done.kept ?? 0),
      skippedCount: skippedCount + done.skippedCount,
      skipped: [...skipped, ...done.skipped].slice(0, NAMED_SKIPPED),
    };
  }

  /** Has the next write say how far this call is. */
  show(done: Pick<RestoreCheckpoint, 'bytes' | 'entries'>): void {
    this.#now = { ...this.#now, ...done };
  }

  /** Writes the record with these changes, under the fence; one write after the other. @throws `fence_lost` */
  write(change: Partial<RestoreCheckpoint>): Promise<void> {
    this.#now = { ...this.#now, ...change };
    const written = this.#written.then(async () => {
      await this.#requireLock();
      await this.#commit([put('restoreCheckpoint', this.#now)]);
    });
    this.#written = written.catch(() => undefined);
    return written;
  }

  /**
   * The record goes soon after the lock, and fences this task then. A restore writes to what is not ours, so it looks
   * at the lock, too: reading it makes nobody wait.
   */
  async #requireLock(): Promise<void> {
    const { operationId, fence } = this.#hold;
    const { holder, fence: now } = await this.#host.catalog.lock();
    if (holder?.id === operationId && now === fence) return;
    throw new HoldfastError(
      'fence_lost',
      `restore ${operationId} no longer holds the lock; its task ends here and writes nothing more`,
    );
  }

  /** What a component needs to go on here, and to say how far it is. */
  following(timeIsShort: () => boolean): Pick<RestoreTask<never>, 'cursor' | 'checkpointDue' | 'checkpoint'> {
    const now = (): number => this.#host.clock.now().getTime();
    let last = now();
    return {
      cursor: this.#before.cursor,
      checkpointDue: () => timeIsShort() || now() - last >= CHECKPOINT_EVERY_MILLISECONDS,
      checkpoint: async (done, cursor) => {
        const sums = countsOf(this.total(done));
        await this.write({ ...sums, sure: { bytes: sums.bytes, entries: sums.entries }, cursor });
        last = now();
        return timeIsShort() ? 'stop' : 'continue';
      },
    };
  }
}

/** Counts as a record has them, with as many names as it has room for. */
export const countsOf = ({ kept = 0, bytes, entries, skippedCount, skipped }: Restored) => ({
  ...{ bytes, entries, skippedCount },
  skipped: withinRecord({ part: { skipped } }).part?.skipped ?? [],
  ...(kept > 0 && { kept }),
});
