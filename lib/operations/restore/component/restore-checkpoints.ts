/** What the calls of a component's restore pass on to each other: how far it is durably, and its results so far. */

import { NAMED_SKIPPED } from '../../../archive/manifest-bounds.ts';
import type { Restored, RestoreTask } from '../../../components/component-kind.ts';
import type { RestoreCheckpoint } from '../../../model/records/restore.ts';
import { type Hold, put } from '../../../ports/catalog/catalog.ts';
import type { Host } from '../../../ports/host.ts';
import { writeComponent } from './component-record.ts';

/** Work that is done again, at most, after a crash. */
const CHECKPOINT_EVERY_MILLISECONDS = 10_000;

export interface RestoreCheckpoints
  extends Pick<RestoreTask<never>, 'cursor' | 'checkpointDue' | 'checkpoint'> {
  /** What this call and all before it have done. */
  total(done: Restored): Restored;
}

/** Reads where earlier calls have stopped, and writes that for the next one, under the fence. */
export const openCheckpoints = async (
  host: Host,
  hold: Hold,
  component: string,
  timeIsShort: () => boolean,
): Promise<RestoreCheckpoints> => {
  const restoreId = hold.operationId;
  const found = await host.catalog.get('restoreCheckpoint', `${restoreId}/${component}`);
  const nothing = { bytes: 0, entries: 0, skipped: [], skippedCount: 0, cursor: null };
  const { cursor, ...before }: Restored & { cursor: unknown } = found?.record ?? nothing;
  const total = (done: Restored): Restored => ({
    bytes: before.bytes + done.bytes,
    entries: before.entries + done.entries,
    kept: (before.kept ?? 0) + (done.kept ?? 0),
    skippedCount: before.skippedCount + done.skippedCount,
    skipped: [...before.skipped, ...done.skipped].slice(0, NAMED_SKIPPED),
  });
  const now = (): number => host.clock.now().getTime();
  let last = now();
  return {
    cursor,
    total,
    checkpointDue: () => timeIsShort() || now() - last >= CHECKPOINT_EVERY_MILLISECONDS,
    checkpoint: async (done, next) => {
      const sums = total(done);
      const record: RestoreCheckpoint = {
        restoreId,
        component,
        ...sums,
        skipped: [...sums.skipped],
        cursor: next,
      };
      const { bytes, entries } = sums;
      await writeComponent(host, hold, component, { bytes, entries }, [put('restoreCheckpoint', record)]);
      last = now();
      return timeIsShort() ? 'stop' : 'continue';
    },
  };
};
