import type { OperationKind } from '../../model/records.ts';
import type { Hold } from '../../ports/catalog.ts';
import type { Host } from '../../ports/host.ts';
import { markStep } from './operation-record.ts';

const PROGRESS_MILLISECONDS = 1_000;

export interface StepProgress {
  /** As often as one likes. */
  report(done: { bytesDone: number }): void;
  /** What was reported is written, or was given up. */
  settled(): Promise<void>;
}

/** Writes how far a step is into its record, at most once a second; that prolongs the lease. */
export const stepProgress = (host: Host, hold: Hold, kind: OperationKind, step: string): StepProgress => {
  let written = host.clock.now().getTime();
  let writing: Promise<unknown> = Promise.resolve();
  return {
    report: ({ bytesDone }) => {
      const now = host.clock.now().getTime();
      if (now - written < PROGRESS_MILLISECONDS) return;
      written = now;
      writing = writing
        .then(() => markStep(host, hold, kind, step, { sourceBytes: bytesDone }))
        .catch((thrown: unknown) => host.log.debug('progress not written', { reason: String(thrown) }));
    },
    settled: async () => {
      await writing;
    },
  };
};
