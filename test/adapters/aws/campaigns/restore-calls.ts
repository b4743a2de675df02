/**
 * Makes a restore's calls as the workflow does: until the restore is done, and again from the last checkpoint
 * after a retryable failure.
 */
import type {
  ComponentKind,
  Json,
  Restored,
  RestoreTask,
} from '../../../../lib/components/component-kind.ts';
import { isRetryable } from '../../../../lib/model/errors.ts';
import type { Random } from '../../../hostile/fuzz/random.ts';

const RETRIES = 5;

export interface RestoredInCalls extends Restored {
  kept: number;
}

/** The combined result of all calls. @throws the error of the last call */
export const restoreInCalls = async <S>(
  kind: ComponentKind<S>,
  task: RestoreTask<S>,
  random: Random,
): Promise<RestoredInCalls> => {
  const [dueOneIn, stopsOneIn] = [random.pick([1, 3, 1_000]), random.pick([2, 1_000])];
  let before: RestoredInCalls = { bytes: 0, entries: 0, kept: 0, skipped: [], skippedCount: 0 };
  const total = ({ bytes, entries, kept = 0, skipped, skippedCount }: Restored): RestoredInCalls => ({
    bytes: before.bytes + bytes,
    entries: before.entries + entries,
    kept: before.kept + kept,
    skipped: [...before.skipped, ...skipped],
    skippedCount: before.skippedCount + skippedCount,
  });
  let cursor: Json = null;
  for (let failed = 0; ; ) {
    let reached: { sums: RestoredInCalls; cursor: Json } | undefined;
    try {
      const result = await kind.restore({
        ...task,
        cursor,
        checkpointDue: () => random.chance(dueOneIn),
        checkpoint: async (done, next) => {
          reached = { sums: total(done), cursor: JSON.parse(JSON.stringify(next)) };
          return random.chance(stopsOneIn) ? 'stop' : 'continue';
        },
      });
      if (result.done) {
        if (result.failure !== undefined) throw result.failure;
        return total(result);
      }
    } catch (thrown) {
      failed += 1;
      if (!isRetryable(thrown) || failed > RETRIES) throw thrown;
    }
    if (reached !== undefined) {
      before = reached.sums;
      cursor = reached.cursor;
    }
  }
};
